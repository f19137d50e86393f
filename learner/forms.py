"""What an owner may say of a learner, and of a file that it learns from."""

from collections.abc import Iterable, Sequence
from datetime import time
from typing import Any

from django import forms

from learner.models import Learner, LearnerKind
from learner.pipeline.bridge.from_preset import INTERVAL, Settings
from learner.pipeline.settings import EXPERT, USER, WHOLE, Setting
from learner.services.bridge_presets import parameters_from_preset
from learner.services.learning import Options
from synapse.forms import PlainInteger, PlainNumber

MOST_LATE = 100_000


class SettingField(PlainNumber):
    """A parameter of a learner, within its bounds; empty is its default."""

    def __init__(self, setting: Setting, *, default: float | None = None) -> None:
        super().__init__(name=setting.name, required=False, initial=default)
        self.setting = setting

    def clean(self, value: Any) -> float | None:
        """Return the number, or say in which bounds it must be."""
        number = super().clean(value)
        if number is None:
            return None
        try:
            checked = self.setting.check(number)
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None
        if self.setting.name not in WHOLE:
            return checked
        if checked != int(checked):
            raise forms.ValidationError(f"{self.name} must be a whole number; got {number:g}.")
        return int(checked)


def described(form: forms.Form, *names: str) -> None:
    """Tie every field to what is said of it, and mark those that were refused."""
    for name in names or tuple(form.fields):
        field, bound = form.fields[name], form[name]
        said = [f"{bound.id_for_label}_hint"]
        if form.is_bound and name in form.errors:
            field.widget.attrs["aria-invalid"] = "true"
            said.append(f"{bound.id_for_label}_error")
        field.widget.attrs["aria-describedby"] = " ".join(said)


class NameForm(forms.Form):
    """The name of a learner."""

    name = forms.CharField(
        max_length=100, widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "name is missing."},
    )  # fmt: skip


class PresetForm(forms.Form):
    """A preset of the laboratory, from which parameters are derived."""

    preset = forms.ChoiceField(required=False)
    interval = PlainNumber(name="interval", required=False, initial=INTERVAL.default)

    def __init__(self, *args: Any, presets: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["preset"].choices = [("", "none"), *presets]  # type: ignore[attr-defined]
        self.derived: Settings | None = None

    def clean(self) -> dict[str, Any]:
        """Derive the parameters, or say what is wrong with the interval."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("preset") and "interval" in data:
            try:
                self.derived = parameters_from_preset(data["preset"], data["interval"])
            except ValueError as error:
                self.add_error("interval", f"{error}.")
        return data

    def filled_in(self) -> dict[str, Any]:
        """Return what the form of a new learner begins with."""
        if self.derived is None:
            return {}
        given = dict(self.derived.parameters)
        expert = {f"expert-{name}": value for name, value in given.pop("expert", ())}
        return {"preset": self.cleaned_data["preset"], **given, **expert}


class NewLearnerForm(NameForm):
    """Name, kind and parameters of a learner that has learned nothing."""

    kind = forms.ChoiceField(choices=LearnerKind.choices, initial=LearnerKind.CLASSIFIER)
    baselines = forms.BooleanField(required=False, initial=True)
    preset = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for setting in USER:
            self.fields[setting.name] = SettingField(setting, default=setting.default)
        for setting in EXPERT:
            self.fields[f"expert-{setting.name}"] = SettingField(setting)

    def rows(self, prefix: str, settings: Iterable[Setting]) -> list[tuple[Any, Setting]]:
        """Return the fields of settings, with what is declared of them."""
        return [(self[f"{prefix}{setting.name}"], setting) for setting in settings]

    @property
    def user_rows(self) -> list[tuple[Any, Setting]]:
        """The eight parameters of the user."""
        return self.rows("", USER)

    @property
    def expert_rows(self) -> list[tuple[Any, Setting]]:
        """The settings of the expert."""
        return self.rows("expert-", EXPERT)

    @property
    def expert_given(self) -> bool:
        """Whether an expert setting was given or refused, so that all are to be seen."""
        return any(field.value() not in (None, "") for field, _ in self.expert_rows)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of a valid form."""
        data = self.cleaned_data
        given = {s.name: data[s.name] for s in USER if data[s.name] is not None}
        named = ((s.name, data[f"expert-{s.name}"]) for s in EXPERT)
        pairs = [[name, value] for name, value in named if value is not None]
        return given | ({"expert": pairs} if pairs else {})


class SettingsForm(NameForm):
    """What may change of a learner at any time."""

    budget = SettingField(next(setting for setting in USER if setting.name == "budget"))
    baselines = forms.BooleanField(required=False)
    sleep_after = PlainNumber(name="sleep_after", required=False)
    sleep_at = forms.TimeField(
        required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "sleep_at must be a time of day, such as 03:00."},
    )  # fmt: skip
    sleep_replays = PlainInteger(name="sleep_replays", least=1, most=1_000_000)
    sleep_replays.error_messages["required"] = "sleep_replays is missing."

    @classmethod
    def of(cls, learner: Learner, data: Any = None) -> "SettingsForm":
        """Return the form with a learner's values, or with what was sent."""
        at: time | None = learner.sleep_at
        initial = {
            "name": learner.name, "budget": learner.parameters.get("budget", USER[0].default),
            "baselines": learner.baselines, "sleep_after": learner.sleep_after,
            "sleep_at": at, "sleep_replays": learner.sleep_replays,
        }  # fmt: skip
        return cls(data, initial=initial)

    def changes(self) -> dict[str, Any]:
        """Return what a valid form says, as ``change_learner`` takes it."""
        return dict(self.cleaned_data)


