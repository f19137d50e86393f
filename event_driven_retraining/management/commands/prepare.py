"""Make the database ready: tables, presets, example synapses and an administrator."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandParser, call_command

from synapse.models import Synapse

NAME = "admin"


class Command(BaseCommand):
    help = "Migrate, load presets and (if there is no synapse) the examples, make an administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-admin", action="store_true", help="make no administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("load_presets", stdout=self.stdout)
        if not Synapse.objects.exists():
            call_command("load_examples", stdout=self.stdout)
        if not options["no_admin"]:
            self.make_administrator()

    def make_administrator(self) -> None:
        """Make one with a random password, shown this once, unless there is one."""
        users = get_user_model().objects
        if users.filter(is_superuser=True).exists():
            return
        if users.filter(username=NAME).exists():
            self.stdout.write(f"The user {NAME} exists and is no administrator; none was made.")
            return
        password = secrets.token_urlsafe(12)
        users.create_superuser(NAME, password=password)
        self.stdout.write(f"Administrator: {NAME}  password: {password}  (shown this once)")
