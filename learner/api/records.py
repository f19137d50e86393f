"""What the learner's API gives, as the OpenAPI schema shows it."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

from learner.api.requests import KindName
from synapse.api.schemas import Listed, VisibilityName


class LearnerOut(Schema):
    """A learner; ``share_key`` is for its owner only."""

    id: int
    name: str
    kind: KindName
    owner: str | None
    visibility: VisibilityName
    may_write: bool
    share_key: str | None
    parameters: dict[str, Any] = Field(description="The settings that were given.")
    preset: str = Field(description="Preset that they were derived from, or nothing.")
    paused: bool
    baselines: bool
    sleep_after: float | None
    sleep_at: str | None = Field(description="Time of day, UTC.", examples=["03:30"])
    sleep_replays: int
    slept: datetime | None
    last_event: datetime | None
    events: int = Field(description="Events learned.")
    position: int = Field(description="Operations in the ledger.")
    version: int = Field(description="Number of the last commit.")
    created: datetime
    modified: datetime


class LearnerDetail(LearnerOut):
    """A learner with its columns."""

    columns: dict[str, str] = Field(description="What each column holds: number or text.")


class LearnerList(Listed):
    """Learners."""

    items: list[LearnerOut]


class SettingOut(Schema):
    """A setting of a learner."""

    name: str
    group: Literal["user", "expert"]
    kind: Literal["number", "whole number"]
    default: float
    default_of_regressor: float
    minimum: float
    maximum: float
    meaning: str
    changeable: bool = Field(description="Also after the first event.")


class SettingList(Schema):
    """Every setting."""

    items: list[SettingOut]


class PredictionOut(Schema):
    """A prediction."""

    prediction: str | float | None = Field(
        description="A class as text, or a number; null while nothing was learned."
    )
    probabilities: dict[str, float] = Field(description="Of each class.")
    novelty: float = Field(description="How unfamiliar the event is, 0 to 1.")
    id: str | None = None
    status: Literal["waiting", "learned"] | None = Field(
        None, description="With an identifier: it waits for its label, or that had come first."
    )
    version: int = Field(description="The learner's last commit before it.")


class OutcomeOut(Schema):
    """What became of an event or a label; it is stored when this is sent."""

    status: Literal["learned", "duplicate", "waiting", "early"] = Field(
        description="learned: now. duplicate: it had been learned before, nothing changed. "
        "waiting: for its label. early: the label waits for its event."
    )
    id: str | None = None
    prediction: str | float | None = Field(
        description="Predicted before the label was learned; null before any was known."
    )
    surprise: float | None
    salient: bool = Field(description="It was worth an update.")
    commit: int | None = Field(description="Number of the commit that it made, if it made one.")
    position: int | None = Field(description="Its place in the ledger.")
    version: int = Field(description="The learner's last commit after it.")


class BatchOut(Schema):
    """What became of each event, in order: one of the two lists is filled."""

    outcomes: list[OutcomeOut] = Field(description="Of a batch that was learned.")
    predictions: list[PredictionOut] = Field(description="Of one that was predicted only.")


class CommitOut(Schema):
    """A change of the learner."""

    number: int
    kind: str = Field(description="learn, consolidate, event, sleep or rollback.")
    position: int = Field(description="Its place in the ledger.")
    event: int = Field(description="Events learned by then.")
    event_id: str
    surprise: float
    gate: float = Field(description="Gain of the neuromodulatory gate.")
    size: float = Field(description="Sum of what was changed.")
    amount: int = Field(description="Replays of a sleep; commit that a rollback went back to.")
    created: datetime


class CommitList(Listed):
    """Commits."""

    items: list[CommitOut]


class ChangeOut(Schema):
    """A connection that a commit changed."""

    pathway: int
    part: str
    source: str | float
    label: str | float | None
    before: float
    after: float


class CommitDetail(CommitOut):
    """A commit with the connections that it changed most."""

    connections: list[ChangeOut] | None
    note: str = Field(description="Why there are no connections, where there are none.")


class EventOut(Schema):
    """An operation of the ledger: an event that was learned, a sleep or a rollback."""

    position: int
    event: int = Field(description="Events learned by then, itself included.")
    id: str | None
    kind: str = Field(
        description="learn, consolidate (both a commit) and event are events; sleep; rollback."
    )
    label: str | float | None
    surprise: float
    gate: float
    size: float
    amount: int = Field(description="Replays of a sleep; commit that a rollback went back to.")
    commit: int | None


class EventDetail(EventOut):
    """An event with its features."""

    features: dict[str, float | None] = Field(description="As the learner read them.")


class EventList(Listed):
    """Operations."""

    items: list[EventOut]


class NamedEventOut(Schema):
    """An event with an identifier: the ledger of what was learned exactly once."""

    id: str
    status: Literal["seen", "learned", "labelled", "early", "expired"] = Field(
        description="seen: waits for its label. learned: came with it. labelled: later. "
        "early: the label came first. expired: given up."
    )
    features: dict[str, Any]
    prediction: Any
    label: Any
    position: int | None
    commit: int | None
    surprise: float | None
    created: datetime
    learned: datetime | None


class NamedEventList(Listed):
    """Events with identifiers."""

    items: list[NamedEventOut]


class CommitMade(Schema):
    """The commit that a rollback or a sleep made."""

    commit: int
    learner: LearnerOut


class AlarmOut(Schema):
    """A stretch in which recent errors lay far above the usual ones."""

    id: int
    began: int = Field(description="Number of the event at which it began.")
    ended: int | None = Field(description="null: it goes on.")
    position: int
    version: int = Field(description="Last commit before it: a way back.")
    usual_error: float
    recent_error: float
    peak: float
    created: datetime


class AlarmList(Listed):
    """Drift alarms."""

    items: list[AlarmOut]


class HeadOut(Schema):
    """What one head adds to a prediction."""

    reliability: float
    output: float
    score: float
    bias: float
    contributions: dict[str, float]


class ExplanationOut(Schema):
    """Why a prediction."""

    prediction: str | float | None
    label: str | float | None
    output: float | None = Field(None, description="Probability of the label, or the number.")
    heads: dict[str, HeadOut]


class ConnectionOut(Schema):
    """A connection: from a feature, a hidden unit or the bias to a class or the number."""

    pathway: int = Field(description="0: features; 1 and on: an expansion.")
    source: str = Field(description="In words.")
    label: str | None
    early: float
    tagged: float
    late: float
    trace: float = Field(description="Eligibility.")
    opened: int | None = Field(description="Number of its row, where it was opened as a synapse.")


class ConnectionList(Schema):
    """Connections, the largest first."""

    items: list[ConnectionOut]
