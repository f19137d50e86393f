"""From a form to a run: who may, the protocol it means, the work it would be, the run."""

from dataclasses import dataclass, replace
from typing import Any

from synapse.forms import ProtocolForm, RunForm
from synapse.models import Run, Synapse
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.protocols.pairing import single_pairing
from synapse.plasticity.stimulus import Protocol
from synapse.rendering.numbers import duration_text, number_text
from synapse.services import groups, run_limits, run_queue, runs
from synapse.services.access import require_write

ONE_PAIRING = "One pairing, +10 ms"
INSTEAD = "Ask for fewer ticks or less time, or run it in the background."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A protocol begun anew ``repeat`` times, every ``duration`` ms."""

    protocol: Protocol
    duration: float
    repeat: int = 1
    title: str

    @property
    def plan(self) -> runs.Plan:
        """The same as the queue takes it."""
        return runs.Plan(protocol=self.protocol, duration=self.duration, repeat=self.repeat)


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
        return run_queue.enqueue(
            synapse=synapse, plan=wanted.plan, owner=owner, seed=seed, title=wanted.title
        )
    run_limits.check_free(synapse)
    return runs.execute(
        synapse=synapse, protocol=wanted.protocol, duration_ms=wanted.duration,
        repeat=wanted.repeat, owner=owner, seed=seed, title=wanted.title,
    )  # fmt: skip


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
    if background:
        run_limits.check_background(synapse, wanted.plan)
    else:
        run_limits.check_work(synapse, wanted.plan, instead=INSTEAD)
