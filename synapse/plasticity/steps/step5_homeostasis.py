"""Step 5: the astrocyte estimates activity and scales every synapse it touches.

Reads spikes and releases; writes one scaling factor for all its synapses
[turrigiano1998].
"""

from math import exp, log

from synapse.plasticity.mathematics import on_grid, relax
from synapse.plasticity.records import Record

SCRATCH = (
    "synapses", "neurons", "released", "spikes", "contribution",
    "log_minimum", "log_maximum", "scaling", "scaling_end",
)  # fmt: skip
FACTORS = ("activity_factor",)

SECOND = 1000.0
"""Milliseconds: activity is in Hz, times are in ms."""


def prepare_constants(astrocyte: Record) -> None:
    """Fill in the limits of the logarithm and the present scaling factor."""
    astrocyte.log_minimum = log(astrocyte.scaling_minimum)
    astrocyte.log_maximum = log(astrocyte.scaling_maximum)
    astrocyte.scaling_end = exp(astrocyte.log_scaling)


def prepare_astrocyte(j: Record, astrocyte: Record, dt: float) -> None:
    """Fill in the decay factor of the activity estimate."""
    j.activity_factor = exp(-dt / astrocyte.activity_time)


def note_release(astrocyte: Record, relative_release: float) -> None:
    """Count a release; ``absorb_events`` adds it to the activity."""
    astrocyte.released += on_grid(relative_release)


def note_spike(astrocyte: Record) -> None:
    """Count a postsynaptic spike; ``absorb_events`` adds it to the activity."""
    astrocyte.spikes += 1.0


def absorb_events(astrocyte: Record) -> None:
    """Add the events of one instant to the activity (Hz), whatever their order.

    A unit that several neurons share collects its increase until the next exchange.
    """
    increase = counted_activity(astrocyte)
    if astrocyte.neurons > 1.0:
        astrocyte.contribution += increase
    else:
        astrocyte.activity += increase


def counted_activity(astrocyte: Record) -> float:
    """Return by how much the counted events raise the activity, Hz; start counting anew."""
    counted = (
        astrocyte.presynaptic_release_weight * astrocyte.released / astrocyte.synapses
        + astrocyte.postsynaptic_spike_weight * astrocyte.spikes / astrocyte.neurons
    )
    astrocyte.released = 0.0
    astrocyte.spikes = 0.0
    return counted / (astrocyte.activity_time / SECOND)


def scale(astrocyte: Record, j: Record, dt: float) -> None:
    """Advance activity and scaling by dt in closed form; keep the factor of both ends."""
    goal = astrocyte.background_activity
    excess = astrocyte.activity - goal
    moved = deviation_integral(astrocyte, excess, j.activity_factor, dt) / astrocyte.scaling_time
    astrocyte.scaling = astrocyte.scaling_end
    astrocyte.log_scaling = min(
        astrocyte.log_maximum, max(astrocyte.log_minimum, astrocyte.log_scaling + moved)
    )
    astrocyte.scaling_end = exp(astrocyte.log_scaling)
    astrocyte.activity = relax(astrocyte.activity, goal, j.activity_factor)
    astrocyte.contribution *= j.activity_factor


def deviation_integral(astrocyte: Record, excess: float, factor: float, dt: float) -> float:
    """Return the integral of (A_0 - A)/(A_0 + A) over the tick, ms, for a decaying excess."""
    target = astrocyte.target_activity
    total = target + astrocyte.background_activity
    fallen = 0.0
    if excess != 0.0:
        fallen = log((total + excess * factor) / (total + excess))
    deviation = (target - astrocyte.background_activity) * dt
    return (deviation + 2.0 * target * astrocyte.activity_time * fallen) / total
