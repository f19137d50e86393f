"""The page of a synapse in a browser: nothing refused by the policy, nothing inaccessible."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from synapse.models import Synapse
from synapse.services.examples import load_examples

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(browser: Any, live_server: Any, client: Client, users: dict[str, Any]) -> Any:
    """The page of the first example, opened by the administrator."""
    load_examples()
    client.force_login(users["admin"])
    browser.set_window_size(1280, 900)
    browser.get(live_server.url + reverse("healthz"))
    browser.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value})
    first = Synapse.objects.order_by("pk")[0]
    browser.get(live_server.url + reverse("admin:synapse_synapse_change", args=[first.pk]))
    yield browser
    browser.delete_all_cookies()
    browser.get("about:blank")


def test_the_policy_refuses_nothing(opened: Any, csp_reports: Any) -> None:
    assert "Hippocampus CA1" in opened.title
    assert csp_reports() == []


def test_the_page_is_accessible(opened: Any, axe_violations: Any) -> None:
    assert axe_violations() == []
