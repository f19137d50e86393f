"""What is done to a synapse by hand: a spike, a pulse, a drug, a change of the bath.

Spikes and pulses start a short run, so that their effect is seen. Drugs and the bath change
at the present simulated time, for the whole group, and need no run.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from synapse.models import Intervention, Run, Synapse, ValueChange
from synapse.plasticity.components import COMPONENTS
from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import BATH
from synapse.plasticity.stimulus import Event, Kind, Protocol
from synapse.services import groups, histories, run_queue, runs
from synapse.services.access import require_write
from synapse.services.parameters import PARAMETERS
from synapse.services.population import load_group, store_group
from synapse.services.run_limits import check_work
from synapse.services.simulator import check_duration

TITLES: dict[str, str] = {
    "pre": "Glutamate release",
    "field": "Field spike",
    "post": "Postsynaptic spike",
    "dopamine": "Dopamine pulse",
    "acetylcholine": "Acetylcholine pulse",
}
"""What starts a run, by kind of event."""
LOW_MAGNESIUM = 0.1
"""mM: of a bath called low in magnesium."""
CHOLINERGIC = ("acetylcholine_depression_gain", "acetylcholine_potentiation_loss")
COMPONENT_OF = {q: c for c in COMPONENTS if c.shared for q in BATH if q in {p.name for p in c}}
MOST_LOOKED_AT = 200
LONGEST_EFFECT = 3.6e6
"""ms: what a run after an event may last; longer ones are protocols."""


def acetylcholine_acts(synapse: Synapse) -> bool:
    """Say whether acetylcholine does anything to a synapse with its components."""
    return any(getattr(_part(synapse, name), name) > 0.0 for name in CHOLINERGIC)


def deliver(
    *, synapse: Synapse, kind: Kind, duration: float, user: Any, value: float = 1.0
) -> Intervention:
    """Deliver one event now and simulate ``duration`` ms after it; return what was written.

    Raises
    ------
    ValueError, StateConflict, PermissionDenied
        Nothing was done.
    """
    if kind not in TITLES:
        raise ValueError(f"kind must be one of {', '.join(TITLES)}; got {kind!r}")
    check_duration("duration", duration)
    if duration > LONGEST_EFFECT:
        raise ValueError(
            f"duration must be at most 1 h after an event; got {duration / LONGEST_EFFECT:g} h"
        )
    if kind == "acetylcholine" and not acetylcholine_acts(groups.load_one(synapse.pk)):
        raise ValueError(f"acetylcholine does nothing here: {' and '.join(CHOLINERGIC)} are 0")
    _check(synapse, user)
    event = Event(time=0.0, kind=kind, value=value)
    protocol = Protocol(
        name="by-hand", title=f"By hand: {TITLES[kind].lower()}", meaning="One event, by hand.",
        events=(event,),
    )  # fmt: skip
    plan = runs.Plan(protocol=protocol, duration=duration)
    check_work(synapse, plan, instead="Simulate less time after it.")
    run = runs.execute(synapse=synapse, protocol=protocol, duration_ms=duration, owner=_known(user))
    return _record(synapse, user, kind=kind, value=value, time=run.clock, run=run)


@transaction.atomic
def set_drug(*, synapse: Synapse, name: str, present: bool, user: Any) -> Intervention:
    """Add a drug to the bath of the synapse's group, or wash it out.

    Raises as ``deliver`` does.
    """
    if name not in DRUGS:
        raise ValueError(f"drug must be one of {', '.join(DRUGS)}; got {name[:40]!r}")
    _check(synapse, user)
    loaded = load_group([synapse])
    drugs, title = loaded.group.drugs, DRUGS[name].title
    if (name in drugs) == present:
        raise ValueError(f"{title} is {'already' if present else 'not'} in the bath")
    if present:
        drugs.append(name)
    else:
        drugs.remove(name)
    store_group(loaded)
    time = loaded.group.time
    return _record(synapse, user, kind="drug", name=name, value=float(present), time=time)


@transaction.atomic
def set_bath(*, synapse: Synapse, name: str, value: float, user: Any) -> Intervention:
    """Change a quantity of the bath for the whole group, for good.

    The value before is in the history of the parameters. Raises as ``deliver`` does.
    """
    if name not in BATH:
        raise ValueError(f"bath must name one of {', '.join(BATH)}; got {name[:40]!r}")
    value = BATH[name].check(value)
    _check(synapse, user)
    fresh = groups.load_one(synapse.pk)
    component = COMPONENT_OF[name].name
    before = histories.present(fresh, {component: [name]})
    if before[component][name] == value:
        unit = "" if BATH[name].unit == "1" else f" {BATH[name].unit}"
        raise ValueError(f"{name} is already {value:g}{unit}")
    loaded = load_group([synapse])
    loaded.group.set_bath(name, value)
    store_group(loaded)
    histories.record(
        synapse=fresh, before=before, after={component: {name: value}}, user=user,
        reason=ValueChange.Reason.EDIT,
    )  # fmt: skip
    return _record(synapse, user, kind="bath", name=name, value=value, time=loaded.group.time)


def undo(*, synapse: Synapse, key: int, user: Any) -> Intervention:
    """Wash out or add again, or bring a bath back: a new intervention, now.

    Raises ``ValueError`` for what cannot be undone, or no longer.
    """
    row = interventions_of(synapse).filter(pk=key).first()
    if row is None:
        raise ValueError(f"this synapse has no intervention {key}")
    if row.kind == "drug":
        return set_drug(synapse=synapse, name=row.name, present=not row.value, user=user)
    before = values_before(synapse, [row]).get(row.pk)
    if before is None:
        raise ValueError("a spike or a pulse cannot be taken back; what it did is in the state")
    return set_bath(synapse=synapse, name=row.name, value=before, user=user)


def interventions_of(synapse: Synapse) -> QuerySet[Intervention]:
    """Return what was done to a synapse, the latest first, and to the bath of its neuron."""
    bath = Q(synapse__neuron=synapse.neuron_id, kind__in=("drug", "bath"))
    rows = Intervention.objects.filter(Q(synapse=synapse) | bath).select_related("user", "run")
    return rows.defer(
        *(f"run__{name}" for name in ("trace", "start_state", "parameters", "result", "protocol"))
    ).order_by("-pk")


def values_before(synapse: Synapse, rows: Iterable[Intervention]) -> dict[int, float]:
    """Return the value that a bath had before each intervention, from the history; one query."""
    wanted = [row for row in rows if row.kind == "bath" and row.name in COMPONENT_OF]
    if not wanted:
        return {}
    changes = ValueChange.objects.filter(synapse__neuron=synapse.neuron_id)
    changes = changes.filter(created__lte=max(row.created for row in wanted)).order_by("-pk")
    latest = list(changes[:MOST_LOOKED_AT])
    found: dict[int, float] = {}
    for row in wanted:
        component = COMPONENT_OF[row.name].name
        for change in latest:
            before, after = change.values.get(component, {}).get(row.name, (None, None))
            if change.created <= row.created and after == row.value:
                found[row.pk] = float(before)
                break
    return found


def _check(synapse: Synapse, user: Any) -> None:
    """Refuse what the user may not do, and what a run under way would lose its result by."""
    if user is not None:
        require_write(user, groups.closure([synapse]))
    busy = run_queue.busy_run(synapse.pk)
    if busy:
        raise ValueError(f"run {busy} of this synapse or its group is under way; wait for its end")


def _record(
    synapse: Synapse,
    user: Any,
    *,
    kind: str,
    value: float,
    time: float,
    name: str = "",
    run: Run | None = None,
) -> Intervention:
    return Intervention.objects.create(
        synapse=synapse, user=_known(user), run=run, kind=kind, name=name, value=value,
        simulated_time=time,
    )  # fmt: skip


def _known(user: Any) -> Any:
    return user if user is not None and user.is_authenticated else None


def _part(synapse: Synapse, name: str) -> Any:
    return getattr(synapse, PARAMETERS[name][0].accessor)
