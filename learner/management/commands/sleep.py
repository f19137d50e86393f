"""``manage.py sleep [LEARNER] [--due]``: replay kept events and consolidate; for cron."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from learner.management.base import LearnerCommand
from learner.models import Learner
from learner.services import live, schedule


class Command(LearnerCommand):
    """Let a learner sleep now, or every learner whose sleep is due."""

    help = (
        "Replays salient events that a learner kept, and consolidates. Each sleep is one commit "
        "and can be rolled back. With --due, whoever is due by its schedule sleeps; a worker "
        "(manage.py work) does the same by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("learner", nargs="?", help="name or id of the learner")
        parser.add_argument("--replays", type=int, metavar="N", help="how many (its setting)")
        parser.add_argument("--due", action="store_true", help="only what is due by schedule")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sleep, or say what is missing."""
        if options["due"] and options["replays"] is not None:
            raise CommandError("--replays goes without --due: a schedule has its own number")
        if options["learner"] is not None:
            super().handle(*args, **options)
        elif options["due"]:
            for slept in schedule.run_due():
                self._tell(slept.learner, slept.learner.sleep_replays, slept.commit)
        else:
            raise CommandError("name a learner, or give --due")

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Let one learner sleep."""
        if options["due"]:
            now = timezone.now()
            if schedule.is_due(learner, now) and learner.events and not learner.paused:
                slept = schedule.sleep_by_schedule(learner, now)
                if slept is not None:
                    self._tell(learner, learner.sleep_replays, slept.commit)
            return
        replays = learner.sleep_replays if options["replays"] is None else options["replays"]
        self._tell(learner, replays, live.sleep(learner=learner, replays=replays))

    def _tell(self, learner: Learner, replays: int, commit: int) -> None:
        self.say(f"{learner.name} replayed {replays} events: commit {commit}.")
