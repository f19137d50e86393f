"""What is wrong with stored learners, found without loading a state; a few queries for all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning
from django.db.models import BigIntegerField, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from learner.models import Checkpoint, CheckpointKind, DriftAlarm, Learner, Stretch
from learner.pipeline.settings import EXPERT
from learner.services.columns import IGNORED, NUMBER, TEXT
from learner.services.limits import check_parameters
from learner.services.states import KINDS, new_model
from synapse.plasticity.parameter_sets import preset_values

MOST_LEARNERS = 1_000
"""Learners that are looked at: those made last."""
FIELDS = (
    "pk", "name", "kind", "parameters", "preset", "events", "position", "version", "schema",
    "sleep_after", "sleep_at", "sleep_replays",
)  # fmt: skip
STATE = (
    "Restore database and TRACES_DIR from one backup, or import a saved state as a new learner: "
    "docs/operations.md."
)


@dataclass(slots=True)
class Known:
    """A learner, and what is stored beside its row."""

    row: Learner
    head: dict[str, Any] | None = None
    stretches: list[tuple[int, int]] = field(default_factory=list)
    """Those after the head: where each begins and how many operations it holds."""
    alarm: int | None = None
    """Commit before the alarm that goes on."""

    @property
    def name(self) -> str:
        """How it is called in a message."""
        return f"The learner {self.row.name} ({self.row.pk})"


def unsound() -> Iterator[CheckMessage]:
    """Return what is wrong, learner by learner."""
    count = Learner.objects.count()
    if count > MOST_LEARNERS:
        yield Info(f"Only the last {MOST_LEARNERS} of {count} learners were looked at.",
                   id="learner.I001")  # fmt: skip
    for known in everything():
        for part in (of_settings, of_schema, of_state, of_schedule, of_alarm):
            yield from part(known)


def everything() -> list[Known]:
    """Return the learners with what is stored beside them, in four queries."""
    rows = Learner.objects.order_by("-pk").only(*FIELDS)[:MOST_LEARNERS]
    found = {row.pk: Known(row) for row in rows}
    heads = Checkpoint.objects.filter(learner__in=found, kind=CheckpointKind.HEAD).order_by()
    for head in heads.values("learner", "position", "path", "meta"):
        found[head["learner"]].head = {**head}
    for key, first, size in _after_heads(heads).filter(learner__in=found):
        found[key].stretches.append((first, size))
    going_on = DriftAlarm.objects.filter(learner__in=found, ended=None).order_by()
    for key, version in going_on.values_list("learner", "version"):
        found[key].alarm = version
    return list(found.values())


def _after_heads(heads: Any) -> Any:
    """Return the stretches of which anything lies after the learner's head."""
    head = Subquery(heads.filter(learner=OuterRef("learner")).values("position")[:1])
    reached = Coalesce(head, 0, output_field=BigIntegerField())
    rows = Stretch.objects.annotate(end=F("first") + F("count"), reached=reached)
    return (
        rows.filter(end__gt=F("reached")).order_by("first").values_list("learner", "first", "count")
    )


def of_settings(known: Known) -> Iterator[CheckMessage]:
    """Look at kind, parameters and preset."""
    row = known.row
    if row.kind not in KINDS:
        yield Error(
            f"{known.name} is of the unknown kind {row.kind!r}.",
            hint=f"There are {', '.join(map(str, KINDS))}.", id="learner.E010",
        )  # fmt: skip
        return
    try:
        if not isinstance(row.parameters, dict):
            raise TypeError("they must be names and their values")
        model = new_model(row)
        check_parameters(model.get_params(), regression=model._regression)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        yield Error(
            f"{known.name} has parameters that are refused: {error}.",
            hint="docs/learner.md lists the parameters and their bounds.", id="learner.E011",
        )  # fmt: skip
    if row.preset:
        try:
            preset_values(row.preset)
        except ValueError as error:
            yield Warning(
                f"{known.name} names a preset that is not there: {error}.",
                hint="It learns as before; only what it was derived from cannot be shown.",
                id="learner.W001",
            )


