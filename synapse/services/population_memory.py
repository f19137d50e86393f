"""How much memory a run of a population takes, and how much the machine has free."""

from importlib import import_module
from pathlib import Path

from synapse.plasticity.population import BYTES_AT_REST, memory_needed

MEGABYTE = 1e6


def memory_of_run(
    synapses: int, neurons: int, *, recorded: int = 0, rows: int = 0, local_workers: int = 0
) -> int:
    """Return an upper estimate for loading, running and storing, bytes.

    Workers on this machine hold the population a second time, and Python each.
    """
    whole = memory_needed(synapses, neurons, heterogeneous=True, recorded=recorded, rows=rows)
    return whole if not local_workers else 2 * whole + local_workers * BYTES_AT_REST


def free_memory() -> int | None:
    """Return what new work can take without swapping, bytes; None where it is not known."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvail"))
    except (OSError, StopIteration):
        pass
    try:
        psutil = import_module("psutil")
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)


def check_memory(needed: int, *, force: bool = False) -> str:
    """Return a sentence about memory; raise ``ValueError`` where it does not suffice."""
    free = free_memory()
    said = f"about {needed / MEGABYTE:,.0f} MB of memory"
    if free is None:
        return f"needs {said}"
    if needed > free and not force:
        raise ValueError(
            f"the run needs {said}, and the machine has {free / MEGABYTE:,.0f} MB free; "
            "--force runs it all the same"
        )
    return f"needs {said} of {free / MEGABYTE:,.0f} MB free"
