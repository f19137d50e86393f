"""Drugs: which parameters they set while they are present. The parameters keep their own
values underneath, so that washing out restores them exactly."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """A drug by name, with the parameters that it sets."""

    name: str
    title: str
    meaning: str
    effect: Mapping[str, float]


_ALL = (
    Drug(
        name="apv",
        title="APV",
        meaning="Blocks NMDA receptors, and with them the glutamate gate.",
        effect={"nmda_conductance": 0.0},
    ),
    Drug(
        name="mk801",
        title="MK-801, in the cell",
        meaning="Blocks the channel of the NMDA receptors from inside.",
        effect={"nmda_influx_rate": 0.0},
    ),
    Drug(
        name="mglur-block",
        title="mGluR or CB1 block",
        meaning="Stops the depression detector from acting.",
        effect={"depression_rate": 0.0, "labile_reset_rate": 0.0},
    ),
    Drug(
        name="anisomycin",
        title="Anisomycin",
        meaning="Inhibits protein synthesis.",
        effect={"protein_synthesis": 0.0},
    ),
    Drug(
        name="exocytosis-block",
        title="Exocytosis block",
        meaning="Keeps AMPA receptors from reaching the membrane.",
        effect={"exocytosis": 0.0},
    ),
    Drug(
        name="endocytosis-block",
        title="Endocytosis block",
        meaning="Keeps AMPA receptors from leaving the membrane.",
        effect={"endocytosis": 0.0},
    ),
    Drug(
        name="ttx",
        title="TTX",
        meaning="Silences the rest of the network.",
        effect={"background_activity": 0.0, "resting_rate": 0.0},
    ),
    Drug(
        name="bicuculline",
        title="Bicuculline",
        meaning="Makes the rest of the network more active.",
        effect={"background_activity": 3.0, "resting_rate": 3.0},
    ),
    Drug(
        name="daao",
        title="D-amino acid oxidase",
        meaning="Destroys D-serine. Acts only where gliotransmission is switched on.",
        effect={"d_serine_release": 0.0},
    ),
    Drug(
        name="dpcpx",
        title="DPCPX",
        meaning="Blocks adenosine A1 receptors. Acts only where gliotransmission is switched on.",
        effect={"adenosine_release": 0.0},
    ),
)

DRUGS: Mapping[str, Drug] = {drug.name: drug for drug in _ALL}
