"""The named protocols, each with the bath that it needs and its published source."""

from collections.abc import Callable, Mapping

from synapse.plasticity.protocols.dopamine import dopamine_delayed
from synapse.plasticity.protocols.field import (
    field_test_pulses,
    low_frequency,
    tetanus,
    theta_burst,
)
from synapse.plasticity.protocols.pairing import pairing
from synapse.plasticity.stimulus import Protocol


def rest() -> Protocol:
    """Return the protocol in which nothing happens."""
    return Protocol(name="rest", title="Rest", meaning="No events.", events=())


PROTOCOLS: Mapping[str, Callable[[], Protocol]] = {
    "rest": rest,
    "pairing": pairing,
    "tetanus": tetanus,
    "theta-burst": theta_burst,
    "low-frequency": low_frequency,
    "dopamine-delayed": dopamine_delayed,
    "test-pulses": field_test_pulses,
}
