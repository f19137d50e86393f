"""What the API gives of runs, traces and experiments."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

from synapse.api.schemas import Listed, VisibilityName


class RunOut(Schema):
    """A run."""

    id: int
    title: str
    synapse: int
    owner: str | None
    visibility: VisibilityName
    may_write: bool
    share_key: str | None
    status: Literal["queued", "running", "done", "cancelled", "failed", "lost"]
    done_ms: float
    total_ms: float
    cancel_requested: bool
    seed: int | None
    back_end: str
    ticks: int
    created: datetime
    started: datetime | None
    finished: datetime | None
    result_hash: str
    error: str


class RunList(Listed):
    """Runs."""

    items: list[RunOut]


class ResultOut(Schema):
    """The state at the end of a run."""

    run: int
    status: str
    weight: float | None = Field(description="Committed weight at the end of the trace.")
    result_hash: str
    state: dict[str, Any]


class LineOut(Schema):
    """One variable over time."""

    name: str
    symbol: str
    unit: str
    values: list[float]


class TraceOut(Schema):
    """A window of a trace; a reduced one has first, smallest, largest, last of each slice."""

    run: int
    clock_ms: float = Field(description="Simulated time at the start; times count from there.")
    start_ms: float
    end_ms: float
    samples: int = Field(description="Samples that were computed in the window.")
    reduced: bool
    time_ms: list[float] = Field(description="From the start of the run, for every line.")
    lines: list[LineOut]


class ExperimentOut(Schema):
    """An experiment and its recorded verdict."""

    name: str
    number: str
    title: str
    question: str
    preset: str
    control: bool
    verdict: Literal["pass", "part", "fail"] | None
    held: int
    conditions: int


class ExperimentList(Listed):
    """Experiments."""

    items: list[ExperimentOut]


class ConditionOut(Schema):
    """One condition: what was published, and what the model gave."""

    label: str
    series: str
    x: float
    preset: str
    origin: str
    rule: str
    published: float
    error: float | None
    low: float | None
    high: float | None
    n: int | None
    grade: str
    got: float | None
    holds: bool | None
    distance_sem: float | None


class ExperimentDetail(ExperimentOut):
    """An experiment with its conditions."""

    model_version: str
    ran: bool = Field(description="It has just been run; otherwise it is as recorded.")
    values: dict[str, float] = Field(description="Parameters that were changed.")
    x_axis: str
    y_axis: str
    references: list[str]
    rule: str
    results: list[ConditionOut]
