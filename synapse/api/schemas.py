"""What every request and answer of the API shares, as the OpenAPI schema shows it."""

from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import ConfigDict

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
