"""A connection beside a synapse that runs its events: computed once, kept with its row."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied

from learner.models import Connection, Learner
from learner.pipeline.bridge import agreement, biology, reasons
from learner.pipeline.bridge.code import Code, Spikes, code_from, encode, starts_of, stimuli
from learner.pipeline.bridge.moments import Moment, Place
from learner.pipeline.bridge.past import LAST_MOMENTS, Past, look_back
from learner.services.connections import label_text, list_connections, place_of, place_text
from learner.services.states import new_model
from learner.services.storage import DatabaseStorage
from synapse.plasticity.group import make_group
from synapse.plasticity.parameter_sets import preset_values
from synapse.plasticity.stimulus import schedule
from synapse.services.access import may_write
from synapse.services.simulator import COMPILED_PAYS, expected_work

PRESET = "hippocampus"
DIGITS = 7
"""Significant digits of what is kept."""
LEARNER_COLUMNS = (
    "position", "event", "version", "kind", "salient", "input", "error", "late_error",
    "surprise", "threshold", "gain", "arousal", "early", "tagged", "late", "trace", "settled",
    "moved", "late_moved", "amount",
)  # fmt: skip
BIOLOGY_COLUMNS = (
    "gate", "vesicles", "psd_ampa", "calcium", "dopamine", "pka_activity", "tag",
    "plasticity_proteins", "early_weight", "least_early", "largest_early", "late_weight",
    "weight", "up", "down", "by_dopamine", "caused", "moved", "late_moved",
)  # fmt: skip


def compute(
    connection: Connection, *, last: int = LAST_MOMENTS, preset: str = PRESET,
    values: Mapping[str, Any] | None = None, user: Any = None, checked: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Return what the page of a connection shows, and keep it with the row.

    Parameters
    ----------
    last
        Operations of the ledger that are looked at, from the newest back.
    preset
        Whose synapse runs the events.
    values
        Numbers of the code that are not the defaults, by name.

    Raises
    ------
    PermissionDenied
        The user may not change the learner; ``checked=False`` leaves this to the caller.
    ValueError
        A number out of bounds or a preset that there is not, in one sentence.
    """
    learner = connection.learner
    if checked and not may_write(user, learner):
        raise PermissionDenied(f"You may read the learner {learner.name}, not change it.")
    code, parameters = code_from(values or {}), preset_values(preset)
    learner.refresh_from_db()
    place = place_of(connection)
    other = control_of(learner, place)
    places = [place] if other is None else [place, other]
    past = look_back(new_model(learner), DatabaseStorage(learner), learner.position, places,
                     last=last)  # fmt: skip
    found = result(past, place, other, code=code, parameters=parameters)
    found |= {"preset": preset, "position": learner.position, "last": last}
    connection.code, connection.agreement = code.to_json(), found
    connection.computed_at = learner.position
    connection.save(update_fields=["code", "agreement", "computed_at", "modified"])
    return found


def result(past: Past, place: Place, other: Place | None, *, code: Code,
           parameters: Mapping[str, float]) -> dict[str, Any]:  # fmt: skip
    """Return both series, how far they agree and why not, as plain data."""
    moments = past.moments[place]
    coded = spikes_of(code, past, place)
    found: dict[str, Any] = {
        "asked": past.asked, "complete": past.complete, "operations": len(moments),
        "starts": starts_of(code, len(moments)), "largest_error": past.largest_error,
        "learner": columns(moments, LEARNER_COLUMNS), "changed_at": last_change(moments),
    }  # fmt: skip
    if not moments:
        return found
    compiled = pays(code, coded, parameters)
    steps = biology.run(code, coded, parameters, compiled=compiled)
    whys = reasons.disagreements(code, moments, coded, steps, largest_error=past.largest_error)
    theirs = past.moments[other] if other is not None else []
    compared = agreement.compare(code, moments, coded, steps, other=theirs)
    found |= {
        "biology": columns(steps.steps, BIOLOGY_COLUMNS),
        "back_end": "compiled" if compiled else "python",
        "spikes": [[list(s.pre), list(s.post), [list(d) for d in s.dopamine]] for s in coded],
        "compare": compared, "other": None if other is None else place_text(other),
        "reasons": reasons.table(whys), "whys": [list(why) for why in whys],
        "delays": reasons.delays(moments, steps), "rest": steps.rest,
    }  # fmt: skip
    return dict(rounded(found))


def spikes_of(code: Code, past: Past, place: Place) -> list[Spikes]:
    """Return the events of a connection as spikes."""
    return [encode(code, m, largest_error=past.largest_error) for m in past.moments[place]]


def control_of(learner: Learner, place: Place) -> Place | None:
    """Return another connection to the same label: that with the largest weights."""
    label = None if place.label is None else label_text(place.label)
    rows = list_connections(learner, most=10, label=label, pathway=place.pathway)
    return next((row.place for row in rows if row.place != place), None)


def pays(code: Code, coded: list[Spikes], parameters: Mapping[str, float]) -> bool:
    """Return whether compiled code pays for itself, as in a run of the laboratory."""
    group = make_group(1, values=parameters)
    planned = schedule(group, stimuli(code, coded), start=0.0, named=[0])
    return expected_work(group, planned, starts_of(code, len(coded))[-1]) > COMPILED_PAYS


def last_change(moments: list[Moment]) -> int | None:
    """Return the position of the last operation that changed a weight."""
    changed = [m.position for m in moments if m.moved != 0.0 or m.late_moved != 0.0]
    return changed[-1] if changed else None


def columns(rows: Any, names: tuple[str, ...]) -> dict[str, list[Any]]:
    """Return the attributes of rows as one list each."""
    return {name: [getattr(row, name) for row in rows] for name in names}


def rounded(value: Any) -> Any:
    """Return plain data with no more digits than are worth keeping."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    return value


def is_stale(connection: Connection) -> bool:
    """Return whether the learner has moved on since the connection was computed."""
    return connection.computed_at != connection.learner.position
