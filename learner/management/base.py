"""What the learner's commands share: a learner by name, and one sentence for a mistake."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from learner.models import Learner
from learner.services.learners import find_learner

INTERRUPTED = 130


class LearnerCommand(BaseCommand):
    """A command about one learner. Mistakes end it with exit code 1, Ctrl-C with 130."""

    interrupted = "Interrupted: nothing was changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the learner."""
        parser.add_argument("learner", help="name or id of the learner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the learner and run."""
        try:
            self.run(find_learner(options["learner"]), options)
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"{error}. Has `manage.py migrate` been run?") from error
        except KeyboardInterrupt:
            raise CommandError(self.interrupted, returncode=INTERRUPTED) from None

    def say(self, text: str) -> None:
        """Print a line at once, also into a pipe."""
        self.stdout.write(text)
        self.stdout.flush()

    def run(self, learner: Learner, options: dict[str, Any]) -> None:
        """Do what was asked for."""
        raise NotImplementedError
