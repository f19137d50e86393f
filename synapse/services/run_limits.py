"""How much work may be done while somebody waits for the answer of one request."""

from synapse.models import Synapse
from synapse.plasticity.stimulus import schedule
from synapse.services.runs import Plan
from synapse.services.simulator import SynapseSimulator, expected_work

MOST_WORK = 1_200_000
"""Synapse-ticks that one request may take: some seconds, and a trace of some 100 MB."""


def work_of(synapse: Synapse, plan: Plan) -> float:
    """Return the synapse-ticks that a plan will take, roughly.

    Raises ``ValueError`` where the plan does not fit the synapse.
    """
    simulator = SynapseSimulator(synapse, record=False)
    planned = schedule(simulator.group, plan.protocol.events, start=0.0, named=simulator.named)
    return plan.repeat * expected_work(simulator.group, planned, plan.duration)


def check_work(synapse: Synapse, plan: Plan, *, instead: str) -> None:
    """Raise ``ValueError`` where a plan is too long for one request; say what to do instead."""
    work = work_of(synapse, plan)
    if work > MOST_WORK:
        raise ValueError(
            f"This run would take about {work:.2g} synapse-ticks; within a request at most "
            f"{MOST_WORK:,} are computed. {instead}"
        )