class SleepForm(forms.Form):
    """How many events to replay now."""

    replays = PlainInteger(name="replays", least=1, most=1_000_000)
    replays.error_messages["required"] = "replays is missing."


class DeleteForm(forms.Form):
    """The name of a learner, typed by whoever deletes it."""

    typed = forms.CharField(
        max_length=100, widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Type the name of the learner to delete it."},
    )  # fmt: skip

    def __init__(self, *args: Any, learner: Learner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.learner = learner

    def clean_typed(self) -> str:
        """Compare with the name."""
        typed: str = self.cleaned_data["typed"]
        if typed != self.learner.name:
            raise forms.ValidationError(
                f"The learner is called {self.learner.name}; got {typed}. Nothing was deleted."
            )
        return typed


class FileForm(forms.Form):
    """A file to learn from."""

    file = forms.FileField(
        allow_empty_file=True,
        error_messages={"required": "Choose a file.", "invalid": "Choose a file."},
    )
    header = forms.BooleanField(required=False, initial=True)


class ImportForm(NameForm):
    """A state that was downloaded, and what the learner made of it is called."""

    file = forms.FileField(
        allow_empty_file=True,
        error_messages={"required": "Choose a file.", "invalid": "Choose a file."},
    )


class StreamForm(forms.Form):
    """How to learn from a file, of which the columns are known."""

    target = forms.ChoiceField(error_messages={"required": "Choose the column of the label."})
    identifier = forms.ChoiceField(required=False)
    delay = PlainInteger(name="delay", least=0, most=MOST_LATE, required=False, initial=0)
    limit = PlainInteger(name="limit", least=1, most=10**12, required=False)
    skip_bad_rows = forms.BooleanField(required=False)
    again = forms.BooleanField(required=False)

    def __init__(self, *args: Any, columns: Sequence[str], learner: Learner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns, self.learner = columns, learner
        named = [(column, column) for column in columns]
        self.fields["target"].choices = [("", "choose"), *named]  # type: ignore[attr-defined]
        self.fields["identifier"].choices = [("", "none"), *named]  # type: ignore[attr-defined]
        self.fields["target"].initial = learner.target if learner.target in columns else ""

    def clean_target(self) -> str:
        """Refuse another label than the one that the learner knows."""
        target: str = self.cleaned_data["target"]
        if self.learner.target not in ("", target):
            raise forms.ValidationError(
                f"This learner learns the column {self.learner.target}; got {target}."
            )
        return target

    def clean(self) -> dict[str, Any]:
        """Read the columns that hold text or are left out, and make the options."""
        data: dict[str, Any] = super().clean() or {}
        for name in ("categorical", "ignore"):
            data[name] = tuple(column for column in self.checked(name) if column in self.columns)
        both = sorted({*data["categorical"]} & {*data["ignore"]})
        if both:
            self.add_error(None, f"{both[0]} cannot hold text and be left out at once.")
        used = data.get("target") and data["target"] == data.get("identifier")
        if used or data.get("target") in data["ignore"]:
            self.add_error("target", "The label cannot be left out, nor be the identifier.")
        return data

    def checked(self, name: str) -> list[str]:
        """Return the columns that were ticked."""
        return self.data.getlist(name) if self.is_bound else []

    def options(self) -> Options:
        """Return how a valid form says to learn."""
        data = self.cleaned_data
        return Options(**data | {"delay": data["delay"] or 0})
