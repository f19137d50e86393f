"""The API as a whole: its parts, its errors, its schema."""

from typing import Any

from ninja import NinjaAPI
from ninja.errors import ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema

from synapse.api import (
    experiments,
    interventions,
    protocols,
    runs,
    session,
    synapses,
    traces,
    values,
)
from synapse.api.authentication import SessionAuth, TokenAuth
from synapse.api.parsing import StrictParser
from synapse.api.problems import HANDLERS, MEDIA_TYPE, OWN_PROBLEMS
from synapse.api.schemas import ProblemOut

DESCRIPTION = (
    "Synapses, their parameters, protocols, runs, traces and experiments. Reading what is "
    "public needs no login. A change needs a session with its CSRF token, or a token of an "
    "account. Every error is a problem of RFC 9457. Times are in ms of simulated time."
)
ALWAYS = ("401", "404", "422", "500")
CHANGES = ("400", "403", "409", "413")
OTHERS = {
    "change_values": ("428",), "reset_values": ("428",), "create_run": ("429",),
    "create_synapse": ("429",), "intervene": ("429",), "read_trace": ("429",),
    "read_manifest": ("409",), "run_experiment": ("429", "503"),
}  # fmt: skip
"""Further errors, by operation; one of another app names its own with ``problems``."""


class Api(NinjaAPI):
    """Adds the errors to the schema, and the refused value to an error."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """Return the schema with the errors of each operation, and reading by anyone."""
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"] |= _problem_schemas()
        for path in schema["paths"].values():
            for method, operation in path.items():
                _complete(method, operation)
        return schema

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> Any:
        """Keep the value that was refused."""
        error = super().validation_error_from_error_contexts(error_contexts)
        found = [
            one
            for context in error_contexts
            for one in context.pydantic_validation_error.errors(include_url=False)
        ]
        for told, one in zip(error.errors, found, strict=True):
            if one["type"] != "missing":
                told["input"] = one["input"]
        return error


def _problem_schemas() -> dict[str, Any]:
    found = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**found.pop("$defs", {}), "ProblemOut": found}


def _complete(method: str, operation: dict[str, Any]) -> None:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    own = (*OTHERS.get(operation["operationId"], ()), *operation.pop(OWN_PROBLEMS, ()))
    for status in (*ALWAYS, *(() if method == "get" else CHANGES), *own):
        operation["responses"].setdefault(
            int(status), {"description": f"Problem {status}", "content": problem}
        )
    if method == "get":
        operation["security"] = [*operation.get("security", []), {}]


api = Api(
    title="Event Driven Retraining Architecture",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api_v1",
    docs_url=None,
    parser=StrictParser(),
    auth=[TokenAuth(), SessionAuth()],
)
for kind, handler in HANDLERS.items():
    api.add_exception_handler(kind, handler)
for part in (session, synapses, values, interventions, protocols, runs, traces, experiments):
    api.add_router("", part.router)
