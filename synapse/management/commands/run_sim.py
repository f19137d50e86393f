"""``manage.py run_sim <id> --ticks n``: simulate a synapse and print its weight."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from synapse.models import Synapse
from synapse.plasticity.bounds import HOUR, MINUTE
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.protocols.pairing import single_pairing
from synapse.plasticity.stimulus import Protocol
from synapse.services.durations import format_duration, parse_duration, readable_step
from synapse.services.protocol_files import read_protocol_file
from synapse.services.runs import Plan, RunInProgress
from synapse.services.simulator import LONGEST, committed_weights
from synapse.services.traces import write_csv_file, write_zarr

SHORTEST_TICK, LONGEST_TICK = 0.05, 24 * HOUR
DEFAULT_TICKS, MOST_TICKS = 10, 1_000_000
AFTER_PROTOCOL = 25 * MINUTE
"""Without --ticks or --until a named protocol runs to its end and so much longer."""
INTERRUPTED = 130


class Command(BaseCommand):
    """Simulate a synapse and print its committed weight after each tick."""

    help = (
        "Simulates a synapse and prints its weight after each tick. Without --protocol every "
        "tick delivers one pairing. The state is stored at the end, with the run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments; durations are written as 500ms, 1s, 30min, 10h."""
        parser.add_argument("synapse", type=int, nargs="+", help="id of the synapse")
        length = parser.add_mutually_exclusive_group()
        length.add_argument("--ticks", type=int, metavar="N", help="number of ticks (10)")
        length.add_argument("--until", metavar="TIME", help="simulated time to run, such as 10h")
        parser.add_argument("--dt", default="1min", metavar="TIME", help="length of a tick (1min)")
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--protocol", choices=PROTOCOLS, help="a named protocol")
        source.add_argument("--protocol-file", metavar="FILE", help="JSON or CSV of timed events")
        parser.add_argument("--every", metavar="N|TIME", help="print every N ticks, or every TIME")
        parser.add_argument("--seed", type=int, help="seed of the random number generator")
        parser.add_argument("--dry-run", action="store_true", help="store nothing")
        parser.add_argument("--output", metavar="FILE", help="write the trace (.csv or .zarr)")
        parser.add_argument("--json", action="store_true", help="print JSON instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, print and store; any mistake is one sentence."""
        try:
            request = Request(options)
            work = RunInProgress(
                request.synapses, request.plan, seed=options["seed"], keep=not options["dry_run"]
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"{error}. Has `manage.py migrate` been run?") from error
        try:
            self._run(request, work)
        except KeyboardInterrupt:
            partial = request.write_output(work)
            raise CommandError(
                f"Interrupted: the state is as it was before the run.{partial}",
                returncode=INTERRUPTED,
            ) from None
        except BrokenPipeError as error:
            raise CommandError("The output was closed before the end: nothing changed.") from error
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _say(self, text: str) -> None:
        """Print a line at once, also into a pipe."""
        self.stdout.write(text)
        self.stdout.flush()

    def _run(self, request: "Request", work: RunInProgress) -> None:
        say = (lambda text: None) if request.json else self._say
        say(request.header())
        rows = []
        with _progress_bar(work, wanted=sys.stderr.isatty() and not request.json):
            for number, (time, group) in enumerate(work.steps(every=request.sample_every), 1):
                weights = committed_weights(group, work.simulator.named).tolist()
                if request.prints(number):
                    say(request.line(number, time - work.start, weights))
                rows.append({"tick": number, "time_ms": time - work.start, "weights": weights})
        written = request.write_output(work)
        say(request.footer(work, rows[-1]["weights"]) + written)
        if request.json:
            shown = [row for row in rows if request.prints(row["tick"])]
            self.stdout.write(json.dumps(request.as_json(work, shown), indent=2))


class Request:
    """What was asked for, checked; raises ``ValueError`` in one sentence otherwise."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.json: bool = options["json"]
        self.synapses = [_find(key) for key in dict.fromkeys(options["synapse"])]
        self.dt = _bounded("dt", parse_duration(options["dt"]), SHORTEST_TICK, LONGEST_TICK)
        self.output = _checked_output(options["output"])
        if options["seed"] is not None and options["seed"] < 0:
            raise ValueError(f"seed must be at least 0; got {options['seed']}")
        self.protocol = self._protocol(options)
        self.by_time = options["until"] is not None or (
            options["ticks"] is None and not self.tick_by_tick
        )
        total = self._total(options)
        if self.tick_by_tick:
            self.plan = Plan(
                protocol=self.protocol, duration=self.dt, repeat=_whole_ticks(total, self.dt)
            )
            self.sample_every = self.dt
            self.print_every = self._print_every(options["every"])
        else:
            self.plan = Plan(protocol=self.protocol, duration=total)
            self.sample_every = self._sample_every(options["every"])
            self.print_every = 1
        self.lines = ceil(self.plan.total / self.sample_every)

    def _protocol(self, options: dict[str, Any]) -> Protocol:
        """Find the protocol; without one, and at rest, the run goes tick by tick."""
        self.paired = not options["protocol"] and not options["protocol_file"]
        self.tick_by_tick = self.paired or options["protocol"] == "rest"
        if options["protocol_file"]:
            return read_protocol_file(options["protocol_file"])
        return single_pairing() if self.paired else PROTOCOLS[options["protocol"]]()

    def _total(self, options: dict[str, Any]) -> float:
        """Return the simulated time to run, ms."""
        if options["until"] is not None:
            return _bounded("until", parse_duration(options["until"]), SHORTEST_TICK, LONGEST)
        if self.by_time:
            return self.protocol.duration + AFTER_PROTOCOL
        ticks = DEFAULT_TICKS if options["ticks"] is None else options["ticks"]
        return _bounded("ticks", ticks, 1, MOST_TICKS) * self.dt

    def _print_every(self, text: str | None) -> int:
        """Return after how many ticks a line is printed."""
        if text is None and self.by_time:
            return max(1, round(readable_step(self.plan.total) / self.dt))
        if text is None:
            return 1
        if _is_count(text):
            return int(_bounded("every", int(text), 1, MOST_TICKS))
        return _whole_ticks(parse_duration(text), self.dt)

    def _sample_every(self, text: str | None) -> float:
        """Return after how much simulated time (ms) a line is printed."""
        if text is None:
            return readable_step(self.plan.total) if self.by_time else self.dt
        every = int(text) * self.dt if _is_count(text) else parse_duration(text)
        return _bounded("every", every, max(SHORTEST_TICK, self.plan.total / MOST_TICKS), LONGEST)

    def prints(self, number: int) -> bool:
        """Say whether to print the line of a tick or sample; the last one always."""
        return number % self.print_every == 0 or number >= self.lines

    def header(self) -> str:
        """Return what will be run, in a sentence."""
        names = ", ".join(f"{s.pk} ({s.name})" for s in self.synapses)
        plan = self.plan
        if self.paired:
            bath = f"external calcium {plan.protocol.bath['external_calcium']:g} mM"
            what = (
                f"one pairing a tick of {format_duration(self.dt)} "
                f"(+10 ms, 100 ms after its start, {bath})"
            )
        else:
            what = plan.protocol.title
        length = format_duration(plan.total)
        if not self.by_time:
            length = f"{round(plan.total / self.dt)} ticks of {format_duration(self.dt)}"
        return f"Synapse {names}: {length}, {what}."

    def line(self, number: int, time: float, weights: list[float]) -> str:
        """Return the line of a tick, or of a moment where --until was given."""
        values = "  ".join(f"{weight:.6f}" for weight in weights)
        if self.by_time:
            return f"{format_duration(time)}  weight {values}"
        return f"tick {number}  weight {values}"

    def footer(self, work: RunInProgress, weights: list[float]) -> str:
        """Return what came out, in a sentence or two."""
        stored = f"Run {work.run.pk} stored." if work.keep else "Dry run: nothing stored."
        changes = ", ".join(f"{100 * (w - 1):+.1f} %" for w in weights)
        return f"{stored} Weight {changes} against rest, after {work.simulator.ticks} engine ticks."

    def write_output(self, work: RunInProgress) -> str:
        """Write the trace where it was asked for; return a sentence about it."""
        if self.output is None:
            return ""
        write = write_zarr if self.output.suffix == ".zarr" else write_csv_file
        write(self.output, work.trace())
        return f" Trace in {self.output}."

    def as_json(self, work: RunInProgress, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the run as plain data."""
        return {
            "synapses": [synapse.pk for synapse in self.synapses],
            "run": work.run.pk,
            "protocol": self.plan.protocol.title,
            "simulated_ms": self.plan.total,
            "engine_ticks": work.simulator.ticks,
            "back_end": work.simulator.used_back_end,
            "result_hash": work.run.result_hash,
            "ticks": rows,
        }


def _find(key: int) -> Synapse:
    synapse: Synapse | None = None
    if 0 < key < 2**63:
        synapse = Synapse.objects.filter(pk=key).first()
    if synapse is None:
        known = list(Synapse.objects.values_list("pk", flat=True)[:10])
        hint = f"known are {', '.join(map(str, known))}" if known else "run load_examples first"
        raise ValueError(f"There is no synapse {key}; {hint}.")
    return synapse


def _is_count(text: str) -> bool:
    """Say whether --every counts ticks, and is not a duration."""
    return text.strip().lstrip("+-").isdigit()


def _bounded(name: str, value: float, low: float, high: float) -> float:
    if low <= value <= high:
        return value
    unit = "" if isinstance(low, int) else " ms"
    raise ValueError(f"{name} must be {low:g} to {high:g}{unit}; got {value:g}{unit}")


def _whole_ticks(total: float, dt: float) -> int:
    ticks = round(total / dt)
    if ticks < 1 or ticks > MOST_TICKS or abs(ticks * dt - total) > 1e-9 * total:
        raise ValueError(
            f"{format_duration(total)} is not a whole number of ticks of {format_duration(dt)} "
            f"(1 to {MOST_TICKS})"
        )
    return ticks


def _checked_output(name: str | None) -> Path | None:
    if name is None:
        return None
    path = Path(name)
    if path.suffix not in (".csv", ".zarr"):
        raise ValueError(f"output must end in .csv or .zarr; got {name!r}")
    if not path.absolute().parent.is_dir():
        raise ValueError(f"output cannot be written: there is no folder {path.absolute().parent}")
    return path


@contextmanager
def _progress_bar(work: RunInProgress, *, wanted: bool) -> Iterator[None]:
    """Show a bar on a terminal while long work is done; nothing elsewhere."""
    if not wanted or not work.is_long():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("simulating"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=work.plan.total)
        work.on_progress = lambda done: bar.update(task, completed=done)
        yield
