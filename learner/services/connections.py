"""Connections of a learner: the largest, and those that somebody opened as a synapse."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet

from learner.models import Connection, Learner
from learner.pipeline.bridge.moments import Place
from learner.pipeline.bridge.past import locate
from learner.pipeline.memory import PARTS, TRACE
from learner.pipeline.saving import decode_name, encode_name
from learner.services.live import read
from synapse.services.access import may_write

PART_PLACES = {"early": 0, "tagged": 1, "late": 2}
MOST_LISTED = 500
BIAS = "bias"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A connection in a list: its present weights, and its row if it was opened."""

    place: Place
    early: float
    tagged: float
    late: float
    trace: float
    opened: Connection | None = None

    @property
    def source(self) -> str:
        """The source as ``open_connection`` takes it."""
        return source_key(self.place.source)

    @property
    def label(self) -> str:
        """The label as ``open_connection`` takes it."""
        return label_key(self.place.label)

    @property
    def name(self) -> str:
        """The connection in words."""
        return place_text(self.place)

    @property
    def changed_at(self) -> int | None:
        """Operation that last changed it, as far as was looked; None if nobody looked."""
        return None if self.opened is None else getattr(self.opened, "last_changed", None)


def list_connections(
    learner: Learner, *, most: int = 50, part: str = "all", text: str = "",
    label: str | None = None, pathway: int | None = None,
) -> list[Listed]:  # fmt: skip
    """Return the connections with the largest weights, the largest first.

    Parameters
    ----------
    most
        How many at most.
    part
        Whose size counts: ``early``, ``tagged``, ``late``, or ``all`` for their sum of sizes.
    text
        Only sources whose name holds this, in any case.
    label
        Only this label, in words.
    pathway
        Only this pathway.

    Raises
    ------
    ValueError
        A part that there is not, or a number out of bounds.
    """
    if part != "all" and part not in PART_PLACES:
        raise ValueError(f"part must be all or one of {', '.join(PART_PLACES)}; got {part!r}")
    if not 1 <= most <= MOST_LISTED:
        raise ValueError(f"most must be 1 to {MOST_LISTED} connections; got {most}")
    with read(learner) as model:
        found = _largest(model, most, part, _wanted(model, text, label, pathway))
    opened = {(c.pathway, c.source, c.label): c for c in opened_of(learner)}
    return [
        Listed(place=place, early=w[0], tagged=w[1], late=w[2], trace=w[3],
               opened=opened.get((place.pathway, source_key(place.source), label_key(place.label))))
        for place, w in found
    ]  # fmt: skip


def opened_of(learner: Learner) -> QuerySet[Connection]:
    """Return the connections that were opened, without their series, the latest first."""
    rows = Connection.objects.filter(learner=learner).order_by("-modified")
    return rows.annotate(last_changed=F("agreement__changed_at")).defer("agreement", "code")


def _wanted(model: Any, text: str, label: str | None, pathway: int | None) -> Any:
    """Return for each pathway, row and class whether it is asked for: [G, R, K]."""
    state = model._core.state
    shape = (state.pathways, 1 + state.hidden + state.features, max(1, state.classes))
    wanted = np.ones(shape, dtype=bool)
    if pathway is not None:
        wanted[[g for g in range(shape[0]) if g != pathway]] = False
    if text:
        rows = [text.lower() in source_text(s).lower() for s in sources(model)]
        wanted &= np.array(rows, dtype=bool)[None, :, None]
    if label is not None and not model._regression:
        classes = [str(one) == label for one in model._labels] or [False]
        wanted &= np.array(classes, dtype=bool)[None, None, :]
    return wanted


def _largest(
    model: Any, most: int, part: str, wanted: Any
) -> list[tuple[Place, tuple[float, float, float, float]]]:
    """Return places and weights of the largest connections that are not zero."""
    if not model._regression and not model._labels:
        return []
    rows = wanted.shape[1]
    synapses = model._core.arrays["synapses"][:, :, :rows]
    weights = np.abs(synapses[:, :PARTS])
    size = weights.sum(axis=1) if part == "all" else weights[:, PART_PLACES[part]]
    size = np.where(wanted, size, 0.0)
    order = np.argsort(-size, axis=None, kind="stable")[:most]
    names, found = sources(model), []
    for g, row, k in zip(*np.unravel_index(order, size.shape), strict=True):
        if size[g, row, k] == 0.0:
            break
        label = None if model._regression else model._labels[k]
        early, tagged, late = (float(w) for w in synapses[g, :PARTS, row, k])
        trace = float(synapses[g, TRACE, row, k])
        found.append((Place(int(g), names[row], label), (early, tagged, late, trace)))
    return found


