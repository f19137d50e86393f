"""From a form to a run: who may, the protocol it means, the work it would be, the run."""

from dataclasses import dataclass, replace
from typing import Any

from synapse.forms import ProtocolForm, RunForm
from synapse.models import Run, Synapse
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.protocols.pairing import single_pairing
from synapse.plasticity.stimulus import Protocol, schedule
from synapse.rendering.numbers import duration_text, number_text
from synapse.services import groups, run_queue, runs
from synapse.services.access import require_write
from synapse.services.simulator import SynapseSimulator, expected_work

ONE_PAIRING = "One pairing, +10 ms"
MOST_WORK = 1_200_000
"""Synapse-ticks that one request may take: some seconds, and a trace of some 100 MB."""
MOST_BACKGROUND = 8_000_000
"""The same for a worker: half a minute compiled, and 700 MB while it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A protocol begun anew ``repeat`` times, every ``duration`` ms."""

    protocol: Protocol
    duration: float
    repeat: int = 1
    title: str


def run_form(form: RunForm, *, synapse: Synapse, user: Any, background: bool = False) -> Run:
    """Run now what a valid form asks for, or queue it; return the run.

    Raises
    ------
    PermissionDenied
        Another synapse of the group belongs to somebody else.
    StateConflict, ValueError
        The state has changed on the way, or the run is too long for a page.
    """
    wanted = asked_for(form)
    require_write(user, groups.closure([synapse]))
    check_work(synapse, wanted, background=background)
    owner, seed = user if user.is_authenticated else None, form.cleaned_data["seed"]
    if background:
        plan = runs.Plan(protocol=wanted.protocol, duration=wanted.duration, repeat=wanted.repeat)
        return run_queue.enqueue(
            synapse=synapse, plan=plan, owner=owner, seed=seed, title=wanted.title
        )
    check_free(synapse)
    return runs.execute(
        synapse=synapse, protocol=wanted.protocol, duration_ms=wanted.duration,
        repeat=wanted.repeat, owner=owner, seed=seed, title=wanted.title,
    )  # fmt: skip


def check_free(synapse: Synapse) -> None:
    """Raise ``ValueError`` while a run in the background moves the same state."""
    busy = run_queue.busy_run(synapse.pk)
    if busy:
        raise ValueError(
            f"Run {busy} of this synapse or of one that moves with it is under way. Wait for "
            "its end, or run this in the background: it then starts after it."
        )


def asked_for(form: RunForm) -> Request:
    """Return what a valid form means."""
    data = form.cleaned_data
    if isinstance(form, ProtocolForm):
        protocol = data["made"]
        return Request(protocol=protocol, duration=data["span"], title=protocol.title)
    paired = data["each"] == "pairing"
    ticks, tick = data["ticks"], data["tick"]
    each = "one pairing in each" if paired else "nothing in them"
    return Request(
        protocol=replace(single_pairing(), title=ONE_PAIRING) if paired else PROTOCOLS["rest"](),
        duration=tick, repeat=ticks,
        title=f"{number_text(ticks, 6)} × {duration_text(tick)}, {each}",
    )  # fmt: skip


def check_work(synapse: Synapse, wanted: Request, *, background: bool = False) -> None:
    """Raise ``ValueError`` where a run would take too long for one request, or for a worker."""
    simulator = SynapseSimulator(synapse, record=False)
    planned = schedule(simulator.group, wanted.protocol.events, start=0.0, named=simulator.named)
    work = wanted.repeat * expected_work(simulator.group, planned, wanted.duration)
    if background and work > MOST_BACKGROUND:
        raise ValueError(
            f"This run would take about {number_text(work, 2)} synapse-ticks; a run in the "
            f"background takes at most {number_text(MOST_BACKGROUND, 7)}, because its trace is "
            "held in memory. Ask for fewer ticks or less time."
        )
    if not background and work > MOST_WORK:
        raise ValueError(
            f"This run would take about {number_text(work, 2)} synapse-ticks; a page runs at most "
            f"{number_text(MOST_WORK, 7)}. Ask for fewer ticks or less time, or run it in the "
            "background."
        )
