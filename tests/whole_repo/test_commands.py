"""The commands behind `make demo` and `make serve`."""

import re
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from synapse.models import Run, Synapse

pytestmark = pytest.mark.django_db


def say(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_demo_strengthens_the_synapse_and_says_what_that_means():
    text = say("demo")
    last = re.findall(r"^30 min  weight (\d\.\d{6})$", text, re.MULTILINE)
    assert len(last) == 1
    assert 1.3 < float(last[0]) < 1.5  # the reference peaks at 1.38
    assert f"from 1.000000 to {last[0]}" in text
    assert "make serve" in text
    assert Run.objects.count() == 1


def test_demo_leaves_a_used_database_alone():
    say("prepare", "--no-admin")
    with pytest.raises(CommandError, match="empty database"):
        say("demo")
    assert Run.objects.count() == 0


def test_prepare_makes_one_administrator_with_a_password_that_works(client):
    text = say("prepare")
    password = re.search(r"password: (\S+)", text)[1]
    assert client.login(username="admin", password=password)
    assert "password" not in say("prepare")
    assert get_user_model().objects.filter(is_superuser=True).count() == 1


def test_prepare_twice_makes_no_second_set_of_examples():
    say("prepare", "--no-admin")
    count = Synapse.objects.count()
    say("prepare", "--no-admin")
    assert Synapse.objects.count() == count >= 6


def test_prepare_does_not_turn_a_user_named_admin_into_an_administrator():
    get_user_model().objects.create_user("admin", password="of someone else")
    assert "none was made" in say("prepare")
    assert not get_user_model().objects.filter(is_superuser=True).exists()