def sources(model: Any) -> list[Any]:
    """Return the source of each row: the bias, hidden units, features."""
    units = [("unit", number) for number in range(model._core.state.hidden)]
    return [BIAS, *units, *(("feature", name) for name in model._features)]


def open_connection(
    *, learner: Learner, pathway: int, source: str, label: str, user: Any = None,
    checked: bool = True,
) -> Connection:  # fmt: skip
    """Return the row of a connection, made at its first opening.

    Raises
    ------
    PermissionDenied
        The user may not change the learner; ``checked=False`` leaves this to the caller.
    ValueError
        There is no such connection.
    """
    if checked and not may_write(user, learner):
        raise PermissionDenied(f"You may read the learner {learner.name}, not change it.")
    place = read_place(pathway, source, label)
    with read(learner) as model:
        if model._regression != (place.label is None) or locate(model, place) is None:
            raise ValueError(
                f"{learner.name} has no connection from {source_text(place.source)} to "
                f"{label_text(place.label)} in pathway {pathway}"
            )
    keys: dict[str, Any] = {"source": source_key(place.source), "label": label_key(place.label)}
    for name, key in keys.items():
        if len(key) > 250:
            raise ValueError(f"the {name} must have at most 250 characters to be opened")
    row, _ = Connection.objects.get_or_create(learner=learner, pathway=pathway, **keys)
    return row


def place_of(connection: Connection) -> Place:
    """Return which connection a row is."""
    return read_place(connection.pathway, connection.source, connection.label)


def read_place(pathway: int, source: str, label: str) -> Place:
    """Return a place from the texts that are stored of it, or raise ``ValueError``."""
    try:
        coded, named = json.loads(source), json.loads(label)
        name = None if named is None else decode_name(named)
        if coded == BIAS:
            return Place(pathway, BIAS, name)
        ((kind, value),) = coded.items()
        if kind == "unit" and type(value) is int:
            return Place(pathway, ("unit", value), name)
        if kind == "feature":
            return Place(pathway, ("feature", decode_name(value)), name)
    except (ValueError, TypeError, AttributeError):
        pass
    raise ValueError(
        'a connection is named by a source, such as "bias", {"unit": 3} or '
        f'{{"feature": {{"str": "price"}}}}, and a label; got {source!r:.80} and {label!r:.80}'
    )


def source_key(source: Any) -> str:
    """Return a source as it is stored."""
    if source == BIAS:
        return json.dumps(BIAS)
    kind, value = source
    return json.dumps({kind: value if kind == "unit" else encode_name(value)})


def label_key(label: Any) -> str:
    """Return a label as it is stored; a learner of numbers has none."""
    return "null" if label is None else json.dumps(encode_name(label))


def source_text(source: Any) -> str:
    """Return a source in words."""
    if source == BIAS:
        return BIAS
    kind, value = source
    return f"hidden unit {value}" if kind == "unit" else str(value)


def label_text(label: Any) -> str:
    """Return a label in words."""
    return "the number" if label is None else str(label)


def place_text(place: Place) -> str:
    """Return a connection in words."""
    wide = f", expansion {place.pathway}" if place.pathway else ""
    return f"{source_text(place.source)} to {label_text(place.label)}{wide}"


def find_connection(learner: Learner, names: Mapping[str, str]) -> Place:
    """Return the connection that is named in words: ``source``, ``label``, ``pathway``.

    A name that says nothing stands for the largest connection there is.
    """
    number = int(names.get("pathway") or 0)
    rows = list_connections(learner, most=MOST_LISTED, pathway=number,
                            label=names.get("label") or None)  # fmt: skip
    wanted = names.get("source") or ""
    for row in rows:
        if not wanted or source_text(row.place.source) == wanted:
            return row.place
    raise ValueError(
        f"{learner.name} has no connection from {wanted or 'anything'} to "
        f"{names.get('label') or 'anything'} that ever moved"
    )
