"""How much work a run may be: while somebody waits for the answer of a request, or later."""

from synapse.models import Synapse
from synapse.plasticity.stimulus import schedule
from synapse.services import run_queue
from synapse.services.runs import Plan
from synapse.services.simulator import SynapseSimulator, expected_work

MOST_WORK = 1_200_000
"""Synapse-ticks that one request may take: some seconds, and a trace of some 100 MB."""
MOST_BACKGROUND = 8_000_000
"""The same for a worker: half a minute compiled, and 700 MB while it runs."""
SPACE = "\u202f"
"""Between the thousands."""


def work_of(synapse: Synapse, plan: Plan) -> float:
    """Return the synapse-ticks that a plan will take, roughly.

    Raises ``ValueError`` where the plan does not fit the synapse.
    """
    simulator = SynapseSimulator(synapse, record=False)
    planned = schedule(simulator.group, plan.protocol.events, start=0.0, named=simulator.named)
    return plan.repeat * expected_work(simulator.group, planned, plan.duration)


def check_work(synapse: Synapse, plan: Plan, *, instead: str, place: str = "a page") -> None:
    """Raise ``ValueError`` where a plan is too long for one request; say what to do instead."""
    work = work_of(synapse, plan)
    if work > MOST_WORK:
        raise ValueError(f"{_about(work)}; {place} runs at most {_count(MOST_WORK)}. {instead}")


def check_background(synapse: Synapse, plan: Plan) -> None:
    """Raise ``ValueError`` where a plan is too long for a worker as well."""
    work = work_of(synapse, plan)
    if work > MOST_BACKGROUND:
        raise ValueError(
            f"{_about(work)}; a run in the background takes at most {_count(MOST_BACKGROUND)}, "
            "because its trace is held in memory. Ask for fewer ticks or less time."
        )


def check_free(synapse: Synapse) -> None:
    """Raise ``ValueError`` while a run in the background moves the same state."""
    busy = run_queue.busy_run(synapse.pk)
    if busy:
        raise ValueError(
            f"Run {busy} of this synapse or of one that moves with it is under way. Wait for "
            "its end, or run this in the background: it then starts after it."
        )


def _about(work: float) -> str:
    return f"This run would take about {_count(float(f'{work:.2g}'))} synapse-ticks"


def _count(number: float) -> str:
    return f"{number:,.0f}".replace(",", SPACE)
