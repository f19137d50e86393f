"""The presynaptic side and the NMDA gate, which a recording of the engine does not hold.

Vesicles, utilisation and gate depend on presynaptic spikes alone, so the engine's own
functions are called at the spikes; between them every decay is exact.
"""

from collections.abc import Sequence
from math import exp, log
from typing import Any, NamedTuple

import numpy as np

from synapse.plasticity import layout
from synapse.plasticity.group import Group
from synapse.plasticity.steps import step1_calcium_influx as step1

NO_GLIA = (1.0, 1.0)


class Release(NamedTuple):
    """One operation: vesicles before its first spike, and the widest opening of the gate."""

    vesicles: float
    gate: float


class Receptor:
    """A synapse's presynaptic side on its way through the spikes.

    Where vesicles are drawn at random this follows their expectation. Gliotransmission is
    left out.
    """

    def __init__(self, group: Group) -> None:
        self.state: Any = layout.to_objects(group.states[:1])[0]
        self.parameters: Any = layout.to_objects(group.parameters[:1])[0]
        self.neuron: Any = layout.to_objects(group.neurons[:1])[0]
        self.factors: Any = layout.to_objects(np.zeros(1, layout.FACTOR))[0]
        self.parameters.release_sites = 0.0
        step1.prepare_constants(self.parameters, self.neuron)
        self.time = group.time

    def spike(self, times: Sequence[float]) -> Release:
        """Let spikes act at these times (ms, simulated), the earliest first."""
        vesicles, widest = 1.0, 0.0
        for i, time in enumerate(times):
            self._wait(time - self.time)
            self.time = time
            if i == 0:
                vesicles = float(self.state.vesicle_fraction)
            step1.pre_spike(self.state, self.parameters, self.neuron, 1.0, 1.0, NO_GLIA)
            until = times[i + 1] - time if i + 1 < len(times) else float("inf")
            widest = max(widest, self._peak(until))
        return Release(vesicles, widest)

    def _wait(self, dt: float) -> None:
        step1.prepare_decay(self.factors, self.parameters, dt)
        step1.release_and_gates_decay(self.state, self.factors)

    def _peak(self, until: float) -> float:
        """Return the largest gate within ``until`` ms."""
        s, p = self.state, self.parameters
        decay, rise = 1.0 / p.nmda_decay_time, 1.0 / p.nmda_rise_time
        if s.nmda_rise <= 0.0:
            return step1.nmda_gate(s.nmda_decay, s.nmda_rise, p)
        at = log(s.nmda_rise * rise / (s.nmda_decay * decay)) / (rise - decay)
        at = max(0.0, min(until, at))
        return step1.nmda_gate(s.nmda_decay * exp(-at * decay), s.nmda_rise * exp(-at * rise), p)
