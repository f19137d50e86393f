"""Values at rest, as they follow from a synapse's own parameters."""

from collections.abc import Mapping
from types import SimpleNamespace

from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.steps.step1_calcium_influx import magnesium_block
from synapse.plasticity.steps.step2_neuromodulation import d1_occupancy, d2_occupancy

Values = Mapping[str, Mapping[str, float]]
"""Accessor of a component to the values of its quantities, by name."""


def resting_values() -> dict[str, dict[str, float]]:
    """Return every quantity at rest under the default preset."""
    declared = {c.accessor: {q.name: q.default for q in c} for c in COMPONENTS}
    rest = values_at_rest(declared)
    return {
        accessor: {name: rest.get(name, value) for name, value in part.items()}
        for accessor, part in declared.items()
    }


def receptors_at_rest(values: Values) -> float:
    """Return the receptors in the PSD at which the committed weight is 1."""
    trafficking = values["ampa_trafficking_parameters"]
    return trafficking["baseline_ampa"] * trafficking["psd_fraction"]


def values_at_rest(values: Values) -> dict[str, float]:
    """Return the values at rest that follow from this synapse's own parameters."""
    flat = {name: value for part in values.values() for name, value in part.items()}
    p = SimpleNamespace(**flat)
    receptors = receptors_at_rest(values)
    return {
        "membrane_potential": p.resting_potential,
        "magnesium_block": magnesium_block(p.resting_potential, p, p),
        "calcium": p.resting_calcium,
        "dopamine": p.tonic_dopamine,
        "acetylcholine": p.tonic_acetylcholine,
        "d1_occupancy": d1_occupancy(p.tonic_dopamine, p),
        "d2_occupancy": d2_occupancy(p.tonic_dopamine, p),
        "psd_ampa": receptors,
        "total_ampa": p.baseline_ampa,
        "endosome_ampa": p.baseline_ampa - receptors,
        "activity": p.target_activity,
        "postsynaptic_rate": p.resting_rate,
        "d_serine": p.d_serine_release,
        "adenosine": p.adenosine_release,
    }
