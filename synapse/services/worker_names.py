"""What a process that computes is called."""

import os
import platform
import secrets
from functools import cache


def worker_name() -> str:
    """Return what tells this process from all others: machine, process, a chance word."""
    return _named(os.getpid())


@cache
def _named(process: int) -> str:
    return f"{platform.node()[:40]} {process} {secrets.token_hex(4)}"
