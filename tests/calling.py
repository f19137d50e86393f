"""A program that calls the API, and the form of its errors."""

import json
from typing import Any

from django.test import Client

ROOT = "/api/v1"


class Caller:
    """JSON in and out, with a token if there is one."""

    def __init__(self, key: str = "") -> None:
        self.client = Client(headers={"Authorization": f"Bearer {key}"} if key else {})

    def __call__(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        body = (
            {"data": json.dumps(data), "content_type": "application/json"}
            if data is not None
            else {}
        )
        return getattr(self.client, method)(f"{ROOT}{path}", headers=headers, **body)

    def send(self, path: str, body: str | bytes, kind: str = "application/json") -> Any:
        """Post a body as it is."""
        return self.client.post(f"{ROOT}{path}", body, content_type=kind)


def problem(response: Any, status: int) -> dict[str, Any]:
    """Return an error after looking at its form."""
    assert (response.status_code, response["Content-Type"]) == (
        status, "application/problem+json",
    ), response.content  # fmt: skip
    data: dict[str, Any] = response.json()
    assert data["status"] == status
    assert data["title"]
    assert data["detail"]
    assert "Traceback" not in response.content.decode()
    return data
