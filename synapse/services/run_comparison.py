"""What several runs differ by: parameters, start, protocol, and what came out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from synapse.models import Run
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.group import LINK_OF
from synapse.plasticity.quantity import Quantity
from synapse.services.trace_sources import TraceSource
from synapse.services.trace_windows import Summary, read_window

QUANTITIES: dict[str, Quantity] = {q.name: q for c in COMPONENTS for q in c}
SLICES = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that differs, with its value in each run."""

    name: str
    unit: str
    values: tuple[Any, ...]
    symbol: str = ""


def parameters_of(run: Run) -> dict[str, float | None]:
    """Return the parameters of a run's synapse, as they were set at its start."""
    return _own(run, run.parameters, "parameters")


def starts_of(run: Run) -> dict[str, float | None]:
    """Return the state of a run's synapse at its start."""
    found = _own(run, run.start_state, "states")
    return {name: value for name, value in found.items() if name in QUANTITIES}


def protocol_of(run: Run) -> dict[str, Any]:
    """Return what a run did, in comparable words."""
    protocol, start = run.protocol, run.start_state
    bath = {f"bath: {name}": value for name, value in protocol.get("bath", {}).items()}
    kinds = [event[1] for event in protocol.get("events", [])]
    counts = {f"{kind} events": kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return {
        "protocol": protocol.get("title", ""),
        "simulated, ms": run.done or run.total,
        "times begun anew": int(protocol.get("repeat", 1)),
        "clock at the start, ms": run.clock,
        "drugs at the start": ", ".join(start.get("drugs", [])) or "none",
        "seed": run.seed if run.seed is not None else "stored generator",
        "back end": run.get_back_end_display(),
        **{f"version of {name}": value for name, value in run.versions.items()},
        **bath,
        **counts,
    }


def differing(runs: Sequence[Run], read: Callable[[Run], dict[str, Any]]) -> list[Row]:
    """Return the rows of ``read`` that are not the same in all runs."""
    found = [read(run) for run in runs]
    names = dict.fromkeys(name for values in found for name in values)
    rows = []
    for name in names:
        values = tuple(each.get(name) for each in found)
        if any(value != values[0] for value in values[1:]):
            q = QUANTITIES.get(name)
            rows.append(Row(name, q.unit if q else "", values, q.symbol if q else ""))
    return rows


def timing_differs(runs: Sequence[Run]) -> bool:
    """Say whether the events of the protocols are not the same ones at the same times."""
    events = [run.protocol.get("events", []) for run in runs]
    return any(other != events[0] for other in events[1:])


def results_of(
    sources: Sequence[TraceSource], names: Sequence[str], end: float
) -> list[tuple[str, list[Summary]]]:
    """Return what each variable did in each run up to a common time."""
    windows = [read_window(s, 0.0, end, slices=SLICES, names=names) for s in sources]
    return [(name, [window.summary[name] for window in windows]) for name in names]


def _own(run: Run, data: dict[str, Any], local: str) -> dict[str, float | None]:
    """Return the values that belong to the run's synapse, by name."""
    start = run.start_state
    if run.synapse_id not in start.get("synapses", []):
        return {}
    place = start["synapses"].index(run.synapse_id)
    found = {name: column[place] for name, column in data.get(local, {}).items()}
    for part, of in LINK_OF.items():
        found |= {name: column[start[of][place]] for name, column in data.get(part, {}).items()}
    return found
