"""The six-step cascade: which component stands where, which numbers it shows, what it feeds.

One list of nodes fills both the drawing and the numbered list for narrow screens.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from synapse.plasticity.components import COMPONENTS
from synapse.rendering.numbers import (
    Symbol,
    compact_text,
    fixed_text,
    number_text,
    symbol_of,
    unit_suffix,
)
from synapse.rendering.rest import Values, receptors_at_rest

ROW_HEIGHT = 19
TITLE_HEIGHT = 39
BOTTOM = 14


@dataclass(frozen=True, slots=True)
class Row:
    """One number inside a node, with its place in the drawing."""

    symbol: Symbol
    value: str
    label: str
    x: int
    y: int
    value_x: int
    label_x: int


@dataclass(frozen=True, slots=True)
class Node:
    """One component: its box, its rows and where it is explained."""

    accessor: str
    title: str
    x: int
    y: int
    width: int
    height: int
    rows: tuple[Row, ...]

    @property
    def anchor(self) -> str:
        """The component in the table of variables that the node leads to."""
        return WITHOUT_VARIABLES.get(self.accessor, self.accessor)


@dataclass(frozen=True, slots=True)
class Zone:
    """The area of one step, with the nodes in it."""

    number: int
    title: str
    x: int
    y: int
    width: int
    height: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Wire:
    """An arrow from one node to the next, with what it carries."""

    path: str
    label: str = ""
    x: int = 0
    y: int = 0
    end: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar that shows a number against its scale."""

    symbol: Symbol
    css: str
    x: int
    y: int
    width: int
    filled: float
    text: str


@dataclass(frozen=True, slots=True)
class Cascade:
    """All that the template needs to draw the cascade."""

    zones: tuple[Zone, ...]
    wires: tuple[Wire, ...]
    weight_bars: tuple[Bar, ...]
    sensor_bars: tuple[Bar, ...]
    scale_maximum: str
    target: str
    weight: str
    receptors: str
    receptors_at_rest: str


WITHOUT_VARIABLES = {"ampa_trafficking_parameters": "psd_ampa_pool"}
"""Components that hold parameters only, and where their effect is seen."""

ZONES = (
    (1, "Calcium influx", 8, 8, 582, 220),
    (2, "Neuromodulation", 8, 240, 582, 112),
    (3, "Weight update", 602, 8, 360, 344),
    (4, "AMPA trafficking", 974, 8, 218, 476),
    (5, "Homeostasis", 8, 364, 382, 120),
    (6, "Consolidation", 402, 364, 560, 120),
)

# step, accessor, title, x, y, width, (quantity, label) in the order shown
NODES: tuple[tuple[int, str, str, int, int, int, tuple[tuple[str, str], ...]], ...] = (
    (1, "neuron", "Neuron", 24, 40, 156, (("bap_fast", "mV bAP"), ("bap_slow", "mV after"))),
    (1, "synaptic_cleft", "Synaptic cleft", 24, 126, 156,
     (("vesicle_fraction", "ready"), ("utilisation", "in use"), ("released_fraction", "released"))),
    (1, "postsynaptic_membrane", "Membrane", 216, 40, 164,
     (("membrane_potential", "mV"), ("epsp_decay", "mV EPSP"))),
    (1, "nmda_receptor", "NMDA receptor", 216, 145, 164,
     (("nmda_decay", "decay part"), ("magnesium_block", "unblocked"))),
    (1, "spine_head", "Spine head", 416, 46, 158,
     (("calcium", "µM"), ("calcium_nmda", "NMDAR"), ("calcium_vgcc", "VGCC"),
      ("potentiation_sensor", "fast"), ("depression_sensor", "slow"),
      ("calcium_sensitivity", "sensitivity"))),
    (2, "dopamine_cleft", "Dopamine cleft", 24, 282, 156, (("dopamine", "µM"),)),
    (2, "dopamine_receptor", "Dopamine receptor", 216, 273, 164,
     (("d1_occupancy", "D1"), ("d2_occupancy", "D2"))),
    (2, "modulatory_cascade", "Modulatory cascade", 416, 282, 158, (("pka_activity", "PKA"),)),
    (3, "stdp_parameters", "STDP parameters", 618, 40, 156,
     (("labile_potentiation", "labile"), ("potentiation_trace", "LTP trace"),
      ("depression_trace", "LTD trace"))),
    (3, "synaptic_weight", "Synaptic weight", 808, 40, 140,
     (("early_weight", "early"), ("late_weight", "late"))),
    (4, "ampa_trafficking_parameters", "AMPA trafficking", 990, 40, 186,
     (("exocytosis", "exocytosis"), ("endocytosis", "endocytosis"))),
    (4, "endosome_ampa_pool", "Endosome AMPA pool", 990, 142, 186,
     (("total_ampa", "receptors"), ("endosome_ampa", "inside"))),
    (4, "psd_ampa_pool", "PSD AMPA pool", 990, 266, 186, (("psd_ampa", "receptors"),)),
    (5, "astrocyte_unit", "Astrocyte unit", 24, 398, 156,
     (("activity", "Hz"), ("target_activity", "Hz target"))),
    (5, "astrocyte_unit", "Scaling signal", 216, 398, 160, (("log_scaling", ""),)),
    (6, "consolidation_protein_pool", "Protein pool", 420, 398, 178,
     (("plasticity_proteins", "proteins"),)),
    (6, "synaptic_tag", "Synaptic tag", 634, 398, 164,
     (("tag", "−1, 0 or 1"), ("tag_threshold", "threshold"))),
)  # fmt: skip

