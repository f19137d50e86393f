"""4. Triplets: a third spike does not simply add a second pair."""

from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.pairing import CULTURE_BATH
from synapse.plasticity.stimulus import Event, train

AFTER = 25 * MINUTE
COUNT = 60
START = SECOND

# The two intervals t_post - t_pre (ms), change in per cent, standard error.
PRE_POST_PRE = (
    (5.0, -5.0, 0.0, 1.685),
    (10.0, -10.0, 2.7, 3.82),
    (15.0, -5.0, 0.0, 3.146),
    (5.0, -15.0, 23.6, 5.281),
)
POST_PRE_POST = (
    (-5.0, 5.0, 32.81, 4.157),
    (-10.0, 10.0, 33.9, 3.82),
    (-5.0, 15.0, 21.1, 7.528),
    (-15.0, 5.0, 28.8, 4.719),
)


def triplets(first: float, second: float) -> tuple[Event, ...]:
    """Return 60 triplets at 1 Hz with both intervals t_post - t_pre (ms).

    A positive first interval is pre-post-pre, a negative one post-pre-post.
    """
    outer, middle = ("pre", "post") if first > 0 else ("post", "pre")
    times = ((outer, 0.0), (middle, abs(first)), (outer, abs(first) + abs(second)))
    return tuple(
        event
        for kind, time in times
        for event in train(kind, start=START + time, interval=SECOND, count=COUNT)  # type: ignore[arg-type]
    )


def _condition(place: int, row: tuple[float, float, float, float], series: str) -> Condition:
    first, second, mean, error = row
    end = START + COUNT * SECOND + AFTER
    return Condition(
        label=f"({first:g}, {second:g})",
        x=float(place),
        setup=Setup(events=triplets(first, second), bath=CULTURE_BATH, end=end),
        read=change,
        published=Published(value=mean, rule="sem", error=error),
        series=series,
        origin="fitted",
    )


EXPERIMENT = Experiment(
    name="triplets",
    number="4",
    title="Spike triplets",
    question="Do pre-post-pre and post-pre-post triplets differ although they hold the same pairs?",
    references=("wang2005",),
    preset="hippocampus",
    x=Axis(name="intervals of both pairs, post after pre", unit="ms"),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        *(_condition(i, row, "pre-post-pre") for i, row in enumerate(PRE_POST_PRE)),
        *(_condition(4 + i, row, "post-pre-post") for i, row in enumerate(POST_PRE_POST)),
    ),
    rule="Each triplet within one standard error of the published mean.",
    fitted="Reset and time of the labile stage and the veto, to the published triplets.",
    prediction="None: every triplet was used.",
    notes="The number of cells is not in the source.",
    categorical=True,
)