def of_schema(known: Known) -> Iterator[CheckMessage]:
    """Look at the kinds of columns."""
    schema: Any = known.row.schema
    kinds = schema.values() if isinstance(schema, dict) else [schema]
    if any(kind not in (NUMBER, TEXT, IGNORED) for kind in kinds):
        yield Error(
            f"{known.name} has a schema with a column that is no {NUMBER}, {TEXT} or {IGNORED}.",
            hint="The learner writes it itself: restore the database from a backup.",
            id="learner.E017",
        )


def of_state(known: Known) -> Iterator[CheckMessage]:
    """Look whether the present state can be loaded: the head, and every operation since."""
    row, head = known.row, known.head
    name, reached = known.name, head["position"] if head else 0
    if head is not None:
        yield from _of_head(known, head)
    if reached > row.position:
        yield Error(
            f"{name} has a head at operation {reached}, but only {row.position} operations.",
            hint=STATE, id="learner.E015",
        )  # fmt: skip
    gap = first_gap(known.stretches, reached, row.position)
    if gap is None:
        return
    if head is None:
        yield Error(
            f"{name} has learned {row.events} events, but has no head, and operation {gap} is "
            "missing in its ledger.", hint=STATE, id="learner.E012",
        )  # fmt: skip
    else:
        yield Error(
            f"{name} has a ledger without operation {gap}; its head is at {reached}, and it has "
            f"{row.position}.", hint=STATE, id="learner.E016",
        )  # fmt: skip


def _of_head(known: Known, head: dict[str, Any]) -> Iterator[CheckMessage]:
    """Look at file and kind of the head."""
    if head["path"] and not (Path(settings.TRACES_DIR) / head["path"]).is_file():
        yield Error(
            f"{known.name} has its state in the file {head['path']}, which is missing.",
            hint=f"Is TRACES_DIR the folder that it was written to? {STATE}", id="learner.E013",
        )  # fmt: skip
    kind = (head["meta"] or {}).get("kind")
    wanted = KINDS.get(known.row.kind)
    if wanted is not None and kind != wanted.__name__:
        yield Error(
            f"{known.name} is a {known.row.kind}, but its state is of {kind}.",
            hint=STATE, id="learner.E014",
        )  # fmt: skip


def first_gap(stretches: list[tuple[int, int]], reached: int, position: int) -> int | None:
    """Return the first operation that no stretch holds, from ``reached`` up to ``position``."""
    for first, count in stretches:
        if first > reached:
            break
        reached = max(reached, first + count)
    return reached if reached < position else None


def of_schedule(known: Known) -> Iterator[CheckMessage]:
    """Look whether a scheduled sleep has anything to do."""
    row = known.row
    if row.sleep_after is None and row.sleep_at is None:
        return
    usual = next(setting.default for setting in EXPERT if setting.name == "buffer")
    pairs = row.parameters.get("expert") if isinstance(row.parameters, dict) else None
    try:
        buffer = dict(pairs or ()).get("buffer", usual)
    except (TypeError, ValueError):
        return  # of_settings said so
    for value, what in ((row.sleep_replays, "sleep_replays"), (buffer, "buffer")):
        if not value:
            yield Warning(
                f"{known.name} is to sleep by schedule, with {what} 0: nothing is replayed.",
                hint="Set sleep_replays, or take the schedule away.", id="learner.W002",
            )  # fmt: skip


def of_alarm(known: Known) -> Iterator[CheckMessage]:
    """Look whether the alarm that goes on names a commit that there is."""
    if known.alarm is not None and known.alarm > known.row.version:
        yield Warning(
            f"{known.name} has an open alarm that names commit {known.alarm} as the way back; "
            f"the last is {known.row.version}.",
            hint="One table was restored without the others: restore the database as a whole.",
            id="learner.W003",
        )
