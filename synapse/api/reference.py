"""The reference page: the schema as plain HTML, so that the strict policy stays as it is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from synapse.api.application import api

METHODS = ("get", "post", "patch", "delete")


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show every operation with what it takes and gives."""
    schema = api.get_openapi_schema()
    parts: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                parts.setdefault(operation["tags"][0], []).append(
                    _described(schema, path, method, operation)
                )
    context = {"parts": parts.items(), "description": schema["info"]["description"]}
    return render(request, "synapse/api_reference.html", context)


def _described(
    schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]
) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    good = next((a for s, a in operation["responses"].items() if int(s) < 300), {})
    given = good.get("content", {}).get("application/json", {}).get("schema", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "text": operation.get("description", ""),
        "parameters": [
            _row(p["name"], p["schema"], p["required"], p.get("in"))
            for p in operation["parameters"]
        ],
        "body": _fields(schema, body.get("schema", {})),
        "answer": _fields(schema, given),
        "statuses": sorted(int(status) for status in operation["responses"]),
    }


def _fields(schema: dict[str, Any], part: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of an object of the schema."""
    name = part.get("$ref", "").rpartition("/")[2]
    found = schema["components"]["schemas"].get(name, part)
    required = found.get("required", [])
    return [_row(n, p, n in required) for n, p in found.get("properties", {}).items()]


def _row(
    name: str, part: dict[str, Any], required: bool, where: str | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "kind": _kind(part),
        "required": required,
        "where": where,
        "text": part.get("description", ""),
    }


def _kind(part: dict[str, Any]) -> str:
    """Return the type of a field in words, with its bounds."""
    if "anyOf" in part:
        return " or ".join(_kind(one) for one in part["anyOf"])
    if "$ref" in part:
        return str(part["$ref"].rpartition("/")[2])
    if "enum" in part:
        return " | ".join(map(str, part["enum"]))
    words = str(part.get("format") or part.get("type") or "anything")
    if part.get("type") == "array":
        words = f"list of {_kind(part.get('items', {}))}"
    bounds = [
        f"{sign} {part[key]}"
        for key, sign in (("minimum", "≥"), ("maximum", "≤"), ("maxLength", "length ≤"))
        if key in part
    ]
    return ", ".join([words, *bounds])
