"""Quantities that are computed when asked for, never stored."""

from math import exp
from typing import Any

from synapse.plasticity import layout
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import Group
from synapse.plasticity.steps import step1_calcium_influx as step1
from synapse.plasticity.steps import step2_neuromodulation as step2
from synapse.plasticity.steps import step4_ampa_trafficking as step4
from synapse.plasticity.steps.step6_consolidation import compute_tag


def derived_values(group: Group, place: int) -> dict[str, float]:
    """Return every derived quantity of one synapse by name, at the present instant.

    The drives of the detectors exist only within a tick; between ticks they are 0.
    """
    (s,) = layout.to_objects(group.states[place : place + 1])
    (p,) = layout.to_objects(group.parameters[place : place + 1])
    n = _one(group.neurons, group.neuron_of[place])
    cleft = _one(group.clefts, group.cleft_of[place])
    astrocyte = _one(group.astrocytes, group.astrocyte_of[place])
    step1.prepare_constants(p, n)
    step2.prepare_constants(p, cleft)
    bap = n.bap_fast + n.bap_slow
    voltage = step1.membrane_potential(s.epsp_decay, s.epsp_rise, bap, p)
    values = {
        "membrane_potential": voltage,
        "magnesium_block": step1.magnesium_block(voltage, p, n),
        "calcium": step1.total_calcium(s, p),
        "calcium_sensitivity": step1.calcium_sensitivity(s, p),
        "d1_occupancy": step2.d1_occupancy(cleft.dopamine, p),
        "d2_occupancy": step2.d2_occupancy(cleft.dopamine, p),
        "potentiation_drive": 0.0,
        "depression_drive": 0.0,
        "target_weight": step4.target_weight(exp(astrocyte.log_scaling), s, p),
        "weight": step4.committed_weight(s, p),
        "endosome_ampa": max(0.0, s.total_ampa - s.psd_ampa),
        "tag": compute_tag(s.early_weight, p),
    }
    _check_complete(values)
    return values


def _one(records: Any, place: int) -> Any:
    return layout.to_objects(records[place : place + 1])[0]


def _check_complete(values: dict[str, float]) -> None:
    missing = {q.name for c in COMPONENTS for q in c.derived} - set(values)
    if missing:
        raise LookupError(f"no rule for the derived quantity {sorted(missing)[0]}")
