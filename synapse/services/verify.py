"""Do a run again from its manifest, compare bit by bit, and explain a difference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from synapse.models import Run, RunStatus, Sweep, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.services import run_queue
from synapse.services.manifests import (
    STORED,
    Manifest,
    ManifestError,
    fingerprint,
    loaded_from,
    manifest_of,
)
from synapse.services.run_records import result_hash, state_json, versions
from synapse.services.runs import AGAIN, SWEEP, Plan, RunInProgress
from synapse.services.simulator import BackEndChoice, SynapseSimulator
from synapse.services.sweep_points import start_of

MOST_SHOWN = 12
"""Quantities of which the difference is told."""
UNITS = {q.name: q.unit for c in COMPONENTS for q in c}
UNITS |= {"time": "ms", "last_spike": "ms"}
WORDS = {
    "protocol": "the protocol", "start_state": "the start state", "parameters": "the parameters",
    "clock": "the clock", "random_state": "the generator's state", "seed": "the seed",
    "versions": "the versions", "back_end": "the back end", "ticks": "the number of ticks",
    "result": "the result", "result_hash": "the result's hash",
}  # fmt: skip
NAMES = {"model": "calibration of the model", "python": "Python", "django": "Django",
         "numpy": "NumPy", "numba": "Numba", "platform": "platform"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A quantity that came out otherwise, at the synapse or pool where it did most."""

    name: str
    unit: str
    place: int
    before: float | None
    after: float | None

    @property
    def size(self) -> float:
        """How large the difference is, in the quantity's unit."""
        if self.before is None or self.after is None:
            return float("inf")
        return abs(self.after - self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What doing a run again showed."""

    expected: str
    found: str
    changes: tuple[str, ...]
    differences: tuple[Difference, ...]
    more: int = 0

    @property
    def same(self) -> bool:
        """Say whether every bit of the result is the same."""
        return self.expected == self.found

    @property
    def sentence(self) -> str:
        """The result in a sentence."""
        if self.same:
            return "Reproduced: every bit of the result is the same."
        if not self.differences:
            return "Not reproduced: the hashes differ, though no stored value does."
        count = len(self.differences) + self.more
        name = self.differences[0].name
        if count == 1:
            return f"Not reproduced: {name} differs."
        return f"Not reproduced: {count} quantities differ, most of all {name}."


class Replay(SynapseSimulator):
    """A simulator that begins where a manifest says, and never stores."""

    def __init__(self, manifest: Manifest, *, record: bool = True) -> None:
        self.loaded = loaded_from(manifest)
        keys = manifest["protocol"].get("synapses") or self.loaded.synapse_keys[:1]
        self.synapses = [Synapse(pk=key) for key in keys]
        try:
            self.named = self.loaded.places(self.synapses)
        except KeyError as error:
            raise ManifestError(f"synapse {error} is not in the start state") from error
        back_end = manifest["back_end"]
        if back_end not in ("python", "compiled"):
            raise ManifestError(f"back_end must be python or compiled; got {back_end!r}")
        self.back_end: BackEndChoice = back_end
        self.used_back_end = "python"
        self.record = record
        self.ticks = 0
        self._traces = [[] for _ in self.named]

    def save(self) -> None:
        """Refuse: what is done again must not move the stored state."""
        raise ValueError("a repeated run is not stored")


def verify(manifest: Manifest, *, progress: Callable[[float], None] | None = None) -> Comparison:
    """Do again what a manifest describes, in this process, and compare; nothing is stored.

    Raises ``ValueError`` where the manifest describes nothing that can be run.
    """
    simulator = Replay(manifest, record=False)
    try:
        plan = Plan.from_json(manifest["protocol"])
    except (KeyError, TypeError) as error:
        raise ManifestError(f"the protocol cannot be read: {error!r}") from error
    for _ in range(plan.repeat):
        simulator.run(plan.protocol, duration=plan.duration, progress=progress)
    return compare(
        manifest, result=state_json(simulator.loaded), found=result_hash(simulator.group),
        now=versions(simulator.used_back_end), back_end=simulator.used_back_end,
    )  # fmt: skip


def compare(
    manifest: Manifest, *, result: Mapping[str, Any], found: str, now: Mapping[str, str],
    back_end: str,
) -> Comparison:  # fmt: skip
    """Compare a result with the manifest's, and say what else is not as it was."""
    differences = sorted(
        _differences(manifest["result"], result), key=lambda d: _relative(d), reverse=True
    )
    changes = [*edited(manifest), *changed_versions(manifest["versions"], now)]
    if manifest["back_end"] != back_end:
        changes.append(f"back end: {manifest['back_end']} then, {back_end} now")
    return Comparison(
        expected=manifest["result_hash"], found=found, changes=tuple(changes),
        differences=tuple(differences[:MOST_SHOWN]), more=max(0, len(differences) - MOST_SHOWN),
    )  # fmt: skip


def edited(manifest: Manifest) -> list[str]:
    """Say whether a manifest is no longer as it was written, and what in it is not."""
    if manifest.get("manifest_hash") == fingerprint(manifest):
        return []
    key = manifest.get("run")
    known = Run.objects.filter(pk=key if isinstance(key, int) else 0, status=RunStatus.DONE)
    run = known.first()
    if run is None:
        return ["the manifest was edited after it was written"]
    parts = [WORDS[name] for name in STORED if manifest[name] != getattr(run, name)]
    what = f": {', '.join(parts)} not as stored with run {run.pk}" if parts else ""
    return [f"the manifest was edited after it was written{what}"]


def changed_versions(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Say which software is not what it was."""
    names = dict.fromkeys([*then, *now])
    return [
        f"{NAMES.get(name, name)}: {then.get(name, 'none')} then, {now.get(name, 'none')} now"
        for name in names
        if then.get(name) != now.get(name)
    ]


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return for each quantity where it differs most."""
    found = []
    for part, columns in before.items():
        if not isinstance(columns, Mapping):
            continue
        for name, values in columns.items():
            pairs = zip(values, after.get(part, {}).get(name, []), strict=False)
            own = [
                Difference(name=name, unit=UNITS.get(name, "1"), place=i, before=old, after=new)
                for i, (old, new) in enumerate(pairs)
                if old != new
            ]
            found += [max(own, key=lambda d: d.size)] if own else []
    return found


def _relative(difference: Difference) -> float:
    """Return a difference relative to the value, to put the largest first."""
    if difference.before is None or difference.after is None:
        return float("inf")
    scale = max(abs(difference.before), abs(difference.after), 1e-30)
    return difference.size / scale


# --- as a run of its own, for a page -----------------------------------------------------


def queue_again(*, run: Run, user: Any) -> Run:
    """Queue the repetition of a run; raises ``ValueError`` where there is nothing to repeat."""
    manifest_of(run)
    return run_queue.enqueue(
        synapse=run.synapse, plan=Plan.from_json(run.protocol), based_on=run, seed=run.seed,
        title=f"Run {run.pk} again, to compare"[:200], extra={AGAIN: run.pk},
        owner=user if user.is_authenticated else None,
    )  # fmt: skip


def again(row: Run) -> RunInProgress:
    """Return a queued repetition, ready to be computed."""
    first = Run.objects.filter(pk=row.protocol[AGAIN]).first()
    if first is None:
        raise ValueError("The run that was to be repeated has been deleted.")
    replay = Replay(manifest_of(first))
    return RunInProgress([], Plan.from_json(first.protocol), row=row, simulator=replay)


def of_sweep(row: Run) -> RunInProgress:
    """Return a point of a sweep, ready to be computed as a run of its own."""
    wanted = row.protocol[SWEEP]
    sweep = Sweep.objects.filter(pk=wanted["sweep"]).first()
    if sweep is None:
        raise ValueError("The sweep of which this is a point has been deleted.")
    start = dict(sweep.start_state)
    key = start["start_state"]["synapses"][start["place"]]
    back_end = "compiled" if start["compiled"] else "python"
    replay = Replay(start | {"protocol": {"synapses": [key]}, "back_end": back_end})
    replay.loaded.group = start_of(start, wanted["changes"])
    return RunInProgress([], Plan.from_json(row.protocol), row=row, simulator=replay)


def comparison_of(row: Run) -> Comparison | None:
    """Return what a finished repetition showed; None where the first run is gone."""
    key = row.protocol.get(AGAIN, 0)
    first = Run.objects.filter(pk=key, status=RunStatus.DONE).first()
    if first is None or row.status != RunStatus.DONE:
        return None
    return compare(
        manifest_of(first), result=row.result, found=row.result_hash, now=row.versions,
        back_end=row.back_end,
    )  # fmt: skip


def repetitions(run: Run) -> Any:
    """Return the repetitions of a run, the newest first."""
    return Run.objects.filter(based_on=run, protocol__has_key=AGAIN)
