"""Measures as the OpenAPI schema shows them."""

from ninja import Field, Schema


class BesideOut(Schema):
    """A baseline, and the learner on the events that the baseline predicted."""

    events: int
    score: float
    learner: float


class RecentOut(Schema):
    """The last full window, or the open one while there is none."""

    events: int
    scores: dict[str, float | None]
    updates: float = Field(description="Share of salient events.")
    surprise: float
    threshold: float
    gate: float
    arousal: float
    reliability: list[float]


class SummaryOut(Schema):
    """How well a learner predicted, test-then-train, over all that it learned."""

    events: int
    score: float | None = Field(
        description="Share correct of classes, mean absolute error of numbers."
    )
    kappa: float | None
    kappa_temporal: float | None = Field(description="0 for saying the label before.")
    r2: float | None
    beside: dict[str, BesideOut] = Field(description="By baseline.")
    updates: int
    update_share: float
    budget: float
    recent: RecentOut | None
    drifting: bool = Field(description="A drift alarm goes on.")


class SeriesOut(Schema):
    """Measures along the events: each list has one entry for each point."""

    width: int = Field(description="Events of a point, or fewer.")
    events: list[int] = Field(description="Number of the last event of each point.")
    scores: dict[str, list[float | None]] = Field(description="Of the learner and baselines.")
    updates: list[float]
    surprise: list[float]
    threshold: list[float]
    gate: list[float]
    arousal: list[float]
    reliability: list[list[float]]
