"""How the variables of a trace are called, drawn and grouped."""

from dataclasses import asdict, dataclass
from typing import Any

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.recording import VARIABLES
from synapse.rendering.numbers import unit_suffix

QUANTITIES = {q.name: q for component in COMPONENTS for q in component}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a trace: its name in words, unit, colour, line and panel."""

    name: str
    label: str
    unit: str
    css: str
    dash: str
    panel: str
    steps: bool = False

    @property
    def title(self) -> str:
        """Name with unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


PANELS = {
    "calcium": "calcium in the spine head (µM)",
    "voltage": "membrane potential (mV)",
    "detectors": "traces of the detectors",
    "dopamine": "dopamine (µM) and PKA activity (1 = full)",
    "weights": "weights (1 = rest)",
    "tag": "tag (1 potentiation, −1 depression)",
    "proteins": "plasticity-related proteins (1 = full synthesis)",
    "receptors": "AMPA receptors in the density",
    "activity": "activity that the astrocyte sees (Hz)",
    "scaling": "scaling, ln H",
}
"""Titles of the panels, from top to bottom."""

_DRAWN = {
    "calcium": ("calcium", "v-calcium", "", "calcium"),
    "membrane_potential": ("membrane potential", "v-voltage", "", "voltage"),
    "potentiation_trace": ("potentiation trace", "v-late", "", "detectors"),
    "depression_trace": ("depression trace", "v-calcium", "dash", "detectors"),
    "dopamine": ("dopamine", "v-dopamine", "", "dopamine"),
    "pka_activity": ("PKA activity", "v-voltage", "dash", "dopamine"),
    "early_weight": ("early h", "v-early", "dash", "weights"),
    "late_weight": ("late z", "v-late", "dashdot", "weights"),
    "weight": ("committed w", "v-weight", "thick", "weights"),
    "tag": ("tag", "v-tag", "", "tag"),
    "plasticity_proteins": ("proteins p", "v-protein", "", "proteins"),
    "psd_ampa": ("AMPA in the density", "v-early", "", "receptors"),
    "activity": ("activity", "v-release", "", "activity"),
    "log_scaling": ("ln H", "v-scaling", "", "scaling"),
}
DRAWN = {
    name: Variable(name, label, unit_suffix(QUANTITIES[name].unit), css, dash, panel, name == "tag")
    for name, (label, css, dash, panel) in _DRAWN.items()
}
"""Every recorded variable, by its name."""


def variables_json() -> list[dict[str, Any]]:
    """Return all variables as plain data, in the order in which they are recorded."""
    return [asdict(DRAWN[name]) for name in VARIABLES]
