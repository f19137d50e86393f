"""The admin: shows everything, edits what may be edited, refuses the rest with a reason."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from synapse.admin.forms import parameter_field
from synapse.models import Neuron, Preset, Run, Synapse
from synapse.plasticity.components import COMPONENTS
from synapse.services import versions
from synapse.services.datasheet import typical_text
from synapse.services.presets import create_from_preset

PARAMETERS = [q for c in COMPONENTS for q in c.parameters]
EDITABLE = [q for q in PARAMETERS if not q.fixed]
STATES = [q for c in COMPONENTS for q in c.states]


@pytest.fixture
def page(client: Client, users: dict[str, Any]) -> Client:
    """A browser in which the administrator is logged in."""
    client.force_login(users["admin"])
    return client


def url(synapse: Synapse) -> str:
    return reverse("admin:synapse_synapse_change", args=[synapse.pk])


def filled(client: Client, address: str) -> dict[str, str]:
    """Return what a browser would send back for the page as it was loaded."""
    form = client.get(address).context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = field.prepare_value(form.get_initial_for_field(field, name))
        data[name] = "" if value is None else str(value)
    return data


def errors(response: Any) -> str:
    return unescape(response.content.decode())


def test_the_page_shows_every_quantity_with_unit_range_default_and_source(
    page: Client, synapse: Synapse
) -> None:
    text = unescape(page.get(url(synapse)).content.decode())
    for component in COMPONENTS:
        assert component.title in text
        for quantity in (*component.parameters, *component.states):
            assert f"<code>{quantity.symbol}</code> {quantity.name}" in text
            assert quantity.bounds_text in text
            assert quantity.meaning in text
            assert quantity.source in text
            assert typical_text(quantity) in text
    assert "Simulated time 0.0 ms." in text
    assert "Last spike never." in text


def test_parameters_are_edited_states_and_fixed_values_only_shown(
    page: Client, synapse: Synapse
) -> None:
    text = page.get(url(synapse)).content.decode()
    inputs = set(re.findall(r'<input type="number" name="(\w+)"', text))
    assert inputs == {q.name for q in EDITABLE}


def test_the_page_has_no_inline_script_or_style(page: Client, synapse: Synapse) -> None:
    response = page.get(url(synapse))
    text = response.content.decode()
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)


def test_loading_and_saving_without_a_change_changes_nothing(
    page: Client, synapse: Synapse
) -> None:
    response = page.post(url(synapse), filled(page, url(synapse)))
    assert response.status_code == 302
    fresh = Synapse.objects.with_components().get(pk=synapse.pk)
    assert fresh.neuron.state_version == 0
    for component in COMPONENTS:
        for q in (*component.parameters, *component.states):
            assert getattr(getattr(fresh, component.accessor), q.name) == q.default


def test_changed_values_are_stored_and_the_version_is_raised(
    page: Client, synapse: Synapse
) -> None:
    data = filled(page, url(synapse)) | {
        "name": "renamed", "nmda_decay_time": "50", "external_calcium": "1.8",
    }  # fmt: skip
    assert page.post(url(synapse), data).status_code == 302
    fresh = Synapse.objects.with_components().get(pk=synapse.pk)
    assert fresh.name == "renamed"
    assert fresh.nmda_receptor.nmda_decay_time == 50.0
    assert fresh.neuron.external_calcium == 1.8
    assert fresh.neuron.state_version == 1


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("recovery_time", "-5", "recovery_time must be at least 0.001 ms; got -5 ms"),
        ("release_probability", "1", "release_probability must be at most 0.95; got 1"),
        ("recovery_time", "nan", "recovery_time must be a finite number"),
        ("recovery_time", "", "recovery_time must be a number; got nothing"),
        ("nmda_rise_time", "50", "nmda_rise_time must be less than nmda_decay_time (42.3 ms)"),
        ("resting_potential", "135", "resting_potential must be less than"),
    ],
)
def test_a_bad_value_is_refused_with_the_reason(
    page: Client, synapse: Synapse, name: str, value: str, reason: str
) -> None:
    data = filled(page, url(synapse)) | {"influx_exponent": "2", name: value}
    response = page.post(url(synapse), data)
    assert response.status_code == 200
    assert reason in errors(response)
    assert Synapse.objects.with_components().get().spine_head.influx_exponent == 1.17


def test_a_state_cannot_be_slipped_into_the_form(page: Client, synapse: Synapse) -> None:
    data = filled(page, url(synapse)) | {"early_weight": "2", "reference_calcium": "1"}
    page.post(url(synapse), data)
    fresh = Synapse.objects.with_components().get()
    assert fresh.synaptic_weight.early_weight == 1.0
    assert fresh.neuron.reference_calcium == 2.5


def test_a_form_over_a_finished_run_is_refused(page: Client, synapse: Synapse) -> None:
    data = filled(page, url(synapse)) | {"nmda_decay_time": "50", "name": "renamed"}
    versions.claim({synapse.neuron_id: 0})
    type(synapse.synaptic_weight).objects.update(early_weight=1.4)
    response = page.post(url(synapse), data)
    assert response.status_code == 200
    assert "has changed since this page was loaded" in errors(response)
    fresh = Synapse.objects.with_components().get()
    assert fresh.name == "first"
    assert fresh.nmda_receptor.nmda_decay_time == 42.3
    assert fresh.synaptic_weight.early_weight == 1.4


@pytest.mark.parametrize("sent", ["", "{}", "nonsense", '{"1": "x"}'])
def test_a_form_without_its_versions_is_refused(page: Client, synapse: Synapse, sent: str) -> None:
    data = filled(page, url(synapse)) | {"nmda_decay_time": "50", "state_versions": sent}
    assert page.post(url(synapse), data).status_code == 200
    assert Synapse.objects.with_components().get().nmda_receptor.nmda_decay_time == 42.3


def test_a_conflict_at_the_last_moment_is_a_message_not_a_crash(
    page: Client, synapse: Synapse, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = filled(page, url(synapse)) | {"nmda_decay_time": "50"}
    claim = versions.claim

    def late(expected: Any) -> None:
        Neuron.objects.update(state_version=9)
        claim(expected)

    monkeypatch.setattr(versions, "claim", late)
    response = page.post(url(synapse), data, follow=True)
    assert "has changed since it was read" in errors(response)
    assert Synapse.objects.with_components().get().nmda_receptor.nmda_decay_time == 42.3


def test_the_page_needs_few_queries(
    page: Client, neighbours: list[Synapse], django_assert_max_num_queries: Any
) -> None:
    page.get(url(neighbours[0]))
    with django_assert_max_num_queries(12):
        page.get(url(neighbours[0]))
    data = filled(page, url(neighbours[0])) | {"nmda_decay_time": "50", "external_calcium": "2"}
    with django_assert_max_num_queries(40):
        page.post(url(neighbours[0]), data)


def test_a_synapse_is_made_from_a_preset(page: Client, presets: None) -> None:
    address = reverse("admin:synapse_synapse_add")
    assert page.get(address).status_code == 200
    preset = Preset.objects.get(name="striatum-d1")
    data = {"name": "new", "preset": preset.pk, "visibility": "private"}
    assert page.post(address, data).status_code == 302
    made = Synapse.objects.with_components().get()
    assert made.stdp_parameters.potentiation_trace_time == 1000.0
    data |= {"name": "beside", "neuron": made.neuron_id}
    assert page.post(address, data).status_code == 302
    assert Synapse.objects.get(name="beside").neuron_id == made.neuron_id


def test_a_synapse_that_cannot_join_is_refused_with_the_reason(
    page: Client, synapse: Synapse
) -> None:
    Neuron.objects.update(simulated_time=5.0)
    other = create_from_preset(preset="hippocampus", name="other")
    data = {
        "name": "bridge", "preset": synapse.preset_id, "visibility": "private",
        "neuron": synapse.neuron_id, "astrocyte_unit": other.astrocyte_unit_id,
    }  # fmt: skip
    response = page.post(reverse("admin:synapse_synapse_add"), data, follow=True)
    assert "simulated_time must be equal" in errors(response)
    assert Synapse.objects.count() == 2


def test_a_shared_component_is_edited_for_its_whole_group(
    page: Client, neighbours: list[Synapse]
) -> None:
    pool = neighbours[0].consolidation_protein_pool
    address = reverse("admin:synapse_consolidationproteinpool_change", args=[pool.pk])
    version = Neuron.objects.get().state_version
    data = filled(page, address) | {"protein_synthesis": "0"}
    assert page.post(address, data).status_code == 302
    assert type(pool).objects.get().protein_synthesis == 0.0
    assert Neuron.objects.get().state_version == version + 1
    stale = data | {"protein_synthesis": "1"}
    assert "has changed since this page was loaded" in errors(page.post(address, stale))


@pytest.mark.parametrize(
    "name", ["astrocyteunit", "consolidationproteinpool", "dopaminecleft", "neuron"]
)
def test_shared_components_are_listed_made_and_edited_before_they_are_used(
    page: Client, presets: None, name: str
) -> None:
    assert page.post(reverse(f"admin:synapse_{name}_add"), {"name": "new"}).status_code == 302
    listing = page.get(reverse(f"admin:synapse_{name}_changelist"))
    assert "new" in listing.content.decode()
    row = listing.context["cl"].result_list[0]
    address = reverse(f"admin:synapse_{name}_change", args=[row.pk])
    component = next(c for c in COMPONENTS if c.name == type(row).__name__)
    quantity = next(q for q in component.parameters if not q.fixed)
    data = filled(page, address) | {"name": "renamed", quantity.name: repr(quantity.default * 0.5)}
    assert page.post(address, data).status_code == 302
    stored = type(row).objects.get()
    assert stored.name == "renamed"
    assert getattr(stored, quantity.name) == quantity.default * 0.5


def act(page: Client, action: str, *synapses: Synapse) -> Any:
    data = {"action": action, "_selected_action": [s.pk for s in synapses]}
    return page.post(reverse("admin:synapse_synapse_changelist"), data, follow=True)


def test_clone(page: Client, synapse: Synapse, users: dict[str, Any]) -> None:
    assert "was cloned as synapse" in errors(act(page, "clone", synapse))
    assert Synapse.objects.get(name="Copy of first").owner == users["admin"]


def test_reset(page: Client, synapse: Synapse) -> None:
    type(synapse.synaptic_weight).objects.update(early_weight=2.0)
    assert "is at rest" in errors(act(page, "reset_to_preset", synapse))
    assert Synapse.objects.with_components().get().synaptic_weight.early_weight == 1.0


def test_actions_are_on_the_page_of_a_synapse_too(page: Client, synapse: Synapse) -> None:
    assert "Run the pairing protocol for 60 min" in page.get(url(synapse)).content.decode()
    data = {"CHANGE_FORM-action": "clone", "_selected_action": [synapse.pk]}
    assert "was cloned as synapse" in errors(page.post(url(synapse), data, follow=True))


def test_an_action_that_fails_says_for_which_synapse(page: Client, synapse: Synapse) -> None:
    Synapse.objects.update(preset=None)
    assert "first: first has no preset" in errors(act(page, "reset_to_preset", synapse))


def test_export(page: Client, neighbours: list[Synapse]) -> None:
    response = act(page, "export_json", *neighbours)
    assert response.headers["Content-Disposition"] == 'attachment; filename="synapses.json"'
    assert [row["name"] for row in json.loads(response.content)["synapses"]] == [
        "first", "second", "third",
    ]  # fmt: skip


def test_run_one_tick(page: Client, synapse: Synapse) -> None:
    assert "is done" in errors(act(page, "run_one_tick", synapse))
    assert Neuron.objects.get().simulated_time == 60_000.0
    assert Run.objects.get().synapse == synapse


def test_run_the_pairing_protocol(page: Client, synapse: Synapse) -> None:
    assert "is done" in errors(act(page, "run_pairing", synapse))
    assert Neuron.objects.get().simulated_time == 3_600_000.0
    assert Synapse.objects.with_components().get().synaptic_weight.early_weight > 1.1


def test_runs_and_presets_are_read_only(page: Client, synapse: Synapse) -> None:
    run = Run.objects.create(synapse=synapse, title="old")
    for name, key in (("run", run.pk), ("preset", synapse.preset_id)):
        address = reverse(f"admin:synapse_{name}_change", args=[key])
        assert page.get(reverse(f"admin:synapse_{name}_changelist")).status_code == 200
        assert page.get(address).status_code == 200
        assert page.post(address, {"title": "new"}).status_code == 403
        assert page.get(reverse(f"admin:synapse_{name}_add")).status_code == 403


def test_delete_removes_the_components_and_invalidates_what_was_read(
    page: Client, neighbours: list[Synapse]
) -> None:
    read = versions.current(neighbours)
    address = reverse("admin:synapse_synapse_delete", args=[neighbours[0].pk])
    assert page.post(address, {"post": "yes"}).status_code == 302
    act(page, "delete_selected", neighbours[1])
    data = {"action": "delete_selected", "_selected_action": [neighbours[1].pk], "post": "yes"}
    page.post(reverse("admin:synapse_synapse_changelist"), data)
    assert list(Synapse.objects.all()) == neighbours[2:]
    assert type(neighbours[0].nmda_receptor).objects.count() == 1
    assert versions.current(neighbours[2:]) != read


@pytest.fixture
def curator(client: Client, users: dict[str, Any]) -> Client:
    """A browser of a staff member who may edit synapses, but is no superuser."""
    user = users["other"]
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="synapse"))
    client.force_login(user)
    return client


def test_a_curator_sees_but_does_not_edit_what_belongs_to_others(
    curator: Client, synapse: Synapse, users: dict[str, Any]
) -> None:
    Synapse.objects.update(owner=users["owner"])
    assert curator.get(url(synapse)).status_code == 302
    Synapse.objects.update(visibility="public")
    text = curator.get(url(synapse)).content.decode()
    assert "recovery_time" in text
    assert '<input type="number"' not in text
    assert curator.post(url(synapse), {"name": "mine now"}).status_code == 403
    assert "You may not change first" in errors(act(curator, "reset_to_preset", synapse))
    neuron = reverse("admin:synapse_neuron_change", args=[synapse.neuron_id])
    assert curator.post(neuron, {"name": "mine now"}).status_code == 403


def test_a_curator_edits_only_what_all_synapses_of_it_allow(
    curator: Client, neighbours: list[Synapse], users: dict[str, Any]
) -> None:
    Synapse.objects.filter(pk=neighbours[0].pk).update(owner=users["other"])
    address = url(neighbours[0])
    data = filled(curator, address) | {"external_calcium": "3"}
    assert "You may not change" in errors(curator.post(address, data, follow=True))
    data = filled(curator, address) | {"nmda_decay_time": "50"}
    assert curator.post(address, data).status_code == 302
    fresh = Synapse.objects.with_components().get(pk=neighbours[0].pk)
    assert (fresh.neuron.external_calcium, fresh.nmda_receptor.nmda_decay_time) == (2.5, 50.0)


@pytest.mark.parametrize("quantity", EDITABLE, ids=lambda q: q.name)
def test_a_default_survives_the_way_through_the_form(quantity: Any) -> None:
    field = parameter_field(quantity, quantity.default)
    assert not field.has_changed(quantity.default, str(field.prepare_value(quantity.default)))
