"""Connections as synapses: listed, opened once, computed, taken to the laboratory."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from learner.models import Connection, Learner, LearnerKind
from learner.pipeline.bridge.past import weights_of
from learner.services import live
from learner.services.bridge import compute, is_stale
from learner.services.connections import (
    list_connections,
    open_connection,
    place_of,
    read_place,
    source_key,
)
from learner.services.laboratory import draft_of, laboratory, whole_protocol
from learner.services.learners import compact, create_learner
from learner.services.messages import Incoming
from synapse.models import SavedProtocol, Synapse
from synapse.services.preset_files import load_presets
from synapse.services.runs import execute
from synapse.services.saved_protocols import draft_of as draft_of_saved
from synapse.services.timeline.items import MOST_ITEMS

pytestmark = pytest.mark.django_db
HEIGHT = {"pathway": 0, "source": '{"feature": {"str": "height"}}', "label": '{"str": "up"}'}
FAST = {"repetitions": 2, "most_repetitions": 6, "interval": 10_000}
"""Few pairings, which plain Python runs quickly."""


@pytest.fixture
def taught(own: Learner, teach: Any) -> Learner:
    teach(own, 60)
    return own


@pytest.fixture
def opened(taught: Learner, users: dict[str, Any]) -> Connection:
    return open_connection(learner=taught, user=users["owner"], **HEIGHT)


def test_the_largest_connections_come_first_with_their_weights_of_now(taught: Learner) -> None:
    rows = list_connections(taught, most=30)
    sizes = [abs(r.early) + abs(r.tagged) + abs(r.late) for r in rows]
    assert sizes == sorted(sizes, reverse=True)
    with live.read(taught) as model:
        for row in rows:
            found = weights_of(model, row.place)
            assert found == (row.early, row.tagged, row.late, row.trace)


def test_a_list_is_filtered_and_sorted_by_part(taught: Learner) -> None:
    rows = list_connections(taught, text="HEIGH", label="down", part="early", pathway=0)
    assert [row.name for row in rows] == ["height to down"]
    assert list_connections(taught, text="nothing") == []
    early = [abs(row.early) for row in list_connections(taught, part="early")]
    assert early == sorted(early, reverse=True)
    with pytest.raises(ValueError, match="part must be all or one of early, tagged, late"):
        list_connections(taught, part="new")
    with pytest.raises(ValueError, match="most must be 1 to 500 connections; got 0"):
        list_connections(taught, most=0)


def test_a_learner_that_has_learned_nothing_has_no_connections(own: Learner) -> None:
    assert list_connections(own) == []


def test_a_connection_is_opened_once(taught: Learner, users: dict[str, Any]) -> None:
    rows = [open_connection(learner=taught, user=users["owner"], **HEIGHT) for _ in range(2)]
    assert rows[0].pk == rows[1].pk
    assert Connection.objects.count() == 1
    listed = next(r for r in list_connections(taught) if r.place == place_of(rows[0]))
    assert listed.opened == rows[0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"label": '{"str": "left"}'}, "own has no connection from height to left in pathway 0"),
        ({"label": "null"}, "own has no connection from height to the number"),
        ({"pathway": 3}, "no connection from height to up in pathway 3"),
        ({"source": '{"unit": 99}', "pathway": 1}, "no connection from hidden unit 99"),
        ({"source": "height"}, "a connection is named by a source"),
        ({"source": '{"unit": true}'}, "a connection is named by a source"),
        ({"label": "[]"}, "a connection is named by a source"),
        ({"source": '{"feature": 3}'}, "a connection is named by a source"),
    ],
)
def test_what_is_no_connection_is_refused_in_a_sentence(
    taught: Learner, users: dict[str, Any], given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        open_connection(learner=taught, user=users["owner"], **HEIGHT | given)


def test_names_of_every_kind_come_back() -> None:
    for source in ("bias", ("unit", 4), ("feature", 7), ("feature", "a=b"), ("feature", ("x", 1))):
        assert read_place(1, source_key(source), '{"int": 3}') == (1, source, 3)


def test_only_who_may_change_the_learner_opens_and_computes(
    taught: Learner, opened: Connection, users: dict[str, Any]
) -> None:
    for user in (users["other"], AnonymousUser()):
        with pytest.raises(PermissionDenied, match="not change it"):
            open_connection(learner=taught, user=user, **HEIGHT)
        with pytest.raises(PermissionDenied, match="not change it"):
            compute(opened, user=user)
        with pytest.raises(PermissionDenied, match="not change it"):
            laboratory(connection=opened, user=user)


def test_what_is_computed_is_kept_and_says_when_it_is_old(
    taught: Learner, opened: Connection, users: dict[str, Any], teach: Any
) -> None:
    found = compute(opened, last=40, values=FAST, user=users["owner"])
    row = Connection.objects.get(pk=opened.pk)
    assert row.agreement == json.loads(json.dumps(found))
    assert row.code["interval"] == 10_000
    assert not is_stale(row)
    teach(taught, 1)
    assert is_stale(Connection.objects.get(pk=opened.pk))


def test_both_series_have_a_row_an_operation(opened: Connection, users: dict[str, Any]) -> None:
    found = compute(opened, last=40, values=FAST, user=users["owner"])
    assert found["operations"] == found["asked"] == 40
    assert found["complete"]
    for side in ("learner", "biology"):
        assert {len(column) for column in found[side].values()} == {40}
    assert len(found["spikes"]) == 40
    assert found["starts"][1] - found["starts"][0] == 10_000
    assert found["other"] in ("bias to up", "width to up")
    with live.read(opened.learner) as model:
        early = weights_of(model, place_of(opened))[0]
    assert found["learner"]["early"][-1] == pytest.approx(early, rel=1e-6)
    assert found["compare"]["salient"] == sum(found["learner"]["salient"])


def test_the_same_again_gives_the_same(opened: Connection, users: dict[str, Any]) -> None:
    first, second = (compute(opened, last=20, values=FAST, user=users["owner"]) for _ in range(2))
    assert first == second


def test_a_unit_of_the_expansion_is_a_connection_too(
    taught: Learner, users: dict[str, Any]
) -> None:
    row = next(r for r in list_connections(taught, pathway=1) if r.place.source[0] == "unit")
    connection = open_connection(
        learner=taught, pathway=1, source=row.source, label=row.label, user=users["owner"]
    )
    found = compute(connection, last=30, values=FAST, user=users["owner"])
    inputs = found["learner"]["input"]
    assert any(x == 0.0 for x in inputs)
    assert any(x > 0.0 for x in inputs)


def test_a_learner_of_numbers_has_connections(users: dict[str, Any]) -> None:
    learner = create_learner(
        name="numbers", kind=LearnerKind.REGRESSOR, parameters={"expansion": 0},
        owner=users["owner"],
    )  # fmt: skip
    events = [Incoming(features={"x": float(i % 7)}, label=2.0 * (i % 7)) for i in range(60)]
    live.learn(learner=learner, events=events)
    row = list_connections(learner)[0]
    connection = open_connection(
        learner=learner, pathway=0, source=row.source, label=row.label, user=users["owner"]
    )
    found = compute(connection, last=40, values=FAST, user=users["owner"])
    assert found["largest_error"] == 3.0
    assert connection.label == "null"


def test_a_connection_that_never_moved_says_so(taught: Learner, users: dict[str, Any]) -> None:
    row = open_connection(
        learner=taught, pathway=1, source='{"unit": 19}', label='{"str": "up"}',
        user=users["owner"],
    )  # fmt: skip
    found = compute(row, last=1, values=FAST, user=users["owner"])
    assert found["compare"]["changed"] in (0, 1)
    assert found["compare"]["null"]["shuffled"]["signs"] is None


def test_a_compacted_ledger_gives_what_is_left(
    taught: Learner, opened: Connection, users: dict[str, Any], teach: Any
) -> None:
    compact(learner=taught, version=taught.version)
    found = compute(opened, last=60, values=FAST, user=users["owner"])
    assert found["operations"] <= found["asked"] == 60
    assert found["complete"] == (found["operations"] == found["asked"])


def test_a_rollback_and_a_sleep_among_the_operations_are_marked(
    taught: Learner, opened: Connection, users: dict[str, Any], teach: Any
) -> None:
    live.rollback(learner=taught, version=taught.version - 3)
    live.sleep(learner=taught, replays=5)
    teach(taught, 10)
    found = compute(opened, last=40, values=FAST, user=users["owner"])
    kinds = found["learner"]["kind"]
    assert kinds.count("rollback") == kinds.count("sleep") == 1
    assert found["spikes"][kinds.index("rollback")] == [[], [], []]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"last": 0}, "last must be 1 to 3000 operations"),
        ({"preset": "liver"}, "there is no preset 'liver'"),
        ({"values": {"window_time": 0}}, "window_time must be 1 to 1000 ms"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_a_sentence(
    opened: Connection, users: dict[str, Any], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        compute(opened, user=users["owner"], **options)
    assert Connection.objects.get(pk=opened.pk).agreement == {}


# --- the laboratory ------------------------------------------------------------------------


def test_the_laboratory_gets_a_synapse_and_a_protocol_once(
    opened: Connection, users: dict[str, Any]
) -> None:
    load_presets()
    compute(opened, last=40, values=FAST, user=users["owner"])
    first = laboratory(connection=opened, user=users["owner"])
    again = laboratory(connection=Connection.objects.get(pk=opened.pk), user=users["owner"])
    assert first == again
    assert Synapse.objects.count() == SavedProtocol.objects.count() == 1
    synapse, saved = first
    assert synapse.owner == saved.owner == users["owner"]
    assert synapse.preset.name == "hippocampus"
    assert len(saved.items) <= MOST_ITEMS
    assert saved.bath == {"external_calcium": 3.0, "external_magnesium": 1.0}


@pytest.mark.parametrize(
    "changed",
    [
        {"values": FAST | {"interval": 20_000}},
        {"values": FAST | {"repetitions": 3}},
        {"values": FAST, "preset": "striatum-d1"},
    ],
)
def test_run_again_the_laboratory_gets_what_the_page_shows_now(
    opened: Connection, users: dict[str, Any], changed: dict[str, Any]
) -> None:
    load_presets()
    compute(opened, last=4, values=FAST, user=users["owner"])
    first = laboratory(connection=opened, user=users["owner"])
    compute(opened, last=4, user=users["owner"], **changed)
    synapse, saved = laboratory(connection=opened, user=users["owner"])
    assert synapse.preset.name == changed.get("preset", "hippocampus")
    assert (synapse == first[0]) == ("preset" not in changed)
    assert (saved == first[1]) == ("preset" in changed)
    assert draft_of_saved(saved).protocol().events == draft_of(opened).protocol().events
    assert laboratory(connection=opened, user=users["owner"]) == (synapse, saved)


def test_a_learner_of_an_old_name_gets_a_protocol_of_its_own(
    opened: Connection, users: dict[str, Any], teach: Any
) -> None:
    load_presets()
    compute(opened, last=4, values=FAST, user=users["owner"])
    _, old = laboratory(connection=opened, user=users["owner"])
    opened.learner.delete()
    learner = create_learner(name="own", owner=users["owner"])
    teach(learner, 60)
    again = open_connection(learner=learner, user=users["owner"], **HEIGHT)
    compute(again, last=4, values=FAST, user=users["owner"])
    _, new = laboratory(connection=again, user=users["owner"])
    assert new.name == old.name
    assert new.items == draft_of(again).to_json()["items"]
    assert new.items != old.items


def test_a_name_with_many_spaces_has_one_protocol(
    opened: Connection, users: dict[str, Any]
) -> None:
    load_presets()
    opened.learner.name = "my   own"
    opened.learner.save()
    compute(opened, last=4, values=FAST, user=users["owner"])
    found = [laboratory(connection=opened, user=users["owner"]) for _ in range(2)]
    assert found[0] == found[1]
    assert SavedProtocol.objects.count() == 1


def test_a_saved_protocol_holds_exactly_the_last_events(
    opened: Connection, users: dict[str, Any]
) -> None:
    compute(opened, last=40, values=FAST, user=users["owner"])
    draft = draft_of(opened)
    kept = draft.protocol().events
    whole = whole_protocol(opened).events
    shift = whole[-1].time - kept[-1].time
    expected = whole[len(whole) - len(kept) :]
    assert [(e.kind, round(e.time + shift, 3)) for e in kept] == [
        (e.kind, round(e.time, 3)) for e in expected
    ]


def test_the_laboratory_runs_what_the_page_showed(
    opened: Connection, users: dict[str, Any]
) -> None:
    load_presets()
    found = compute(opened, last=4, values=FAST, user=users["owner"])
    synapse, _ = laboratory(connection=opened, user=users["owner"])
    protocol = whole_protocol(opened)
    run = execute(
        synapse=synapse, protocol=protocol, duration_ms=protocol.duration, owner=users["owner"]
    )
    synapse.synaptic_weight.refresh_from_db()
    assert run.status == "done"
    early = synapse.synaptic_weight.early_weight
    assert early == pytest.approx(found["biology"]["early_weight"][-1], abs=1e-6)


def test_nothing_goes_to_the_laboratory_before_it_was_computed(
    opened: Connection, users: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="has not been computed yet"):
        laboratory(connection=opened, user=users["owner"])
    assert Synapse.objects.count() == 0


# --- the command ---------------------------------------------------------------------------


def bridge(*arguments: str) -> str:
    out = StringIO()
    call_command("bridge", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_how_far_both_agree(taught: Learner) -> None:
    codes = [f"--code={name}={value}" for name, value in FAST.items()]
    text = bridge("own", "--source", "height", "--label", "up", "--last", "50", *codes)
    assert "own, height to up, preset hippocampus" in text
    assert "Both together" in text
    assert "of 50 events the connection changed its early weight" in text
    assert Connection.objects.get().computed_at == 60


def test_the_command_takes_the_largest_connection_where_none_is_named(taught: Learner) -> None:
    codes = [f"--code={name}={value}" for name, value in FAST.items()]
    largest = list_connections(taught, pathway=0)[0]
    assert f"own, {largest.name}," in bridge("own", "--last", "10", *codes)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--source", "depth"], "own has no connection from depth to anything"),
        (["--code", "tempo=3"], "the code has no 'tempo'"),
        (["--code", "tempo"], "a number of the code is written name=value"),
        (["--pathway", "x"], "pathway must be a whole number"),
    ],
)
def test_the_command_refuses_in_a_sentence(
    taught: Learner, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        bridge("own", *arguments)
