"""``manage.py reproduce``: run the experiments and say which published results hold."""

import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from synapse.plasticity.parameter_sets import preset_values
from synapse.services.draws import Robustness, draw_all, draw_factors, drawn_parameters
from synapse.services.reproduce import (
    MODEL_VERSION,
    Reproduction,
    as_json,
    read_recorded,
    record,
    reproduce,
    select,
    warm_up,
    worse,
    write_document,
)
from synapse.services.reproduce_words import HEAD, line, point_lines, robustness_lines, tally

INTERRUPTED = 130


class Command(BaseCommand):
    """Run experiments, print a line each, and compare with the recorded verdicts."""

    help = (
        "Runs the published experiments on the model, prints one line each and a tally. Ends "
        "with 1 when a verdict is worse than the recorded one."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("names", nargs="*", metavar="NAME", help="experiments (all)")
        parser.add_argument("--preset", help="run every experiment with this preset")
        parser.add_argument("--output", metavar="DIR", help="write figures, report and results")
        parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
        parser.add_argument("--points", action="store_true", help="print every condition")
        parser.add_argument("--jobs", type=int, metavar="N", help="threads (one a core)")
        parser.add_argument("--python", action="store_true", help="plain Python, not compiled")
        parser.add_argument("--record", action="store_true", help="record the results")
        parser.add_argument("--draws", type=int, metavar="N", help="draw the parameters N times")
        parser.add_argument("--spread", type=float, default=0.05, help="of the draws (0.05)")
        parser.add_argument("--seed", type=int, default=1, help="of the draws (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and report; any mistake is one sentence."""
        try:
            request = Request(options)
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        say = (lambda text: None) if options["json"] else self.stdout.write
        try:
            self._report(request, say, options)
        except KeyboardInterrupt:
            raise CommandError("Interrupted.", returncode=INTERRUPTED) from None

    def _report(
        self, request: "Request", say: Callable[[str], Any], options: dict[str, Any]
    ) -> None:
        ready = warm_up() if request.compiled else 0.0
        start = time.perf_counter()
        found = self._run(request, say, points=options["points"])
        say(tally(found, time.perf_counter() - start, ready=ready))
        table = self._draw(request, found, say)
        if request.output:
            say(f"written: {request.write(found, table)}")
        if options["json"]:
            self.stdout.write(json.dumps(request.as_json(found, table), indent=1))
        if options["record"]:
            record(found)
            write_document()
            say("recorded")
        elif not request.preset:
            complain(found)

    def _run(
        self, request: "Request", say: Callable[[str], Any], *, points: bool
    ) -> list[Reproduction]:
        say(HEAD)
        found = []
        total = sum(len(e.conditions) for e in request.chosen)
        with _progress("experiments", total, wanted=request.shows_progress) as step:
            for one in request.reproduce(step):
                found.append(one)
                say(line(one))
                for text in point_lines(one) if points else ():
                    say(text)
        return found

    def _draw(
        self, request: "Request", found: list[Reproduction], say: Callable[[str], Any]
    ) -> list[Robustness]:
        if not request.factors:
            return []
        start = time.perf_counter()
        with _progress("draws", len(request.factors), wanted=request.shows_progress) as step:
            table = draw_all(found, request.factors, workers=request.jobs, done=step)
        say("")
        for text in robustness_lines(table, request.spread):
            say(text)
        say(f"{time.perf_counter() - start:.0f} s")
        return table


class Request:
    """What was asked for, checked; raises ``ValueError`` in one sentence otherwise."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.chosen = select(options["names"])
        self.preset: str | None = options["preset"]
        if self.preset:
            preset_values(self.preset)
        self.jobs: int | None = options["jobs"]
        if self.jobs is not None and not 1 <= self.jobs <= 256:
            raise ValueError(f"jobs must be 1 to 256; got {self.jobs}")
        self.compiled = not options["python"]
        self.shows_progress = sys.stderr.isatty() and not options["json"]
        self.spread: float = options["spread"]
        if self.preset and (options["record"] or options["draws"] is not None):
            raise ValueError("--preset cannot be combined with --record or --draws")
        self.factors: list[dict[str, float]] = []
        if options["draws"] is not None:
            self.factors = draw_factors(
                draws=options["draws"], spread=self.spread, seed=options["seed"]
            )
        self.output = Path(options["output"]) if options["output"] else None
        if self.output:
            self._prepare(self.output)

    def _prepare(self, output: Path) -> None:
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f"{output} cannot be made a folder: {error.strerror}") from error
        if not os.access(output, os.W_OK):
            raise ValueError(f"{output} cannot be written to")

    def reproduce(self, step: Callable[[], None]) -> Iterator[Reproduction]:
        """Run the experiments; ``step`` is called after each condition."""
        return reproduce(
            self.chosen,
            preset=self.preset,
            compiled=self.compiled,
            workers=self.jobs,
            done=lambda experiment, condition: step(),
        )

    def as_json(self, found: Sequence[Reproduction], table: Sequence[Robustness]) -> dict[str, Any]:
        """Return the whole outcome as plain data."""
        outcome: dict[str, Any] = {
            "model_version": MODEL_VERSION,
            "preset": self.preset,
            "experiments": [as_json(one) for one in found],
        }
        if table:
            outcome["draws"] = {
                "count": len(self.factors),
                "spread": self.spread,
                "parameters": [q.name for q in drawn_parameters()],
                "experiments": {row.experiment.name: row.as_json() for row in table},
            }
        return outcome

    def write(self, found: Sequence[Reproduction], table: Sequence[Robustness]) -> str:
        """Write figures, report and results into the folder; return its name."""
        from synapse.services.figures import draw
        from synapse.services.reproduce_page import render_page

        assert self.output is not None
        for one in found:
            draw(one, self.output)
        page = render_page(found, self.output, preset=self.preset, table=table)
        (self.output / "index.html").write_text(page, encoding="utf-8")
        text = json.dumps(self.as_json(found, table), indent=1)
        (self.output / "results.json").write_text(text + "\n", encoding="utf-8")
        return str(self.output / "index.html")


def complain(found: Sequence[Reproduction]) -> None:
    """End with 1 where a verdict is worse than the recorded one."""
    sentences = worse(found, read_recorded())
    if sentences:
        raise CommandError("Worse than recorded: " + "; ".join(sentences) + ".")


@contextmanager
def _progress(what: str, total: int, *, wanted: bool) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal; yield what moves it by one."""
    if not wanted:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)
