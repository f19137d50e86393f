"""``manage.py calibrate``: fit the free parameters to the held-in experiments, repeatably."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from synapse.plasticity import calibration
from synapse.plasticity.experiments import EXPERIMENTS
from synapse.plasticity.experiments.experiment import Result, verdict

STEP = 0.012
"""Step of the finite differences, as a fraction of a parameter's search range."""
SPREAD = 0.05
"""Standard deviation of a random start, as a fraction of the search range."""


class Command(BaseCommand):
    """Fit, and say what was gained and lost; nothing is changed in the model."""

    help = (
        "Fits the free parameters to the held-in experiments (scipy's least_squares, soft L1, "
        "bounds as in synapse/plasticity/calibration.py) and prints every verdict, held in and "
        "held out, before and after. The result is printed and written, never put in force."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--evaluations", type=int, default=10, help="outer iterations (10)")
        parser.add_argument("--seed", type=int, help="start at random near the present values")
        parser.add_argument("--jobs", type=int, help="threads (all cores)")
        parser.add_argument("--output", metavar="FILE", help="write the result as JSON")
        parser.add_argument("--check", action="store_true", help="only judge the present values")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fit and report."""
        if options["evaluations"] < 1:
            raise CommandError(f"evaluations must be at least 1; got {options['evaluations']}")
        start = calibration.start_values()
        self._say(start, "present values", options["jobs"])
        if options["check"]:
            return
        fitted = self._fit(start, options)
        results = self._say(fitted, "fitted values", options["jobs"])
        for name, value in fitted.items():
            self.stdout.write(f"{name:34} {start[name]:12.6g} -> {value:12.6g}")
        if options["output"]:
            _write(Path(options["output"]), options, fitted, results)

    def _fit(self, start: Mapping[str, float], options: dict[str, Any]) -> dict[str, float]:
        """Return the fitted values; an interrupt returns the best so far."""
        try:
            from scipy.optimize import least_squares
        except ImportError as error:
            raise CommandError(
                "The calibration needs scipy: pip install -r requirements-dev.txt."
            ) from error
        best = Best(calibration.encode(start), options["jobs"], self.stdout.write)
        x = best.x
        if options["seed"] is not None:
            draw = np.random.default_rng(options["seed"])
            x = np.clip(x + SPREAD * draw.standard_normal(len(x)), 0.0, 1.0)
        try:
            least_squares(
                best.residuals, np.clip(x, 1e-6, 1 - 1e-6), bounds=(0.0, 1.0), loss="soft_l1",
                f_scale=calibration.SCALE, diff_step=STEP, max_nfev=options["evaluations"],
            )  # fmt: skip
        except KeyboardInterrupt:
            self.stdout.write("Interrupted: the best so far is reported.")
        return calibration.decode(best.x)

    def _say(
        self, values: Mapping[str, float], title: str, jobs: int | None
    ) -> dict[str, list[Result]]:
        """Print cost and verdicts of a parameter set; return its results."""
        results = calibration.evaluate(values, EXPERIMENTS, workers=jobs)
        seen = {name: rs for name, rs in results.items() if name in calibration.HELD_IN}
        cost = calibration.cost(calibration.residuals(seen))
        self.stdout.write(f"{title}: cost {cost:.1f} over the held-in experiments")
        for experiment in EXPERIMENTS:
            rows = results[experiment.name]
            role = "held in" if experiment.name in seen else "held out"
            held = sum(r.holds for r in rows)
            self.stdout.write(
                f"  {experiment.name:28} {role:8} {verdict(rows):4} {held} of {len(rows)}"
            )
        return results


class Best:
    """The objective, which remembers the best point it has seen."""

    def __init__(self, x: calibration.Vector, jobs: int | None, say: Any) -> None:
        self.x, self.cost = x, float("inf")
        self.count, self.jobs, self.say = 0, jobs, say
        self.experiments = calibration.held_in()

    def residuals(self, x: calibration.Vector) -> calibration.Vector:
        """Return the residuals at a point."""
        results = calibration.evaluate(calibration.decode(x), self.experiments, workers=self.jobs)
        vector = calibration.residuals(results)
        self.count += 1
        found = calibration.cost(vector)
        if found < self.cost:
            self.x, self.cost = np.array(x), found
            self.say(f"evaluation {self.count}: cost {found:.2f}")
        return vector


def _write(
    path: Path,
    options: Mapping[str, Any],
    values: Mapping[str, float],
    results: Mapping[str, list[Result]],
) -> None:
    """Write what was done and what came out."""
    data = {
        "optimiser": "scipy.optimize.least_squares, trf, soft_l1",
        "seed": options["seed"],
        "evaluations": options["evaluations"],
        "bounds": dict(calibration.FREE),
        "held_in": list(calibration.HELD_IN),
        "values": dict(values),
        "results": {
            name: {r.condition.label: r.got for r in rows} for name, rows in results.items()
        },
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
