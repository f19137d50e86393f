"""Dopamine after pairing: how late may a reward come?"""

from synapse.plasticity.bounds import SECOND
from synapse.plasticity.protocols.field import SLICE_BATH
from synapse.plasticity.stimulus import Event, Protocol, train

BURSTS = 10
SPIKES = 3
PULSES = 10
PULSE_AMOUNT = 0.3
"""uM a pulse; chosen, the source gives optical stimulation."""
DOPAMINE_FREQUENCY = 30.0
"""Hz [yagishita2014]."""


def dopamine_delayed(
    *, delay: float = 0.6 * SECOND, trains: int = 15, period: float = 10 * SECOND
) -> Protocol:
    """Return trains of paired bursts, each with dopamine ``delay`` ms after it [yagishita2014].

    A train is 10 bursts at 10 Hz of one pre spike and three post spikes.
    """
    events: list[Event] = []
    for i in range(trains):
        start = SECOND + i * period
        for burst in range(BURSTS):
            pre = start + burst * 100.0
            events.append(Event(time=pre, kind="pre"))
            events += train("post", start=pre + 10.0, interval=10.0, count=SPIKES)
        events += train(
            "dopamine",
            start=max(0.0, start + delay),
            interval=SECOND / DOPAMINE_FREQUENCY,
            count=PULSES,
            value=PULSE_AMOUNT,
        )
    return Protocol(
        name="dopamine-delayed",
        title=f"Paired bursts, dopamine {delay / SECOND:+g} s",
        meaning="Paired bursts, each followed by dopamine.",
        events=tuple(sorted(events, key=lambda e: e.time)),
        bath=SLICE_BATH,
        duration=SECOND + trains * period,
    )
