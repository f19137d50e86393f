"""Who sees and who changes what."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from synapse.models import Synapse, Visibility
from synapse.services.access import may_read, may_write

ANYONE = AnonymousUser()


@pytest.fixture
def rows(synapse: Synapse, users: dict[str, Any]) -> dict[str, Synapse]:
    """One synapse of each visibility that belongs to the owner, and a public one of nobody."""
    from synapse.services.presets import create_from_preset

    made = {
        str(kind.value): create_from_preset(
            preset="hippocampus", name=kind.value, owner=users["owner"], visibility=kind
        )
        for kind in Visibility
    }
    Synapse.objects.filter(pk=synapse.pk).update(visibility=Visibility.PUBLIC)
    synapse.refresh_from_db()
    return made | {"site": synapse}


def seen(user: Any) -> set[str]:
    return set(Synapse.objects.visible_to(user).values_list("name", flat=True))


def changeable(user: Any) -> set[str]:
    return set(Synapse.objects.writable_by(user).values_list("name", flat=True))


def test_everyone_sees_what_is_public(rows: dict[str, Synapse], users: dict[str, Any]) -> None:
    assert seen(ANYONE) == seen(users["other"]) == {"public", "first"}
    assert seen(users["owner"]) == seen(users["admin"]) == {"private", "link", "public", "first"}


def test_a_link_shows_a_row_to_who_has_its_key(rows: dict[str, Synapse]) -> None:
    key = rows["link"].share_key
    assert may_read(ANYONE, rows["link"], share_key=key)
    assert not may_read(ANYONE, rows["link"], share_key="")
    assert not may_read(ANYONE, rows["link"], share_key=rows["public"].share_key)
    assert not may_read(ANYONE, rows["private"], share_key=rows["private"].share_key)


def test_the_owner_and_a_superuser_write(rows: dict[str, Synapse], users: dict[str, Any]) -> None:
    assert changeable(users["owner"]) == {"private", "link", "public"}
    assert changeable(users["admin"]) == {"private", "link", "public", "first"}
    assert changeable(users["other"]) == changeable(ANYONE) == set()


def test_in_a_demo_everyone_writes_what_has_no_owner(
    rows: dict[str, Synapse], users: dict[str, Any], settings: Any
) -> None:
    settings.DEMO = True
    assert changeable(ANYONE) == changeable(users["other"]) == {"first"}
    assert may_write(ANYONE, rows["site"])
    assert not may_write(ANYONE, rows["public"])


@pytest.mark.parametrize("demo", [False, True])
def test_one_row_and_the_query_agree(
    rows: dict[str, Synapse], users: dict[str, Any], settings: Any, demo: bool
) -> None:
    settings.DEMO = demo
    for user in (ANYONE, *users.values()):
        for row in rows.values():
            assert may_write(user, row) == (row.name in changeable(user))
            assert may_read(user, row) == (row.name in seen(user))


def test_share_keys_differ(rows: dict[str, Synapse]) -> None:
    assert len({row.share_key for row in rows.values()}) == len(rows)
    assert all(len(row.share_key) == 32 for row in rows.values())
