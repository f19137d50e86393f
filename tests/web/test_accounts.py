"""The account: what belongs to it, its tokens, and who may see what."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from synapse.models import ApiToken, Run, Synapse, Visibility
from synapse.services import tokens
from synapse.services.presets import create_from_preset
from synapse.services.sharing import rotate_key, set_visibility

pytestmark = pytest.mark.django_db
TOKENS = "/accounts/tokens/"


def make_token(client: Client) -> str:
    """Make a token on the page and return its key."""
    page = client.post(TOKENS, {"name": "a program", "days": "30"})
    assert page.status_code == 201
    found = re.search(r'value="(edr_[\w-]+)"', page.content.decode())
    assert found
    return found[1]


def bearer(key: str) -> Any:
    return Client().get("/api/v1/synapses", headers={"Authorization": f"Bearer {key}"})


def test_a_token_is_shown_once_and_kept_as_a_digest(client: Client, ada: User) -> None:
    client.force_login(ada)
    key = make_token(client)
    token = ApiToken.objects.get()
    assert key not in client.get(TOKENS).content.decode()
    assert key not in str(list(ApiToken.objects.values()))
    assert token.digest == tokens.digest(key)
    assert bearer(key).status_code == 200
    token.refresh_from_db()
    assert token.last_used is not None


def test_a_token_ends_is_revoked_and_falls_with_its_account(client: Client, ada: User) -> None:
    client.force_login(ada)
    key = make_token(client)
    ada.is_active = False
    ada.save()
    assert bearer(key).status_code == 401
    ada.is_active = True
    ada.save()
    ApiToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert bearer(key).status_code == 401
    key = make_token(client)
    newest = ApiToken.objects.first()
    assert newest is not None
    client.post(reverse("synapse:revoke_token", args=[newest.pk]))
    assert bearer(key).status_code == 401


def test_nobody_revokes_the_token_of_another(client: Client, ada: User) -> None:
    token, key = tokens.create_token(user=ada, name="hers", days=1)
    client.force_login(User.objects.create_user("bob"))
    client.post(reverse("synapse:revoke_token", args=[token.pk]))
    assert bearer(key).status_code == 200


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "", "days": "3"}, "name is missing"),
        ({"name": " ", "days": "3"}, "name is missing"),
        ({"name": "x", "days": "0"}, "days must be 1 to 366"),
        ({"name": "x", "days": "many"}, "days must be a whole number"),
    ],
)
def test_a_token_that_cannot_be_is_refused_in_words(
    client: Client, ada: User, words: Any, sent: dict[str, str], said: str
) -> None:
    client.force_login(ada)
    page = client.post(TOKENS, sent)
    assert page.status_code == 422
    assert said in words(page)
    assert not ApiToken.objects.exists()


def test_the_account_shows_what_belongs_to_it(
    client: Client, ada: User, own: Synapse, words: Any, django_assert_max_num_queries: Any
) -> None:
    for i in range(30):
        Run.objects.create(synapse=own, owner=ada, title=f"run {i}")
    client.force_login(ada)
    page = client.get("/accounts/")
    assert "s synapse" in words(page)
    assert "CA1 neuron" not in words(page)
    with django_assert_max_num_queries(12):
        runs = client.get("/accounts/?show=run")
    assert "Runs (30)" in words(runs)
    assert "Page 1 of 2" in words(runs)
    for show in ("protocol", "sweep", "no such"):
        assert client.get(f"/accounts/?show={show}").status_code == 200


def test_sharing_by_link_publishing_and_taking_back(
    client: Client, ada: User, own: Synapse, words: Any
) -> None:
    run = Run.objects.create(synapse=own, owner=ada)
    page, address = f"/accounts/sharing/synapse/{own.pk}/", f"/synapses/{own.pk}/"
    stranger = Client()
    client.force_login(ada)
    assert "there is no link" in words(client.get(page))
    client.post(page, {"visibility": "link", "runs": "1"})
    shown = client.get(page).content.decode()
    found = re.search(r'value="http://testserver([^"]+)"', shown)
    assert found
    link = found[1]
    assert stranger.get(link).status_code == 200
    assert stranger.get(address).status_code == 404
    run.refresh_from_db()
    assert run.visibility == Visibility.LINK
    client.post(page, {"action": "rotate"})
    assert stranger.get(link).status_code == 404
    client.post(page, {"visibility": "public"})
    assert stranger.get(address).status_code == 200
    client.post(page, {"visibility": "private"})
    assert stranger.get(address).status_code == 404
    assert client.post(page, {"visibility": "everybody"}).status_code == 422


def test_what_has_no_owner_stays_public(synapse: Synapse) -> None:
    with pytest.raises(ValueError, match="must be public"):
        set_visibility(row=synapse, visibility="private")
    before = synapse.share_key
    assert rotate_key(row=synapse) != before


def test_there_are_so_many_tokens_of_one_account(ada: User) -> None:
    for i in range(tokens.MOST_TOKENS):
        tokens.create_token(user=ada, name=str(i), days=1)
    with pytest.raises(ValueError, match="at most 20 tokens"):
        tokens.create_token(user=ada, name="more", days=1)


def test_every_page_says_that_it_is_a_demo(
    client: Client, synapse: Synapse, ada: User, settings: Any
) -> None:
    addresses = [
        "/", "/synapses/", f"/synapses/{synapse.pk}/", "/runs/", "/experiments/", "/protocols/",
        "/diagram/", "/accounts/login/", "/api/v1/docs/", "/admin/login/",
        "/no-such-page/", "/sweeps/", "/laboratory/", "/references/",
    ]  # fmt: skip
    for demo in (False, True):
        settings.DEMO = demo
        for address in addresses:
            said = b"This is a demo" in client.get(address).content
            assert said == demo, address
    client.force_login(ada)
    for address in ("/accounts/", TOKENS):
        assert b"This is a demo" in client.get(address).content, address


def test_the_reference_names_every_operation(client: Client) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    page = client.get("/api/v1/docs/").content.decode()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert f"<code>{method.upper()} {path}</code>" in page
            assert f'id="{operation["operationId"]}"' in page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_of_the_account_in_a_browser(
    browser: Any, live_server: Any, axe_violations: Any, csp_reports: Any
) -> None:
    from synapse.services.examples import load_examples

    load_examples()
    ada = User.objects.create_user("ada", password="secret")
    own = create_from_preset(preset="hippocampus", name="Ada's synapse", owner=ada)
    set_visibility(row=own, visibility="link")
    tokens.create_token(user=ada, name="a program", days=30)
    client = Client()
    client.force_login(ada)
    browser.get(f"{live_server.url}/accounts/login/")
    browser.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value})
    addresses = (
        "/accounts/", "/accounts/?show=run", TOKENS, f"/accounts/sharing/synapse/{own.pk}/",
        "/api/v1/docs/",
    )  # fmt: skip
    for width in (1280, 390):
        browser.set_window_size(width, 900)
        for address in addresses:
            browser.get(f"{live_server.url}{address}")
            assert axe_violations() == [], address
            assert csp_reports() == [], address
            browser.execute_script(
                "document.querySelectorAll('details').forEach(d => d.open = true)"
            )
            wide = "const d = document.documentElement; return d.scrollWidth > d.clientWidth;"
            assert not browser.execute_script(wide), (address, width)
    browser.set_window_size(1280, 900)
