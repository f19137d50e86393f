"""The unmodified client of the River API, made to speak to a server of a test."""

from collections.abc import Callable
from typing import Any

from riverapi.main import Client

from learner.models import Learner
from learner.services.learners import create_learner


def client_of(address: str) -> Any:
    """Return a client that prints nothing."""
    return Client(address, quiet=True)


def make_learner(name: str, **options: Any) -> Learner:
    """Create a small learner."""
    return create_learner(name=name, parameters={"expansion": 20}, **options)


Made = Callable[..., Learner]
