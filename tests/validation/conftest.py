"""Measured numbers are collected here and printed at the end of the run."""

from collections.abc import Callable

import pytest

Note = Callable[[str, str], None]
_measured: list[tuple[str, str]] = []


@pytest.fixture
def measured() -> Note:
    """A function that notes one measured number for the table at the end."""

    def note(what: str, value: str) -> None:
        _measured.append((what, value))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _measured:
        return
    terminalreporter.section("measured")
    width = max(len(what) for what, _ in _measured)
    for what, value in sorted(_measured):
        terminalreporter.write_line(f"{what:{width}}  {value}")
