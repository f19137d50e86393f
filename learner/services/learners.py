"""Create, find, change and carry learners."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from learner.models import CheckpointKind, Learner, LearnerKind
from learner.pipeline.settings import EXPERT, USER
from learner.services.checkpoints import store_checkpoint
from learner.services.limits import check_parameters
from learner.services.sessions import Session, load_model
from learner.services.states import (
    KINDS,
    Model,
    digest_of,
    from_json,
    model_parameters,
    new_model,
    pack_state,
    stored_parameters,
    unpack_state,
)

Parameters = dict[str, Any]
CLASSES = {model.__name__: kind for kind, model in KINDS.items()}


@transaction.atomic
def create_learner(
    *, name: str, kind: str = LearnerKind.CLASSIFIER, parameters: Parameters | None = None,
    owner: Any = None, visibility: str = "private",
) -> Learner:  # fmt: skip
    """Create a learner that has learned nothing.

    Raises
    ------
    ValueError
        A name that is taken or a parameter out of bounds, in one sentence.
    """
    learner = Learner(
        name=name.strip(), kind=kind, parameters=parameters or {}, owner=owner,
        visibility=visibility,
    )  # fmt: skip
    if learner.name.isdigit():
        raise ValueError(f"a name must not be a number, which is taken for an id; got {name!r}")
    if kind not in LearnerKind.values:
        raise ValueError(f"kind must be one of {', '.join(LearnerKind.values)}; got {kind!r}")
    model = new_model(learner)
    check_parameters(model.get_params(), regression=model._regression)
    model.state_dict()  # looks at every parameter
    learner.parameters = stored_parameters(model)
    try:
        learner.full_clean()
    except ValidationError as error:
        raise ValueError("; ".join(error.messages)) from error
    learner.save()
    return learner


def parse_parameters(texts: Iterable[str]) -> Parameters:
    """Return ``name=value`` texts as parameters; names of expert settings are known too."""
    user, expert = {s.name for s in USER}, {s.name for s in EXPERT}
    parameters: Parameters = {}
    pairs: list[list[Any]] = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"a parameter is written name=value; got {text!r}")
        if name not in user | expert:
            raise ValueError(f"there is no parameter {name!r}; there are {', '.join(sorted(user))}")
        try:
            number = float(value)
        except ValueError:
            raise ValueError(f"{name} must be a number; got {value!r}") from None
        number = int(number) if number.is_integer() else number
        if name in user:
            parameters[name] = number
        else:
            pairs.append([name, number])
    return parameters | ({"expert": pairs} if pairs else {})


def find_learner(reference: str) -> Learner:
    """Return a learner by its id or name, in one sentence if there is none."""
    rows = Learner.objects.all()
    is_id = reference.isdigit() and len(reference) < 19
    rows = rows.filter(pk=int(reference)) if is_id else rows.filter(name=reference)
    found: list[Learner] = list(rows)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(row.pk) for row in found)
        raise ValueError(f"Several learners are called {reference!r}; use an id: {ids}.")
    known = ", ".join(f"{row.pk} ({row.name})" for row in Learner.objects.all()[:10])
    hint = f"known are {known}" if known else "make one with create_learner"
    raise ValueError(f"There is no learner {reference!r}; {hint}.")


def change_parameters(learner: Learner, model: Model, changes: Parameters) -> bool:
    """Change parameters of a learner in memory; return whether any is new.

    A budget can change at any time, anything else before the first event only.
    """
    new = {n: v for n, v in changes.items() if learner.parameters.get(n) != v}
    fresh = learner.position == 0 and learner.events == 0
    for name in new.keys() - {"budget"}:
        if not fresh:
            raise ValueError(
                f"{name} can be set before the first event only; create another learner"
            )
    if new:
        learner.parameters = {**learner.parameters, **new}
        state = new_model(learner).state_dict() if fresh else model.state_dict()
        state["header"]["parameters"] |= model_parameters(new)
        model.load_state(state)
        learner.parameters = stored_parameters(model)
    return bool(new)


def compact(*, learner: Learner, version: int) -> None:
    """Drop what only rollbacks to before a commit need; the commits stay listed."""
    with Session(learner) as session, session.saving():
        session.ledger.compact(version)


def export_state(*, learner: Learner) -> bytes:
    """Return the present state as the bytes of an npz file that the estimators load."""
    return pack_state(load_model(learner).state_dict())


def digest_of_state(learner: Learner) -> str:
    """Return the SHA-256 of the present state, to the last bit."""
    return digest_of(export_state(learner=learner))


def import_state(*, name: str, path: str, owner: Any = None) -> Learner:
    """Create a learner from an exported file."""
    try:
        data = Path(path).read_bytes()
    except OSError as problem:
        raise ValueError(f"{path} cannot be read: {problem.strerror}") from None
    try:
        return import_bytes(name=name, data=data, owner=owner)
    except NotASavedLearner as problem:
        raise ValueError(f"{path} is no saved learner: {problem}") from None


class NotASavedLearner(ValueError):
    """Bytes that are no state of a learner."""


@transaction.atomic
def import_bytes(
    *, name: str, data: bytes, owner: Any = None, visibility: str = "private"
) -> Learner:
    """Create a learner from an exported state: the bytes of an npz file, or JSON."""
    largest = settings.LEARNER_LARGEST_STATE
    if len(data) > largest:
        raise ValueError(f"a state must have at most {largest} bytes; got {len(data)}")
    try:
        is_json = data.lstrip()[:1] == b"{"
        state = from_json(data) if is_json else unpack_state(data, largest=largest)
        header = state["header"]
        kind, parameters = CLASSES[str(header["kind"])], dict(header["parameters"])
    except (KeyError, TypeError, ValueError) as problem:
        raise NotASavedLearner(str(problem)) from None
    learner = create_learner(
        name=name, kind=kind, parameters=parameters, owner=owner, visibility=visibility
    )
    try:
        model = new_model(learner).load_state(state)
        learner.schema = guess_schema(header["features"])
        learner.events = header["state"]["events"]
    except (KeyError, TypeError, AttributeError, IndexError, OverflowError) as problem:
        raise NotASavedLearner(repr(problem)) from None
    learner.save()
    for row in (CheckpointKind.HEAD, CheckpointKind.SNAPSHOT):
        store_checkpoint(learner, model.state_dict(), kind=row, position=0, version=0)
    return learner


def guess_schema(features: list[dict[str, Any]]) -> dict[str, str]:
    """Return the kind of each column by the names of features: ``column=category`` is text."""
    names = [str(next(iter(coded.values()))) for coded in features]
    return {n.split("=")[0]: "text" if "=" in n else "number" for n in names}
