"""``manage.py run_population NAME --until 60s``: simulate a population and store it."""

import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from synapse.models import Population, PopulationRun
from synapse.plasticity.recording import VARIABLES
from synapse.services.durations import format_duration, parse_duration
from synapse.services.population_drives import DriveOptions
from synapse.services.population_memory import check_memory, memory_of_run
from synapse.services.population_progress import Means, PopulationRunInProgress, RunStoppedError
from synapse.services.population_runs import Plan, begin, check_resumable, mark_lost, resume
from synapse.services.population_shares import Recording
from synapse.services.simulator import check_duration

INTERRUPTED = 130
MOST_THREADS = 1024
MOST_WORKERS = 10_000
RECORDED = 100
"""Synapses that are recorded where nobody said which."""
SHORTEST_INTERVAL = 1000.0
"""Milliseconds, to foresee the size of a recording."""
ONLY_NEW = (
    "until", "pre_rate", "post_rate", "rates", "spikes", "seed", "record", "synapses",
    "record_every",
)  # fmt: skip


class Command(BaseCommand):
    """Simulate a population under spikes and store its state."""

    help = (
        "Simulates all synapses of a population under Poisson spikes or spikes from a file, on "
        "this process, on several, or on a Dask cluster. The result is the same to the last "
        "bit. The state is stored at the end, with the run. docs/populations.md says more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments; durations are written as 500ms, 1s, 30min, 10h."""
        add = parser.add_argument
        add("name", nargs="?", default="", help="name of the population")
        add("--until", metavar="TIME", help="simulated time to run, such as 60s")
        add("--pre-rate", type=float, metavar="HZ", help="presynaptic spikes of all synapses (1)")
        add("--post-rate", type=float, metavar="HZ", help="spikes of all neurons (1)")
        add("--rates", default="", metavar="FILE", help=".npz with pre_rates, post_rates in Hz")
        add("--spikes", default="", metavar="FILE", help="spike trains: .csv or .npz")
        add("--seed", type=int, help="of the spikes (0 for the first run, then 1, …)")
        add("--record", default="", metavar="NAMES", help=f"of {','.join(VARIABLES)}")
        add("--synapses", metavar="A:B", help=f"which to record, from 0 (0:{RECORDED})")
        add("--record-every", type=int, metavar="N", help="exchange intervals (1)")
        add("--checkpoint-every", metavar="TIME", help="simulated time (about every 20 s of work)")
        add("--resume", type=int, metavar="RUN", help="go on with a run that was stopped or lost")
        add("--threads", type=int, default=1, metavar="N", help="of each process (1)")
        add("--workers", type=int, default=0, metavar="N", help="processes that share the work")
        add("--scheduler", default="", metavar="ADDRESS", help="of a Dask cluster")
        add("--force", action="store_true", help="run even if the memory may not suffice")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and say what was stored; any mistake is one sentence."""
        start = perf_counter()
        try:
            work = self._prepare(options)
        except ValueError as error:
            raise CommandError(str(error)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"{error}. Has `manage.py migrate` been run?") from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted: nothing was stored.", returncode=INTERRUPTED) from None
        try:
            with _stops_on_signals(work, self.stderr), _progress_bar(work, sys.stderr.isatty()):
                for _ in work.steps():
                    pass
        except (RunStoppedError, KeyboardInterrupt):
            raise CommandError(_stopped(work), returncode=INTERRUPTED) from None
        except ValueError as error:
            again = _again(work)
            text = str(error).rstrip(".")
            raise CommandError(f"{text}.{again}" if again else str(error)) from error
        self._say(_footer(work, perf_counter() - start))

    def _prepare(self, options: dict[str, Any]) -> PopulationRunInProgress:
        """Check, say what will be done, and load."""
        means = _means(options)
        mark_lost()
        if options["resume"] is not None:
            run = _find_run(options)
            check_resumable(run)
            population, plan = run.population, _plan_of(run)
        else:
            population, plan = _find(options["name"]), _plan(options)
        memory = check_memory(_memory(population, plan, means), force=options["force"])
        self._say(f"{_header(population, plan, means)}; {memory}.")
        if options["resume"] is not None:
            work = resume(run=run, means=means)
            self._say(f"Run {run.pk} goes on after {format_duration(run.done)}.")
            return work
        work = begin(population=population, plan=plan, means=means)
        self._say(f"Run {work.run.pk}, seed {work.run.seed}.")
        return work

    def _say(self, text: str) -> None:
        """Print a line at once, also into a pipe."""
        self.stdout.write(text)
        self.stdout.flush()


# --- what was asked for --------------------------------------------------------------------


def _find(name: str) -> Population:
    population: Population | None = Population.objects.filter(name=name).first()
    if population is None:
        known = ", ".join(Population.objects.values_list("name", flat=True)[:10])
        hint = f"known are {known}" if known else "make_population makes one"
        raise ValueError(f"There is no population {name!r}; {hint}.")
    return population


def _find_run(options: dict[str, Any]) -> PopulationRun:
    """Return the run to resume; what it runs is in its row and cannot be given again."""
    given = [name for name in ONLY_NEW if options[name] not in (None, "")]
    if given:
        raise ValueError(f"--{given[0].replace('_', '-')} cannot be changed by --resume")
    key = options["resume"]
    run = PopulationRun.objects.filter(pk=key).first() if 0 < key < 2**63 else None
    if run is None:
        raise ValueError(f"There is no run {key} of a population.")
    if options["name"] not in ("", run.population.name):
        raise ValueError(f"run {key} is one of {run.population.name}, not of {options['name']}")
    return run


def _means(options: dict[str, Any]) -> Means:
    if options["scheduler"] and not options["scheduler"].isprintable():
        raise ValueError("scheduler must be an address such as tcp://host:8786")
    every = options["checkpoint_every"]
    if every is not None:
        every = parse_duration(every)
        check_duration("checkpoint-every", every)
    return Means(
        threads=_bounded("threads", options["threads"], 1, MOST_THREADS),
        workers=_bounded("workers", options["workers"], 0, MOST_WORKERS),
        scheduler=options["scheduler"],
        checkpoint_every=every,
    )


def _plan(options: dict[str, Any]) -> Plan:
    if options["until"] is None:
        raise ValueError("--until says how long to run, such as --until 60s")
    duration = parse_duration(options["until"])
    check_duration("until", duration)
    drive = DriveOptions(**{n: options[n] for n in ("pre_rate", "post_rate", "rates", "spikes")})
    return Plan(duration=duration, drive=drive, seed=options["seed"], recording=_recording(options))


def _plan_of(run: PopulationRun) -> Plan:
    """Return as much of the plan of a run as its header and memory need."""
    return Plan(duration=run.total, recording=Recording(**run.settings.get("recording", {})))


def _recording(options: dict[str, Any]) -> Recording:
    names = [name.strip() for name in options["record"].split(",") if name.strip()]
    every, wanted = options["record_every"], options["synapses"]
    if not names:
        if every is not None or wanted is not None:
            raise ValueError("--record says which variables to record")
        return Recording()
    unknown = [name for name in names if name not in VARIABLES]
    if unknown:
        raise ValueError(f"record must be of {', '.join(VARIABLES)}; got {unknown[0]!r}")
    count = _find(options["name"]).synapse_count
    places = parse_places(wanted, count) if wanted else range(min(RECORDED, count))
    return Recording(
        synapses=list(places),
        variables=list(dict.fromkeys(names)),
        every=_bounded("record-every", 1 if every is None else every, 1, 10**9),
    )


def parse_places(text: str, count: int) -> list[int]:
    """Return places such as ``0:100``, ``0:100:10`` or ``1,5,7``, each once and in order."""
    found: set[int] = set()
    for part in text.split(","):
        numbers = part.strip().split(":")
        if not all(n.isascii() and n.isdigit() and len(n) < 19 for n in numbers):
            raise ValueError(f"synapses are numbers and ranges such as 0:100; got {part!r}")
        first, *rest = [int(number) for number in numbers]
        last, step = (rest + [1])[0] if rest else first + 1, rest[1] if len(rest) > 1 else 1
        if len(rest) > 2 or not first < last or step < 1:
            raise ValueError(f"synapses are numbers and ranges such as 0:100; got {part!r}")
        if last > count:
            raise ValueError(f"synapses must be 0 to {count - 1}; got {last - 1}")
        found.update(range(first, last, step))
    return sorted(found)


def _bounded(name: str, value: int, low: int, high: int) -> int:
    if low <= value <= high:
        return value
    raise ValueError(f"{name} must be {low} to {high}; got {value}")


def _memory(population: Population, plan: Plan, means: Means) -> int:
    recording = plan.recording
    rows = ceil(plan.duration / SHORTEST_INTERVAL / recording.every)
    return memory_of_run(
        population.synapse_count, population.neuron_count,
        recorded=len(recording.synapses) * len(recording.variables), rows=rows,
        local_workers=0 if means.scheduler else means.workers,
    )  # fmt: skip


# --- what is said --------------------------------------------------------------------------


def _header(population: Population, plan: Plan, means: Means) -> str:
    where = f"{means.threads} thread{'s' * (means.threads > 1)}"
    if means.workers and not means.scheduler:
        where = f"{means.workers} worker{'s' * (means.workers > 1)}"
    if means.scheduler:
        where = f"the workers of {means.scheduler}"
    return (
        f"Population {population.name}: {population.synapse_count} synapses of "
        f"{population.neuron_count} neurons for {format_duration(plan.duration)} on {where}"
    )


def _footer(work: PopulationRunInProgress, seconds: float) -> str:
    kept = f" Recording in {work.run.recording}." if work.run.recording else ""
    return (
        f"Run {work.run.pk} stored after {work.ticks} engine ticks in {seconds:.1f} s, result "
        f"{work.run.result_hash}.{kept}"
    )


def _stopped(work: PopulationRunInProgress) -> str:
    done = format_duration(work.run.done)
    kept = f"a checkpoint at {done} is kept" if work.run.checkpoint else "there is no checkpoint"
    return f"Interrupted: the population is as it was, and {kept}.{_again(work)}"


def _again(work: PopulationRunInProgress) -> str:
    """Return how to go on, if the run is still there."""
    if not PopulationRun.objects.filter(pk=work.run.pk, started=work.run.started).exists():
        return ""
    return f" To go on: manage.py run_population --resume {work.run.pk}"


@contextmanager
def _stops_on_signals(work: PopulationRunInProgress, errors: Any) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the run after the interval; a second one ends it at once."""

    def stop(number: int, frame: Any) -> None:
        if work.stop_requested:
            raise KeyboardInterrupt
        work.stop_requested = True
        errors.write("Ending after this interval; once more ends at once.")

    numbers = (signal.SIGINT, signal.SIGTERM)
    try:
        before = {number: signal.signal(number, stop) for number in numbers}
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress_bar(work: PopulationRunInProgress, wanted: bool) -> Iterator[None]:
    """Show a bar with the time left on a terminal; nothing elsewhere."""
    if not wanted:
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("simulating"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=work.run.total)
        work.on_progress = lambda done: bar.update(task, completed=done)
        yield
