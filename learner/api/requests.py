"""What the learner's API takes, as the OpenAPI schema shows it."""

from typing import Annotated, Literal

from ninja import Field

from learner.api.values import MOST_EVENTS, Features, Identifier, Label
from learner.pipeline.settings import USER
from synapse.api.schemas import Finite, Name, Strict, VisibilityName

MOST_REPLAYS = 20_000
"""Of one request to sleep; a scheduled sleep may have more."""
BUDGET = next(setting for setting in USER if setting.name == "budget")
Parameters = Annotated[
    dict[str, Finite],
    Field(
        max_length=100,
        description="Settings by name, those of the expert too; GET /learners/settings has them.",
        examples=[{"budget": 0.2, "seed": 1}],
    ),
]
KindName = Literal["classifier", "regressor"]
Baselines = Annotated[
    bool, Field(description="Run a learner that always updates and a frozen one beside it.")
]
SleepAfter = Annotated[
    float,
    Field(
        ge=1.0, le=1e9, allow_inf_nan=False,
        description="Sleep after so many seconds without an event; null: never.",
    ),
]  # fmt: skip
SleepAt = Annotated[
    str,
    Field(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["03:30"],
        description="Sleep every day at this time, UTC; null: never.",
    ),
]  # fmt: skip
SleepReplays = Annotated[
    int, Field(ge=1, le=1_000_000, description="Events replayed in a scheduled sleep.")
]


class LearnerIn(Strict):
    """A learner to make."""

    name: Name = Field(examples=["prices"])
    kind: KindName = Field("classifier", description="Predicts a class, or a number.")
    parameters: Parameters = {}
    preset: str | None = Field(
        None, max_length=50, description="Derive settings from a preset of the laboratory; "
        "what parameters says goes before.", examples=["hippocampus"],
    )  # fmt: skip
    interval_ms: Finite | None = Field(
        None, description="With a preset: what time one event stands for; a minute unless said."
    )
    baselines: Baselines = True
    visibility: VisibilityName | None = Field(
        None, description="Private unless said; in a demo without a login, always public."
    )


class LearnerChange(Strict):
    """What to change of a learner; what is left out stays as it is."""

    name: Name | None = None
    visibility: VisibilityName | None = None
    rotate_share_key: bool = Field(False, description="Make links that were shared invalid.")
    budget: Finite | None = Field(
        None, ge=BUDGET.minimum, le=BUDGET.maximum, description=f"The {BUDGET.meaning}."
    )
    paused: bool | None = Field(None, description="A paused learner predicts only.")
    baselines: Baselines | None = None
    sleep_after: SleepAfter | None = None
    sleep_at: SleepAt | None = None
    sleep_replays: SleepReplays | None = None


class PredictIn(Strict):
    """An event to predict."""

    features: Features
    id: Identifier | None = Field(
        None, description="Keep the event under this identifier until its label comes.",
        examples=["order-17"],
    )  # fmt: skip


class LearnIn(Strict):
    """An event with its label, to learn."""

    features: Features
    label: Label
    id: Identifier | None = Field(
        None, description="With an identifier an event is learned once, however often it is sent.",
        examples=["order-18"],
    )  # fmt: skip


class LabelIn(Strict):
    """The label of an event that was predicted, or is still to come."""

    id: Identifier = Field(examples=["order-17"])
    label: Label


class BatchEvent(Strict):
    """One event of a batch."""

    features: Features
    label: Label | None = Field(None, description="To be learned; left out where only predicted.")
    id: Identifier | None = None


class BatchIn(Strict):
    """Events, in the order in which they happened."""

    events: list[BatchEvent] = Field(min_length=1, max_length=MOST_EVENTS)


class RollbackIn(Strict):
    """Where to go back to."""

    version: int = Field(ge=1, le=2**63 - 1, description="Number of a commit that is kept.")


class SleepIn(Strict):
    """A sleep now."""

    replays: int = Field(200, ge=1, le=MOST_REPLAYS, description="Kept events to replay.")


class ExplainIn(Strict):
    """An event whose prediction is to be explained."""

    features: Features
    label: Label | None = Field(
        None, description="A class that was learned; left out, the one that is predicted."
    )
