"""What the API gives of synapses, values, protocols and interventions."""

from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

from synapse.api.schemas import Listed, VisibilityName


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


class InterventionOut(Schema):
    """Something that was done by hand."""

    id: int
    kind: str
    name: str
    value: float
    simulated_time_ms: float
    run: int | None
    created: datetime


class InterventionList(Listed):
    """Interventions."""

    items: list[InterventionOut]
