"""How far each verdict depends on each parameter: one parameter moved at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from synapse.plasticity.experiments.experiment import Experiment, Verdict, verdict
from synapse.plasticity.experiments.running import run_all
from synapse.services.draws import drawn_parameters, drawn_values

SPREADS = (0.05, 0.2)


@dataclass(frozen=True)
class Change:
    """A verdict that is another one when a parameter is multiplied by ``factor``."""

    parameter: str
    factor: float
    experiment: str
    before: Verdict
    after: Verdict


def names_or_all(names: Iterable[str]) -> list[str]:
    """Return the named parameters, or all that are not fixed; raise ``ValueError``."""
    known = [q.name for q in drawn_parameters()]
    chosen = list(names) or known
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise ValueError(
            f"there is no parameter {unknown[0]!r} to move; known are {', '.join(known)}"
        )
    return chosen


def verdicts_with(
    experiments: Iterable[Experiment], factors: dict[str, float], workers: int | None
) -> dict[str, Verdict]:
    """Return every verdict with some parameters multiplied."""
    all_factors = {q.name: 1.0 for q in drawn_parameters()} | factors
    results = run_all(
        experiments, values_of=lambda preset: drawn_values(preset, all_factors), workers=workers
    )
    return {name: verdict(rows) for name, rows in results.items()}


def sensitivity(
    experiments: list[Experiment],
    parameters: Iterable[str],
    *,
    spreads: Iterable[float] = SPREADS,
    workers: int | None = None,
    done: Callable[[], None] | None = None,
) -> Iterator[Change]:
    """Move each parameter down and up by each spread; yield the verdicts that change."""
    undisturbed = verdicts_with(experiments, {}, workers)
    for parameter in parameters:
        for factor in (f for spread in spreads for f in (1.0 - spread, 1.0 + spread)):
            moved = verdicts_with(experiments, {parameter: factor}, workers)
            for name, after in moved.items():
                if after != undisturbed[name]:
                    yield Change(parameter, factor, name, undisturbed[name], after)
            if done is not None:
                done()
