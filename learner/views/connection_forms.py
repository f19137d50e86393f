"""What may be chosen of the code before a connection is computed."""

from typing import Any

from django import forms

from learner.pipeline.bridge.code import code_from
from learner.pipeline.bridge.constants import BY_NAME
from learner.pipeline.bridge.past import LAST_MOMENTS
from learner.services.bridge import PRESET
from synapse.plasticity.bounds import SECOND
from synapse.plasticity.parameter_sets import FOLDER

MOST_HERE = 1000
"""Operations of one request: a few seconds. The command takes more."""


def presets() -> list[tuple[str, str]]:
    """Return the presets that there are."""
    return [(path.stem, path.stem) for path in sorted(FOLDER.glob("*.json"))]


class CodeForm(forms.Form):
    """How far back, whose synapse, and the numbers of the code that change most."""

    last = forms.IntegerField(
        label="Operations", min_value=1, max_value=MOST_HERE, required=False,
        help_text=f"the last ones of the ledger, at most {MOST_HERE}",
    )  # fmt: skip
    preset = forms.ChoiceField(label="Synapse", choices=presets, required=False)
    interval = forms.FloatField(
        label="Seconds an event", required=False, min_value=1.0,
        help_text="of the synapse's time; chosen",
    )  # fmt: skip
    repetitions = forms.FloatField(
        label="Pairings for an input of 1", required=False, help_text="of a commit; chosen"
    )
    quiet_repetitions = forms.FloatField(
        label="Pairings without a commit", required=False, help_text="0 leaves such events out"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        starts = {"last": LAST_MOMENTS, "preset": PRESET,
                  "interval": BY_NAME["interval"].default / SECOND}  # fmt: skip
        for name in self.fields:
            default = starts[name] if name in starts else BY_NAME[name].default
            self.initial.setdefault(name, f"{default:g}" if name != "preset" else default)

    def clean(self) -> dict[str, Any]:
        """Return what was chosen; numbers that do not fit together are refused here."""
        data: dict[str, Any] = super().clean() or {}
        try:
            code_from(self.values(data))
        except ValueError as error:
            self.add_error(None, f"{error}.")
        return data

    def options(self) -> dict[str, Any]:
        """Return what ``services.bridge.compute`` takes."""
        data = self.cleaned_data
        return {
            "last": data["last"] or LAST_MOMENTS, "preset": data["preset"] or PRESET,
            "values": self.values(data),
        }  # fmt: skip

    def values(self, data: dict[str, Any]) -> dict[str, float]:
        """Return the numbers of the code; as many pairings as fit are allowed."""
        interval = data.get("interval")
        ms = BY_NAME["interval"].default if interval is None else interval * SECOND
        fitting = int(ms // BY_NAME["pairing_period"].default)
        found = {
            "interval": ms,
            "most_repetitions": max(1, min(BY_NAME["most_repetitions"].default, fitting)),
        }
        for name in ("repetitions", "quiet_repetitions"):
            if data.get(name) is not None:
                found[name] = data[name]
        return found
