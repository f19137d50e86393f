"""Optional: a spine with a consolidated depression is lost, and forms again."""

from synapse.plasticity.bounds import HOUR
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change_at,
)
from synapse.plasticity.protocols.field import SLICE_BATH

BOUND = 0.6
"""Volume below which a spine is lost in the long run."""
TIMES = (12 * HOUR, 48 * HOUR, 168 * HOUR)
EXACT = 1.0
"""Per cent: the closed forms should be met this closely."""

# Late-phase weight at the start, and the change of the weight (%) at each time.
DEPRESSED = (-0.5, (-50.0, -100.0, 0.0))
SPARED = (-0.3, (-30.0, -30.0, -30.0))
POTENTIATED = (0.7, (70.0, 70.0, 70.0))


def _series(
    name: str, late: float, changes: tuple[float, ...], *, bound: float = BOUND
) -> list[Condition]:
    setup = Setup(
        events=(),
        bath=SLICE_BATH,
        end=TIMES[-1] + 1.0,
        values={"elimination_volume": bound, "late_weight": late, "spine_volume": 1.0 + late},
        samples=TIMES,
    )
    return [
        Condition(
            label=f"{name}, {time / HOUR:g} h",
            x=time / HOUR,
            series=name,
            setup=setup,
            read=change_at(time),
            published=Published(value=value, rule="bound", error=EXACT),
            origin="by construction",
        )
        for time, value in zip(TIMES, changes, strict=True)
    ]


EXPERIMENT = Experiment(
    name="structural-plasticity",
    number="O5",
    title="Spines that are lost and form again",
    question="Is a synapse with a consolidated depression lost, while others stay?",
    references=("wiegert2018", "zhou2004"),
    preset="hippocampus",
    x=Axis(name="time after the depression", unit="h"),
    y=Axis(name="change of weight", unit="%"),
    conditions=(
        *_series("depressed", *DEPRESSED),
        *_series("depressed, process off", DEPRESSED[0], (-50.0,) * 3, bound=0.0),
        *_series("less depressed", *SPARED),
        *_series("potentiated", *POTENTIATED),
    ),
    rule=f"Each weight within {EXACT:g} % of what the rule of elimination gives.",
    fitted="Nothing; bound and times are chosen.",
    prediction="None: the sources say that depression destabilises a synapse and potentiation"
    " stabilises it, which is built in.",
    notes="An optional process, off by default. It starts from a late-phase weight of -0.5, the"
    " deepest that is consolidated. Lost after 24 h below the bound, formed again after 48 h,"
    " empty; it then grows to the weight at rest.",
)
