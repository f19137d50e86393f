"""What the API takes and gives, as the OpenAPI schema shows it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict

from synapse.api.paging import Key
from synapse.services.presets import NAME_LENGTH

VisibilityName = Literal["private", "link", "public"]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Strict(Schema):
    """A request: a name that is not known is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class FieldError(Schema):
    """What is wrong with one field: value, unit and bounds where there are any."""

    model_config = ConfigDict(extra="allow")
    field: str
    message: str


class ProblemOut(Schema):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError] = []


class Listed(Schema):
    """What every list says of itself."""

    count: int = Field(description="Entries in all.")
    limit: int
    offset: int
    next: str | None = Field(description="Address of the next page.")


# --- session, presets --------------------------------------------------------------------


class SessionOut(Schema):
    """Who asks, and what a browser must send with a change."""

    user: str | None
    demo: bool = Field(description="Anyone at this machine may change what has no owner.")
    may_change: bool
    csrf_token: str = Field(description="To send as X-CSRFToken, unless a token is sent.")


class PresetOut(Schema):
    """A set of parameters."""

    name: str
    title: str
    version: int
    description: str
    source: str
    values: dict[str, dict[str, float]] = Field(description="Differences from the defaults.")


class PresetList(Listed):
    """Presets."""

    items: list[PresetOut]


# --- synapses ----------------------------------------------------------------------------


class SynapseOut(Schema):
    """A synapse; ``share_key`` is for its owner only."""

    id: int
    name: str
    preset: str | None
    owner: str | None
    visibility: VisibilityName
    may_write: bool
    share_key: str | None
    weight: float = Field(description="Committed weight; 1 at rest.")
    simulated_time_ms: float
    created: datetime
    modified: datetime


class SynapseDetail(SynapseOut):
    """A synapse with the version of its state."""

    version: str = Field(description="Version of the state; send it with a change of values.")
    drugs: list[str]
    group: int = Field(description="Synapses that are simulated together, itself included.")


class SynapseList(Listed):
    """Synapses."""

    items: list[SynapseOut]


class SynapseIn(Strict):
    """A synapse to make."""

    preset: str = Field(max_length=50, examples=["hippocampus"])
    name: Name
    visibility: VisibilityName | None = Field(
        None, description="Private unless said; in a demo without a login, always public."
    )


class SynapseChange(Strict):
    """What to change of a synapse."""

    name: Name | None = None
    visibility: VisibilityName | None = None
    rotate_share_key: bool = Field(False, description="Make links that were shared invalid.")


# --- values ------------------------------------------------------------------------------


class QuantityOut(Schema):
    """A quantity with its value in a synapse."""

    component: str
    name: str
    symbol: str
    unit: str
    role: Literal["parameter", "state", "derived"]
    value: float
    default: float
    preset: float | None = Field(description="Value in the synapse's preset, of a parameter.")
    minimum: float | None
    maximum: float | None
    typical: list[float | None] | None
    fixed: bool
    shared: bool = Field(description="Serves other synapses too.")
    meaning: str
    evidence: str
    source: str
    reference: str


class ValuesOut(Schema):
    """Every quantity of a synapse, and the version to send with a change."""

    version: str
    simulated_time_ms: float
    quantities: list[QuantityOut]


class ValuesIn(Strict):
    """Parameters to change, all or none."""

    version: str | None = Field(
        None, max_length=64, description="Version that was read; or send it as If-Match."
    )
    values: dict[str, dict[str, Finite]] = Field(
        description="{component: {parameter: value}}",
        examples=[{"SpineHead": {"calcium_decay_time": 25.0}}],
        min_length=1,
    )


class ResetIn(Strict):
    """Go back to the preset."""

    version: str | None = Field(None, max_length=64)


# --- protocols ---------------------------------------------------------------------------


class ParameterOut(Schema):
    """A parameter of a named protocol."""

    name: str
    kind: Literal["number", "whole number"]
    default: float
    unit: str
    minimum: float
    maximum: float


class ProtocolOut(Schema):
    """A named protocol."""

    name: str
    title: str
    meaning: str
    duration_ms: float
    events: int
    bath: dict[str, float]
    parameters: list[ParameterOut]


class ProtocolList(Listed):
    """Named protocols."""

    items: list[ProtocolOut]


class SavedProtocolOut(Schema):
    """A protocol that somebody made."""

    id: int
    name: str
    meaning: str
    owner: str | None
    visibility: VisibilityName
    duration_ms: float
    bath: dict[str, float]
    items: list[Any]


class SavedProtocolList(Listed):
    """Saved protocols."""

    items: list[SavedProtocolOut]


class EventIn(Strict):
    """Something that happens, or a train of it."""

    time_ms: Finite = Field(ge=0)
    kind: str = Field(max_length=20)
    synapse: int | None = Field(None, ge=0, le=1_000_000)
    value: Finite | None = None
    name: str | None = Field(None, max_length=40)
    interval_ms: Finite | None = Field(None, ge=0)
    count: int | None = Field(None, ge=1, le=200_000)


class ProtocolIn(Strict):
    """Which protocol: one of ``name``, ``saved``, ``items`` and ``events``."""

    name: str | None = Field(None, max_length=50, examples=["pairing"])
    parameters: dict[str, Finite] = Field({}, description="Of a named protocol.")
    saved: Key | None = Field(None, description="Number of a saved protocol.")
    items: list[dict[str, Any]] | None = Field(
        None, max_length=100, description="Items on a timeline, as a saved protocol has them."
    )
    events: list[EventIn] | None = Field(None, max_length=20_000)
    title: str | None = Field(None, max_length=100, description="For items and events.")
    bath: dict[str, Finite] | None = Field(None, description="For items and events.")


# --- runs --------------------------------------------------------------------------------


class RunIn(Strict):
    """A run to make."""

    synapse: Key
    protocol: ProtocolIn
    duration_ms: Finite = Field(ge=0.05, le=1e11, description="Simulated time, ms.")
    repeat: int = Field(1, ge=1, le=1000, description="Begin the protocol so many times.")
    seed: int | None = Field(None, ge=0, le=2**32 - 1)
    title: str = Field("", max_length=200)
    mode: Literal["queue", "now"] = Field(
        "queue", description="Queue it for the worker, or run it within the request (bounded)."
    )


class RunChange(Strict):
    """What to change of a run."""

    title: str | None = Field(None, min_length=1, max_length=200)
    visibility: VisibilityName | None = None
    rotate_share_key: bool = False


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


# --- traces ------------------------------------------------------------------------------


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


# --- experiments -------------------------------------------------------------------------


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


class ExperimentRun(Strict):
    """Parameters to change, laid over every preset."""

    values: dict[str, Finite] = Field({}, max_length=3)


# --- interventions -----------------------------------------------------------------------


class InterventionOut(Schema):
    """Something that was done by hand."""

    id: int
    kind: str
    name: str
    value: float
    simulated_time_ms: float
    run: int | None
    created: datetime


class InterventionIn(Strict):
    """Something to do by hand."""

    kind: Literal["pre", "field", "post", "dopamine", "acetylcholine", "bath", "drug"]
    name: str = Field("", max_length=40, description="Of a drug or a quantity of the bath.")
    value: Finite = Field(1.0, description="As in a protocol; of a drug 1 adds, 0 washes out.")
    duration_ms: Finite = Field(
        1000.0, ge=0.05, le=3.6e6, description="Simulated after an event; not for drug and bath."
    )


class InterventionList(Listed):
    """Interventions."""

    items: list[InterventionOut]
