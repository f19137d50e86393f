"""What the API takes, as the OpenAPI schema shows it."""

from typing import Any, Literal

from ninja import Field

from synapse.api.paging import Key
from synapse.api.schemas import Finite, Name, Strict, VisibilityName


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


class ExperimentRun(Strict):
    """Parameters to change, laid over every preset."""

    values: dict[str, Finite] = Field({}, max_length=3)


class InterventionIn(Strict):
    """Something to do by hand."""

    kind: Literal["pre", "field", "post", "dopamine", "acetylcholine", "bath", "drug"]
    name: str = Field("", max_length=40, description="Of a drug or a quantity of the bath.")
    value: Finite = Field(1.0, description="As in a protocol; of a drug 1 adds, 0 washes out.")
    duration_ms: Finite = Field(
        1000.0, ge=0.05, le=3.6e6, description="Simulated after an event; not for drug and bath."
    )
