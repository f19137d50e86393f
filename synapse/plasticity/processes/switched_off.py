"""What the optional processes do in a tick while they are off.

A population that uses none of them is advanced with these in place of the processes of
the same names, so that no lane pays for a branch that no synapse takes.
"""

from synapse.plasticity.processes.acetylcholine import OPEN
from synapse.plasticity.records import Record


def slide_thresholds(n: Record, dt: float) -> None:
    """Keep the thresholds where they are declared."""
    n.threshold_shift = 0.0


def diffuse_acetylcholine(cleft: Record, dt: float) -> None:
    """Leave acetylcholine at its tonic level."""
    cleft.acetylcholine_mid = cleft.acetylcholine


def transmit(astrocyte: Record, dt: float) -> None:
    """Leave the NMDA receptors alone."""
    astrocyte.coagonist = 1.0


def muscarinic_gates(p: Record, cleft: Record) -> tuple[float, float]:
    """Leave both gates open."""
    return OPEN


def remodel(s: Record, p: Record, psd_start: float, dt: float) -> None:
    """Leave the spine alone."""


SWITCHED_OFF = {
    function.__name__: function
    for function in (slide_thresholds, diffuse_acetylcholine, transmit, muscarinic_gates, remodel)
}
