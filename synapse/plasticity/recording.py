"""What a run records of each synapse after each tick it computed."""

from collections.abc import Sequence
from typing import Any

from synapse.plasticity.records import Record
from synapse.plasticity.steps.step1_calcium_influx import membrane_potential, total_calcium
from synapse.plasticity.steps.step4_ampa_trafficking import committed_weight
from synapse.plasticity.steps.step6_consolidation import compute_tag

VARIABLES = (
    "calcium", "membrane_potential", "potentiation_trace", "depression_trace",
    "dopamine", "pka_activity", "early_weight", "late_weight", "weight", "tag",
    "plasticity_proteins", "psd_ampa", "activity", "log_scaling",
)  # fmt: skip
"""Names of the columns of one synapse, after the first column, which is time in ms."""
WIDTH = len(VARIABLES)


def record(trace: Any, row: int, cell: Any, recorded: Sequence[int]) -> None:
    """Fill one row of the trace: time, then the variables of each recorded synapse."""
    n = cell.neurons[0]
    trace[row, 0] = n.time
    column = 1
    for r in range(len(recorded)):
        i = recorded[r]
        record_synapse(
            trace[row], column, cell.states[i], cell.parameters[i], n,
            cell.clefts[cell.cleft_of[i]], cell.astrocytes[cell.astrocyte_of[i]],
            cell.pools[cell.pool_of[i]],
        )  # fmt: skip
        column += WIDTH


def record_synapse(
    row: Any,
    column: int,
    s: Record,
    p: Record,
    n: Record,
    cleft: Record,
    astrocyte: Record,
    pool: Record,
) -> None:
    """Fill one synapse's variables, in the order of ``VARIABLES``."""
    row[column] = total_calcium(s, p)
    row[column + 1] = membrane_potential(s.epsp_decay, s.epsp_rise, n.bap_fast + n.bap_slow, p)
    row[column + 2] = s.potentiation_trace
    row[column + 3] = s.depression_trace
    row[column + 4] = cleft.dopamine
    row[column + 5] = s.pka_activity
    row[column + 6] = s.early_weight
    row[column + 7] = s.late_weight
    row[column + 8] = committed_weight(s, p)
    row[column + 9] = compute_tag(s.early_weight, p)
    row[column + 10] = pool.plasticity_proteins
    row[column + 11] = s.psd_ampa
    row[column + 12] = astrocyte.activity
    row[column + 13] = astrocyte.log_scaling
