"""7. Dopamine after pairing: a window of about two seconds in the striatum."""

from synapse.plasticity.bounds import MINUTE, SECOND
from synapse.plasticity.experiments.experiment import (
    Axis,
    Condition,
    Experiment,
    Published,
    Setup,
    change,
)
from synapse.plasticity.protocols.dopamine import dopamine_delayed

AFTER = 25 * MINUTE

# Delay of dopamine from the onset of pairing (s), direction of the effect, n of spines.
DELAYS = ((-1.0, 0.0, 20), (0.3, 1.0, None), (0.6, 1.0, None), (1.0, 1.0, 48), (2.0, 1.0, None),
          (5.0, 0.0, 28))  # fmt: skip


def _condition(delay: float, sign: float, n: int | None) -> Condition:
    protocol = dopamine_delayed(delay=delay * SECOND)
    return Condition(
        label=f"{delay:+g} s",
        x=delay,
        setup=Setup(events=protocol.events, bath=protocol.bath, end=protocol.duration + AFTER),
        read=change,
        published=Published(value=sign, rule="sign", n=n),
        origin="chosen",
    )


EXPERIMENT = Experiment(
    name="dopamine-delay",
    number="7",
    title="Delay of dopamine",
    question="How late may dopamine come and still let a paired input grow?",
    references=("yagishita2014",),
    preset="striatum-d1",
    x=Axis(name="delay of dopamine from the onset of pairing", unit="s"),
    y=Axis(name="change of weight", unit="%"),
    conditions=tuple(_condition(*row) for row in DELAYS),
    rule="Growth of at least 5 % from 0.3 to 2 s, less than that at -1 and 5 s.",
    fitted="The time constants of the traces were chosen for this window.",
    prediction="None of the points shown.",
    notes="Published: enlargement of spines, significant or not; 0.3 and 2 s are the edges of the "
    "window in the abstract. The dose of dopamine is assumed.",
)
