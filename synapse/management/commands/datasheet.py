"""Write docs/datasheet.md from the declarations."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from synapse.services.datasheet import render_datasheet

DATASHEET = Path(__file__).resolve().parents[3] / "docs" / "datasheet.md"


class Command(BaseCommand):
    help = "Write docs/datasheet.md from the declarations; --check only compares."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="exit 1 if the file is stale")
        parser.add_argument("--file", type=Path, default=DATASHEET, help="another file")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        text = render_datasheet()
        if not options["check"]:
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"wrote {path.name}")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            raise CommandError(f"{path.name} is stale: run `manage.py datasheet` and commit it.")
        else:
            self.stdout.write(f"{path.name} is up to date")
