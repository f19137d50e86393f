"""``manage.py work``: compute what waits in the queue."""

import os
import signal
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from synapse.services import run_worker

MOST_PROCESSES = 64
PAUSE = 1.0
"""Seconds after which a process that ended by itself is started anew, and between looks."""
PATIENCE = 20.0
"""Seconds that processes have to put their runs back."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Command(BaseCommand):
    """Compute what is queued until Ctrl-C."""

    help = (
        "Computes what is queued, runs, sweeps and so on, until Ctrl-C, which puts what is under "
        "way back into the queue. Any number of workers may run, on any number of machines that "
        "share the database and TRACES_DIR."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--processes", type=int, default=1, metavar="N", help="how many (1)")
        parser.add_argument("--interval", type=float, default=1.0, metavar="S",
                            help="seconds between two looks at an empty queue (1)")  # fmt: skip
        parser.add_argument("--once", action="store_true", help="end when nothing waits")
        parser.add_argument("--parent", type=int, help="end with this process")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work in this process, or watch over several."""
        if not 1 <= options["processes"] <= MOST_PROCESSES:
            raise CommandError(
                f"--processes must be 1 to {MOST_PROCESSES}; got {options['processes']}"
            )
        if not 0.05 <= options["interval"] <= 3600:
            raise CommandError(f"--interval must be 0.05 to 3600 s; got {options['interval']:g} s")
        run_worker.stopping.clear()
        before = {one: signal.signal(one, _stop) for one in SIGNALS}
        try:
            if options["processes"] > 1:
                _watch(options)
            else:
                if options["parent"]:
                    threading.Thread(
                        target=_end_with, args=(options["parent"],), daemon=True
                    ).start()
                run_worker.work(interval=options["interval"], once=options["once"])
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def _stop(number: int, frame: Any) -> None:
    """End after the present step; a second signal ends at once."""
    if run_worker.stopping.is_set():
        sys.exit(128 + number)
    run_worker.stopping.set()


def _follow(parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End when the parent has gone, however it went."""
    while os.getppid() == parent and not run_worker.stopping.is_set():
        time.sleep(PAUSE)
    run_worker.stopping.set()


def _watch(options: dict[str, Any]) -> None:
    """Keep so many processes at work until asked to stop."""
    children = [_start(options) for _ in range(options["processes"])]
    while not run_worker.stopping.wait(PAUSE):
        if options["once"]:
            if all(child.poll() is not None for child in children):
                return
            continue
        for place, child in enumerate(children):
            if child.poll() is not None:
                children[place] = _start(options)
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + PATIENCE
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()


def _start(options: dict[str, Any]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, sys.argv[0], "work", f"--interval={options['interval']}"]
    command += [f"--parent={os.getpid()}", *(["--once"] if options["once"] else [])]
    return subprocess.Popen(command)
