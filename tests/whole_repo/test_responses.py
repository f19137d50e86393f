"""What every answer of the site carries."""

import re

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from event_driven_retraining.demo import LoopbackOnlyMiddleware

PAGES = ["/", "/accounts/login/", "/admin/login/", "/api/", "/healthz", "/no-such-page/"]
POLICY = {
    "default-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", PAGES)
def test_strict_policy_is_on_every_answer(client, page):
    headers = client.get(page).headers
    policy = headers["Content-Security-Policy"]
    if page.startswith("/admin/"):  # its one style block carries a nonce, new each time
        policy = re.sub(r" 'nonce-[\w-]{22}'", "", policy)
    assert set(policy.split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_nothing_inline_is_ever_allowed(settings):
    words = {word for values in settings.SECURE_CSP.values() for word in values}
    assert not {word for word in words if "unsafe" in word or "*" in word or "data:" in word}


def test_health_check_answers(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_api_root_names_links_that_exist(client):
    answer = client.get("/api/").json()
    assert answer["name"] == "event-driven-retraining"
    for link in answer["links"].values():
        assert client.get(link).status_code in (200, 302)


def test_logging_in_leads_home(client, django_user_model):
    django_user_model.objects.create_user("ada", password="correct horse")
    page = client.get("/accounts/login/")
    assert page.status_code == 200
    done = client.post("/accounts/login/", {"username": "ada", "password": "correct horse"})
    assert (done.status_code, done.url) == (302, "/")


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("192.168.0.7", 403)])
def test_demo_answers_this_machine_only(address, status):
    answer = LoopbackOnlyMiddleware(lambda request: HttpResponse())
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    assert answer(request).status_code == status
