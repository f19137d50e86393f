"""Run an experiment for a page: bounded in work and in time, one at a time, remembered."""

import os
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

from synapse.plasticity.bounds import HOUR, SECOND
from synapse.plasticity.experiments.experiment import Condition, Experiment, Outcome, Setup
from synapse.plasticity.experiments.running import Job, complete, jobs_of, prepare
from synapse.plasticity.parameter_sets import preset_values
from synapse.plasticity.simulation import Progress, Simulation
from synapse.services.experiment_pages import Found, Values
from synapse.services.runs import MODEL_VERSION
from synapse.services.simulator import COMPILED_PAYS, TICKS_PER_HOUR, TICKS_PER_SPIKE
from synapse.services.traces import Trace

Overrides = tuple[tuple[str, float], ...]
"""Values by name that are laid over every preset of an experiment."""

MOST_WORK = 20_000_000
"""Synapse-ticks that a page runs for one experiment: some seconds."""
MOST_ROWS = 1_200_000
"""Ticks of which a trace is kept: some 150 MB, for as long as it is drawn."""
LONGEST = 20.0
"""Seconds after which a run is given up."""
PATIENCE = 10.0
"""Seconds that a run waits for the one before it."""
KEPT = 64
"""Results and drawn traces that a process remembers of each."""
SPIKES = ("pre", "field", "post")


class Busy(ValueError):
    """Another run is still at work."""


class Remembered:
    """The last few results by key; the one that was not used longest is forgotten first."""

    def __init__(self, size: int) -> None:
        self._size, self._lock = size, Lock()
        self._found: OrderedDict[Any, Any] = OrderedDict()

    def get(self, key: Any) -> Any:
        """Return what was kept under a key, or None."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Any, value: Any) -> None:
        """Keep a value, and forget the oldest where there are too many."""
        with self._lock:
            self._found[key] = value
            self._found.move_to_end(key)
            while len(self._found) > self._size:
                self._found.popitem(last=False)


_results = Remembered(KEPT)
_turn = Lock()


def run_changed(experiment: Experiment, overrides: Overrides) -> Found:
    """Return what an experiment gives with changed parameters.

    Raises
    ------
    Busy
        Another run of this process is at work, and has been for ``PATIENCE`` seconds.
    ValueError
        It would take, or took, too long for a page; or the model cannot run so.
    """
    key = (experiment.name, overrides, MODEL_VERSION)
    found: Found | None = _results.get(key)
    if found is None:
        check_work(experiment)
        with one_at_a_time():
            found = Found.of(experiment, _values(experiment, dict(overrides)), ran=True)
        _results.put(key, found)
    return found


def trace_condition(experiment: Experiment, condition: Condition, overrides: Overrides) -> Trace:
    """Return the trace of one condition's first synapse; raises as ``run_changed`` does."""
    work = expected_work(condition.setup)
    rows = work / condition.setup.synapses
    if rows > MOST_ROWS:
        raise ValueError(
            f"The trace of {condition.label} would have about {rows:.2g} samples; a page keeps "
            f"at most {MOST_ROWS:,}."
        )
    values = preset_values(experiment.preset_of(condition)) | dict(overrides)
    compiled = work > COMPILED_PAYS
    setup = replace(condition.setup, samples=(), record=True)
    with one_at_a_time():
        if compiled:
            load_compiled()
        outcome = simulate(setup, values, compiled=compiled, progress=deadline())
        return Trace.of(np.zeros((0, 0)) if outcome.trace is None else outcome.trace)


def check_work(experiment: Experiment) -> None:
    """Raise ``ValueError`` where an experiment would take too long for a page."""
    work = sum(expected_work(conditions[0].setup) for _, conditions in jobs_of(experiment))
    if work > MOST_WORK:
        raise ValueError(
            f"This experiment would take about {work:.2g} synapse-ticks; a page runs at most "
            f"{MOST_WORK:,}. manage.py reproduce {experiment.name} has no such limit."
        )


def expected_work(setup: Setup) -> float:
    """Return the synapse-ticks that a setup will take, roughly."""
    times = {event.time for event in setup.events if event.kind in SPIKES}
    ticks = len(times) * TICKS_PER_SPIKE + setup.end / HOUR * TICKS_PER_HOUR
    return setup.synapses * ticks


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for the run before this one, and say in one sentence what went wrong in it."""
    if not _turn.acquire(timeout=PATIENCE):
        raise Busy("Another experiment is running. Try again in a few seconds.")
    try:
        yield
    except ArithmeticError as error:
        raise ValueError(f"The model cannot be run with these values: {error}.") from error
    finally:
        _turn.release()


def deadline() -> Progress:
    """Return what ends a run by ``ValueError`` once it has taken ``LONGEST`` seconds."""
    start = time.monotonic()

    def check(reached: float) -> None:
        if time.monotonic() - start > LONGEST:
            raise ValueError(
                f"With these values the run takes too long for a page: it was stopped after "
                f"{LONGEST:.0f} s, at {reached / SECOND:.3g} s of simulated time."
            )

    return check


def check_rows(simulation: Simulation) -> None:
    """Raise ``ValueError`` where a trace has become too long to be kept."""
    rows = sum(len(part) for parts in simulation.traces for part in parts)
    if rows > MOST_ROWS:
        raise ValueError(f"The trace has more than {MOST_ROWS:,} samples; a page keeps no more.")


# --- the runs ----------------------------------------------------------------------------


def _values(experiment: Experiment, overrides: dict[str, float]) -> Values:
    """Return a value for each condition, on as many cores as there are."""
    jobs = jobs_of(experiment)
    compiled = sum(expected_work(c[0].setup) for _, c in jobs) > COMPILED_PAYS
    if compiled:
        load_compiled()
    progress = deadline()

    def run(job: Job) -> Values:
        setup = job[1][0].setup
        values = preset_values(experiment.preset_of(job[1][0])) | overrides
        outcome = simulate(setup, values, compiled=compiled, progress=progress)
        return tuple(read(condition, outcome) for condition in job[1])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return tuple(value for values in pool.map(run, jobs) for value in values)


def read(condition: Condition, outcome: Outcome) -> float | None:
    """Return what a condition reads, or None where changed parameters leave nothing to read."""
    try:
        return condition.read(outcome)
    except (ArithmeticError, IndexError, ValueError):
        return None


def simulate(
    setup: Setup, values: Mapping[str, float], *, compiled: bool, progress: Progress
) -> Outcome:
    """Return what a setup gives; ``progress`` and a trace that grows too long may end it."""
    simulation = prepare(setup, values, compiled=compiled)

    def check(reached: float) -> None:
        progress(reached)
        check_rows(simulation)

    return complete(simulation, setup, progress=check)


@cache
def load_compiled() -> None:
    """Load the compiled code, so that its first use does not count as a long run."""
    simulate(Setup(events=(), end=1.0), {}, compiled=True, progress=lambda time: None)