WIRES = (
    Wire("M180 67H216"),
    Wire("M180 163H198V96H216"),
    Wire("M180 186H216"),
    Wire("M298 112V145", "lifts Mg block", 304, 132),
    Wire("M380 76H398V104H416"),
    Wire("M380 181H398V148H416"),
    Wire("M574 92H618"),
    Wire("M180 309H216"),
    Wire("M380 309H416"),
    Wire("M495 282V199", "Ca sensitivity", 501, 217),
    Wire("M574 309H596V124H618", "gates", 586, 264, end=True),
    Wire("M774 92H808"),
    Wire("M948 76H990"),
    Wire("M1083 117V142"),
    Wire("M1046 219V266", "exo", 1040, 247, end=True),
    Wire("M1120 266V219", "endo", 1126, 247),
    Wire("M1083 324V372"),
    Wire("M180 434H216"),
    Wire("M296 398V358H838V340", "scales every synapse", 290, 385, end=True),
    Wire("M598 434H634"),
    Wire("M798 434H918V340", "captures into z", 806, 427),
)


def build_cascade(values: Values) -> Cascade:
    """Return the drawing of the cascade that shows ``values``."""
    weight = values["synaptic_weight"]
    psd, expected = values["psd_ampa_pool"]["psd_ampa"], receptors_at_rest(values)
    bars, scale = _weight_bars(weight)
    return Cascade(
        zones=tuple(_zone(*zone, values) for zone in ZONES),
        wires=WIRES,
        weight_bars=bars,
        sensor_bars=_sensor_bars(values),
        scale_maximum=number_text(scale),
        target=fixed_text(weight["target_weight"], 3),
        weight=fixed_text(weight["weight"], 3),
        receptors=number_text(psd, 3),
        receptors_at_rest=number_text(expected, 3),
    )


def _zone(number: int, title: str, x: int, y: int, width: int, height: int, values: Values) -> Zone:
    """Return one step with its nodes."""
    nodes = tuple(_node(*node[1:], values) for node in NODES if node[0] == number)
    return Zone(number, title, x, y, width, height, nodes)


def _node(
    accessor: str, title: str, x: int, y: int, width: int,
    shown: tuple[tuple[str, str], ...], values: Values,
) -> Node:  # fmt: skip
    """Return one box; its height follows the number of rows."""
    rows = tuple(
        _row(accessor, name, label, x + 10, y + TITLE_HEIGHT + ROW_HEIGHT * i, values)
        for i, (name, label) in enumerate(shown)
    )
    height = TITLE_HEIGHT + ROW_HEIGHT * (len(rows) - 1) + BOTTOM
    if accessor == "synaptic_weight":
        height = 300
    return Node(accessor, title, x, y, width, height, rows)


def _row(accessor: str, name: str, label: str, x: int, y: int, values: Values) -> Row:
    """Return one number with its symbol in front and its label behind."""
    quantity = QUANTITIES[accessor, name]
    value = compact_text(values[accessor][name])
    shift = 134 if name in WIDE_VALUES else 76
    return Row(
        symbol_of(quantity.symbol), value, label or unit_suffix(quantity.unit), x, y,
        value_x=x + shift, label_x=x + shift + 6,
    )  # fmt: skip


QUANTITIES = {(c.accessor, q.name): q for c in COMPONENTS for q in c}
WIDE_VALUES = {"log_scaling"}


def _weight_bars(weight: Mapping[str, float]) -> tuple[tuple[Bar, ...], float]:
    """Return the bars of early, late and target weight on one scale, and its maximum."""
    names = (("early_weight", "v-early"), ("late_weight", "v-late"), ("target_weight", "v-weight"))
    scale = max([2.5, *(weight[name] for name, _ in names)])
    bars = tuple(
        _bar("synaptic_weight", name, css, 836, 256 + 24 * i, 100, weight[name], scale)
        for i, (name, css) in enumerate(names)
    )
    return bars, scale


def _sensor_bars(values: Values) -> tuple[Bar, ...]:
    """Return both calcium sensors against the thresholds of their detectors."""
    pairs = (
        ("potentiation_sensor", "potentiation_threshold", "v-calcium"),
        ("depression_sensor", "depression_threshold", "v-voltage"),
    )
    sensors, thresholds = values["spine_head"], values["stdp_parameters"]
    return tuple(
        _bar(
            "spine_head", sensor, css, 650, 208 + 44 * i, 124, sensors[sensor],
            thresholds[threshold],
            text=f"{number_text(sensors[sensor], 3)} of {number_text(thresholds[threshold], 3)} µM",
        )
        for i, (sensor, threshold, css) in enumerate(pairs)
    )  # fmt: skip


def _bar(
    accessor: str, name: str, css: str, x: int, y: int, width: int, value: float, scale: float,
    *, text: str = "",
) -> Bar:  # fmt: skip
    """Return one bar, filled up to ``value`` of ``scale``."""
    filled = round(width * min(1.0, max(0.0, value / scale)), 1)
    symbol = symbol_of(QUANTITIES[accessor, name].symbol)
    return Bar(symbol, css, x, y, width, filled, text)
