"""``manage.py retrain <learner> --stream FILE --target COLUMN``: learn from a stream."""

import json
from argparse import ArgumentParser
from contextlib import nullcontext
from typing import Any

from learner.management.base import LearnerCommand
from learner.models import Learner
from learner.services.learning import BATCH, Options, StreamLearning
from learner.services.live import refuse_paused
from learner.services.records import FORMATS, Source
from learner.services.rivals import Rival
from learner.services.sessions import Session

SHOWN_PROBLEMS = 10


class Command(LearnerCommand):
    """Learn from a stream, event by event, and print how well each was foreseen."""

    help = (
        "Learns from a stream: each event is predicted first, then learned. Run again with the "
        "same stream, it goes on after the last event that was stored; none is learned twice."
    )
    interrupted = "Interrupted: all batches stored so far are kept. Run the command again to go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("--stream", required=True, metavar="FILE", help="CSV, JSON lines, Parquet; - for stdin")
        add("--target", default="", metavar="COLUMN", help="column of the label")
        add("--format", choices=FORMATS, help="what the stream is, where its name does not say")
        add("--no-header", action="store_true", help="the columns are called 1, 2, 3, …")
        add("--delay", type=int, default=0, metavar="N", help="labels come N events late")
        add("--budget", type=float, help="from now on, the share of events that may update")
        add("--seed", type=int, help="seed of a learner that has learned nothing yet")
        add("--limit", type=int, metavar="N", help="read N records at most, then stop")
        add("--evaluate", action="store_true", help="from the first event; store nothing")
        add("--compare", action="append", default=[], metavar="river:NAME", help="a River model")
        add("--skip-bad-rows", action="store_true", help="report a bad row and go on")
        add("--again", action="store_true", help="learn a stream once more, from its start")
        add("--id", default="", metavar="COLUMN", help="identifiers: each is learned once")
        add("--categorical", action="append", default=[], metavar="COLUMN", help="holds text")
        add("--ignore", action="append", default=[], metavar="COLUMN", help="not a feature")
        add(
            "--batch",
            type=int,
            default=BATCH,
            metavar="N",
            help=f"records stored at once ({BATCH})",
        )
        add("--every", type=int, metavar="N", help="print every N records (1, 2, 5, 10, … batches)")
        add("--json", action="store_true", help="print the summary as JSON")

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Learn, and print."""
        if options["every"] is not None and options["every"] < 1:
            raise ValueError(f"every must be at least 1 record; got {options['every']}")
        if not options["evaluate"]:
            refuse_paused(learner)
        wanted = Options(
            target=options["target"], delay=options["delay"], limit=options["limit"],
            batch=options["batch"], skip_bad_rows=options["skip_bad_rows"],
            again=options["again"], identifier=options["id"],
            categorical=tuple(options["categorical"]), ignore=tuple(options["ignore"]),
        )  # fmt: skip
        rivals = tuple(Rival(name, learner.kind) for name in options["compare"])
        changes = {n: options[n] for n in ("budget", "seed") if options[n] is not None}
        reading = Source(options["stream"], form=options["format"], header=not options["no_header"])
        writing = nullcontext() if options["evaluate"] else Session(learner)
        with reading as source, writing as session:
            learning = StreamLearning(
                learner, source, wanted, session=session, rivals=rivals, changes=changes
            )
            self._learn(learning, options)

    def _learn(self, learning: StreamLearning, options: dict[str, Any]) -> None:
        """Go through the batches; a line where one is due."""
        say = (lambda text: None) if options["json"] else self.say
        say(opening(learning))
        first, every = options["every"] or options["batch"], options["every"]
        told, due = 0, next_due(learning.metrics.events, first, every)
        for metrics in learning.batches():
            for problem in learning.problems[told:SHOWN_PROBLEMS]:
                self.stderr.write(f"Skipped: {problem}")
            told = len(learning.problems)
            if metrics.events >= due:
                say(metrics.line())
                due = next_due(metrics.events, due, every)
        for line in closing(learning):
            say(line)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(learning), indent=2))


def next_due(events: int, due: int, every: int | None) -> int:
    """Return after how many events the next line is printed: 1, 2, 5, 10, … batches."""
    while due <= events:
        leading = int(str(due)[0])
        due = due + every if every else due * 5 // 2 if leading == 2 else due * 2
    return due


def opening(learning: StreamLearning) -> str:
    """Return what will be done, in a sentence or two."""
    learner, stream = learning.learner, learning.stream
    text = f"Learner {learner.pk} ({learner.name}), {stream.name}, target {learning.target}."
    if learning.learned_before:
        text += f" Going on after record {learning.learned_before}."
    elif stream.number > 1 and learning.session:
        text += f" Learning it again, time {stream.number}."
    elif stream.number > 1:
        text += " This learner has learned from this stream: the measures flatter it."
    return text


def closing(learning: StreamLearning) -> list[str]:
    """Return what came out, line by line."""
    metrics, learner = learning.metrics, learning.learner
    lines = [f"{'in all':<8} {metrics.line().strip()}"]
    for rival in learning.rivals:
        lines.append(f"{rival.name}: {rival.metrics.line().strip()}")
    if learning.rivals and learning.learned_before:
        lines.append("The models compared began at this run, ours at the start of the stream.")
    everything = metrics.summary()["microseconds_in_all"]
    lines.append(f"{everything:.1f} µs per event with reading and storing.")
    if metrics.beside_seconds:
        beside = 1e6 * metrics.beside_seconds / max(1, metrics.learned)
        lines.append(f"{beside:.1f} µs per event more for baselines and curves.")
    if metrics.compiling_seconds:
        lines.append(f"{metrics.compiling_seconds:.1f} s for loading or making compiled code.")
    if metrics.skipped:
        lines.append(f"{metrics.skipped} bad rows were skipped.")
    if metrics.repeated:
        lines.append(f"{metrics.repeated} events were known by their identifier and left out.")
    if learning.session is None:
        return [*lines, "Evaluated: nothing was stored."]
    if learning.stream.position == learning.learned_before:
        lines.append("There was nothing new in the stream.")
    waiting = metrics.events - metrics.learned
    late = f", {waiting} wait for their label" if waiting else ""
    return [*lines, f"Stored: {learner.events} events, {learner.version} commits{late}."]


def as_json(learning: StreamLearning) -> dict[str, Any]:
    """Return what came out as plain data."""
    return {
        "learner": learning.learner.pk,
        "stream": learning.stream.name,
        "stored": learning.session is not None,
        "learned_before": learning.learned_before,
        **learning.metrics.summary(),
        "skipped": learning.metrics.skipped,
        "repeated": learning.metrics.repeated,
        "commits": learning.learner.version,
        "compared": {rival.name: rival.metrics.summary() for rival in learning.rivals},
    }
