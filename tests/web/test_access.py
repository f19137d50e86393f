"""Every address of the site and every operation of the API, asked for by everyone."""

import json
from collections.abc import Iterator
from contextlib import suppress
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from learner.models import Connection, Learner, StreamJob
from learner.services.learners import create_learner
from learner.services.sessions import Session
from synapse.api.application import api
from synapse.models import Neuron, Run, SavedProtocol, Sweep, Synapse, Visibility
from synapse.plasticity.bounds import SECOND
from synapse.plasticity.protocols.pairing import single_pairing
from synapse.services import sweeps
from synapse.services.preset_files import load_presets
from synapse.services.presets import create_from_preset
from synapse.services.runs import Plan, execute
from synapse.services.tokens import create_token
from tests.undoing import undone
from tests.web.access_rules import OPEN, OPERATIONS, PAGES, Rule

pytestmark = pytest.mark.django_db
NAME = "Zwischenhirn"
"""In the name of everything private, to be looked for where it must not be."""
STRANGERS = ("anonymous", "other", "staff")
MASTERS = ("owner", "superuser")
OK = (200, 501)
"""501: Parquet, where its package is not installed."""
LOGIN = "/accounts/login/"


def site_names() -> list[tuple[str, str]]:
    """Return the name and pattern of every address outside the admin."""
    return sorted(set(_walk(get_resolver(), "")))


def _walk(resolver: URLResolver, space: str) -> Iterator[tuple[str, str]]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            if part.namespace != "admin":
                yield from _walk(part, f"{space}{part.namespace}:" if part.namespace else space)
        else:
            yield f"{space}{part.name}", ",".join(part.pattern.converters)


PARAMETERS = dict(site_names())
SITE = [name for name in PARAMETERS if not name.startswith("api_v1:") or name in PAGES]


def operations() -> dict[str, tuple[str, str]]:
    """Return method and path of every operation of the API."""
    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    return {o["operationId"]: (m, path) for path, ms in paths.items() for m, o in ms.items()}


ASKED = operations()


def test_every_address_has_a_rule() -> None:
    assert set(SITE) - set(PAGES) == set(), "add a rule to tests/web/access_rules.py"


def test_every_operation_has_a_rule() -> None:
    assert set(ASKED) - set(OPERATIONS) == set(), "add a rule to tests/web/access_rules.py"
    entries = {"api_v1:openapi-json", "api_v1:api-root"}
    found = {name for name in PARAMETERS if name.startswith("api_v1:")} - entries
    assert len(found) == len(ASKED)


# --- the rows and the people -------------------------------------------------------------


def taught_learner(owner: User) -> Learner:
    """Return a learner with a few events and commits."""
    learner = create_learner(name=f"{NAME} l", owner=owner)
    with Session(learner) as session:
        for amount, label in ((0.0, "a"), (1.0, "b"), (2.0, "a")):
            session.model.learn_one({"x": amount}, label)
        with session.saving():
            pass
    return learner


class World:
    """What the owner has, and clients for everyone."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        load_presets()
        make = User.objects
        self.users = {
            "owner": make.create_user("owner"),
            "other": make.create_user("other"),
            "staff": make.create_user("staff", is_staff=True),
            "superuser": make.create_superuser("superuser"),
        }
        owner = self.users["owner"]
        synapse = create_from_preset(preset="hippocampus", name=f"{NAME} s", owner=owner)
        run = execute(
            synapse=synapse, protocol=single_pairing(), duration_ms=SECOND, owner=owner,
            title=f"{NAME} r",
        )  # fmt: skip
        again = execute(
            synapse=synapse, protocol=single_pairing(), duration_ms=SECOND, owner=owner,
            title=f"{NAME} again",
        )  # fmt: skip
        self.query = f"run={run.pk}&run={again.pk}"
        items = [{"kind": "pairing", "start": 10.0, "lag": 10.0, "count": 1}]
        saved = SavedProtocol.objects.create(owner=owner, name=f"{NAME} p", items=items)
        axis = sweeps.Axis(name="calcium_decay_time", start=15.0, stop=25.0, count=2)
        plan = sweeps.SweepPlan(
            synapse=synapse, axes=[axis], plan=Plan(protocol=single_pairing(), duration=SECOND)
        )
        sweep = sweeps.enqueue(plan=plan, owner=owner, title=f"{NAME} w")
        learner = taught_learner(owner)
        job = StreamJob.objects.create(learner=learner, path="x.csv", size=1, title=f"{NAME} j")
        connection = Connection.objects.create(
            learner=learner, pathway=0, source='"bias"', label='{"str": "a"}'
        )
        self.rows: dict[str, Any] = {
            "synapse_id": synapse, "run_id": run, "protocol_id": saved, "sweep_id": sweep,
            "row_id": synapse, "learner_id": learner, "job_id": job, "connection_id": connection,
        }  # fmt: skip

    def row(self, parameters: str) -> Any:
        """Return the row that the parameters of an address name."""
        return next((row for name, row in self.rows.items() if name in parameters), None)

    def client(self, who: str, **options: Any) -> Client:
        """Return a client of somebody; the same one each time, unless it has options."""
        if not options and who in self.clients:
            return self.clients[who]
        client = Client(raise_request_exception=False, **options)
        if who != "anonymous":
            client.force_login(self.users[who])
        return client if options else self.clients.setdefault(who, client)

    def snapshot(self) -> list[Any]:
        """Return all that the owner has, to see whether it changes."""
        owner = self.users["owner"]
        heavy = {"trace", "result", "start_state", "parameters"}
        return [
            list(
                model.objects.filter(owner=owner)
                .order_by("pk")
                .values(*(f.name for f in model._meta.concrete_fields if f.name not in heavy))
            )
            for model in (Synapse, Run, SavedProtocol, Sweep, Learner)
        ] + list(Neuron.objects.values_list("pk", "state_version", "simulated_time"))

    def show(self, visibility: str) -> None:
        """Change who may see all rows."""
        for model in (Synapse, Run, SavedProtocol, Sweep, Learner):
            model.objects.update(visibility=visibility)


@pytest.fixture
def world(settings: Any) -> World:
    cache.clear()
    return World()


def ask(client: Client, rule: Rule, name: str, *, post: bool, world: World, key: str = "") -> Any:
    """Open an address, and undo what that did; ``changed`` says whether the owner lost by it."""
    given = {k: row.pk for k, row in world.rows.items() if k in PARAMETERS[name]}
    asked = ([f"key={key}"] if key else []) + ([world.query] if rule.query else [])
    address = reverse(name, kwargs=given | rule.arguments) + (
        "?" + "&".join(asked) if asked else ""
    )
    before = world.snapshot() if post else None
    cookies = client.cookies.copy()
    with undone():
        answer: Any = client.post(address, rule.data) if post else client.get(address)
        answer.changed = post and world.snapshot() != before
        if hasattr(answer, "streaming_content"):
            b"".join(answer.streaming_content)
    client.cookies = SimpleCookie(cookies)
    assert answer.status_code in OK or answer.status_code < 500, (name, answer.status_code)
    return answer


def is_refused(answer: HttpResponse) -> bool:
    """Say whether somebody was sent away."""
    login = answer.status_code == 302 and answer["Location"].startswith(LOGIN)
    return login or answer.status_code in (403, 404)


def methods(rule: Rule) -> list[bool]:
    """Return whether to post, for each method that a rule takes."""
    return [post for post, taken in ((False, rule.gets), (True, rule.posts)) if taken]


def names_of(*kinds: str) -> list[str]:
    return [name for name in SITE if name in PAGES and PAGES[name].kind in kinds]


# --- pages -------------------------------------------------------------------------------


@pytest.mark.parametrize("demo", [False, True])
def test_what_is_private_does_not_exist_for_others(world: World, settings: Any, demo: bool) -> None:
    settings.DEMO = demo
    for name in names_of("row"):
        rule = PAGES[name]
        for who in STRANGERS:
            for post in methods(rule):
                answer = ask(world.client(who), rule, name, post=post, world=world)
                assert answer.status_code == 404, (name, who, post)
                assert NAME.encode() not in answer.content, (name, who)


def test_the_owner_and_a_superuser_are_let_in(world: World) -> None:
    for name in names_of("row", "owner"):
        rule = PAGES[name]
        for who in MASTERS:
            for post in methods(rule):
                answer = ask(world.client(who), rule, name, post=post, world=world)
                assert not is_refused(answer), (name, who, post, answer.status_code)
                assert post or answer.status_code in OK, (name, who)


def test_a_link_opens_what_it_is_for_and_changes_nothing(world: World) -> None:
    world.show(Visibility.LINK)
    for name in names_of("row"):
        rule, row = PAGES[name], world.row(PARAMETERS[name])
        for who in STRANGERS:
            for key in ("", "wrong", world.users["owner"].username):
                if rule.gets:
                    answer = ask(world.client(who), rule, name, post=False, world=world, key=key)
                    assert answer.status_code == 404, (name, who, key)
            if rule.gets:
                client = world.client(who)
                answer = ask(client, rule, name, post=False, world=world, key=row.share_key)
                assert answer.status_code in OK, (name, who)
            if rule.posts:
                client = world.client(who)
                answer = ask(client, rule, name, post=True, world=world, key=row.share_key)
                assert is_refused(answer) or rule.copies, (name, who, answer.status_code)
                assert not answer.changed, (name, who)


def test_what_is_public_is_seen_by_all_and_changed_by_none(world: World) -> None:
    world.show(Visibility.PUBLIC)
    for name in names_of("row"):
        rule = PAGES[name]
        for who in STRANGERS:
            for post in methods(rule):
                answer = ask(world.client(who), rule, name, post=post, world=world)
                assert is_refused(answer) == post or rule.copies, (name, who, post)
                assert not answer.changed, (name, who)


@pytest.mark.parametrize("who", [*STRANGERS, "owner"])
def test_open_pages_name_nothing_private(world: World, who: str) -> None:
    for name in names_of("open"):
        if not PAGES[name].gets:
            continue
        answer = ask(world.client(who), PAGES[name], name, post=False, world=world)
        assert answer.status_code == 200, name
        if who != "owner":
            assert NAME.encode() not in answer.content, name


def test_what_shows_two_rows_needs_both(world: World) -> None:
    names = names_of("rows")
    for name in names:
        for who in (*STRANGERS, *MASTERS):
            answer = ask(world.client(who), PAGES[name], name, post=False, world=world)
            assert answer.status_code == (200 if who in MASTERS else 404), (name, who)
    world.show(Visibility.LINK)
    key = world.rows["run_id"].share_key
    for name in names:
        answer = ask(world.client("other"), PAGES[name], name, post=False, world=world, key=key)
        assert answer.status_code == 404, name
    world.show(Visibility.PUBLIC)
    for name in names:
        answer = ask(world.client("anonymous"), PAGES[name], name, post=False, world=world)
        assert answer.status_code == 200, name


def test_pages_of_members_send_others_to_the_login(world: World) -> None:
    for name in names_of("member", "owner"):
        rule = PAGES[name]
        for post in methods(rule):
            answer = ask(world.client("anonymous"), rule, name, post=post, world=world)
            assert is_refused(answer) or name == "logout", name
            other = ask(world.client("other"), rule, name, post=post, world=world)
            assert is_refused(other) == (rule.kind == "owner"), name
            assert NAME.encode() not in other.content, name


def test_a_session_opens_nothing_that_wants_a_token(world: World) -> None:
    for name in names_of("token"):
        rule = PAGES[name]
        for who in (*STRANGERS, *MASTERS):
            for post in methods(rule):
                answer = ask(world.client(who), rule, name, post=post, world=world)
                assert answer.status_code in (401, 403), (name, who, answer.status_code)
                assert not answer.changed, (name, who)
                assert NAME.encode() not in answer.content, (name, who)


def test_what_is_for_the_staff_is_for_nobody_else(world: World) -> None:
    for name in names_of("staff"):
        for who in (*STRANGERS, *MASTERS):
            answer = ask(world.client(who), PAGES[name], name, post=False, world=world)
            wanted = {"anonymous": 401, "staff": 200, "superuser": 200}.get(who, 403)
            assert answer.status_code == wanted, (name, who)
            assert NAME.encode() not in answer.content, (name, who)


def test_no_change_without_a_csrf_token(world: World) -> None:
    for name in SITE:
        rule = PAGES.get(name, OPEN)
        if rule.kind != "token" and (rule.posts or rule.kind == "open"):
            client = world.client("owner", enforce_csrf_checks=True)
            answer = ask(client, rule, name, post=True, world=world)
            assert answer.status_code in ((403,) if rule.posts else (403, 405)), name


def test_the_admin_is_for_those_who_were_given_it(world: World) -> None:
    addresses = admin_addresses()
    assert len(addresses) > 20
    for address in addresses:
        for who in ("anonymous", "other", "owner"):
            answer = world.client(who).get(address)
            assert answer.status_code == 302, (address, who)
            assert answer["Location"].startswith("/admin/login/"), (address, who)
        staff = world.client("staff").get(address)
        assert staff.status_code == 403 or NAME.encode() not in staff.content, address


def admin_addresses() -> list[str]:
    """Return every address of the admin that needs no argument."""
    found = next(p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "admin")
    addresses = []
    for name, _ in _walk(found, "admin:"):
        if name not in ("admin:login", "admin:logout", "admin:None"):
            with suppress(NoReverseMatch):
                addresses.append(reverse(name))
    return sorted(set(addresses))


# --- the API -----------------------------------------------------------------------------


def call(
    client: Client, name: str, *, world: World, key: str = "", body: dict[str, Any] | None = None
) -> Any:
    """Ask for an operation, and undo what that did."""
    method, path = ASKED[name]
    rule = OPERATIONS[name]
    given = {k: row.pk for k, row in world.rows.items()}
    asked = "&".join(one for one in (f"key={key}" if key else "", rule.asked) if one)
    address = path.format(**given | rule.arguments) + (f"?{asked}" if asked else "")
    data = dict(rule.data if body is None else body)
    if name == "create_run":
        data["synapse"] = given["synapse_id"]
    with undone():
        answer = getattr(client, method)(
            address,
            **({} if method == "get" else {"data": json.dumps(data)}),
            **({} if method == "get" else {"content_type": "application/json"}),
        )
        answer.said = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code < 500, (name, answer.status_code)
    return answer


def with_version(world: World, name: str) -> dict[str, Any] | None:
    """Return what an operation that wants the version sends."""
    if name not in ("change_values", "reset_values"):
        return None
    version = call(world.client("superuser"), "read_values", world=world).json()["version"]
    return OPERATIONS[name].data | {"version": version}


def operations_of(kind: str, *, posts: bool) -> list[str]:
    return [n for n in ASKED if n in OPERATIONS
            and OPERATIONS[n].kind == kind and OPERATIONS[n].posts == posts]  # fmt: skip


@pytest.mark.parametrize("demo", [False, True])
def test_operations_hide_what_is_private(world: World, settings: Any, demo: bool) -> None:
    settings.DEMO = demo
    for name in (*operations_of("row", posts=False), *operations_of("row", posts=True)):
        for who in STRANGERS:
            body = with_version(world, name)
            answer = call(world.client(who), name, world=world, body=body)
            nobody = who == "anonymous" and OPERATIONS[name].posts and not demo
            assert answer.status_code == (401 if nobody else 404), (name, who)
            assert NAME.encode() not in answer.content, (name, who)


def test_operations_serve_the_owner_and_a_superuser(world: World) -> None:
    for name in (*operations_of("row", posts=False), *operations_of("row", posts=True)):
        for who in MASTERS:
            body = with_version(world, name)
            answer = call(world.client(who), name, world=world, body=body)
            assert answer.status_code < 300, (name, who, answer.content)


def test_a_key_opens_operations_that_read_and_none_that_change(world: World) -> None:
    world.show(Visibility.LINK)
    for name in operations_of("row", posts=False):
        row = world.row(ASKED[name][1])
        for who in STRANGERS:
            client = world.client(who)
            assert call(client, name, world=world).status_code == 404, (name, who)
            assert call(client, name, world=world, key="wrong").status_code == 404, (name, who)
            opened = call(client, name, world=world, key=row.share_key)
            assert opened.status_code == 200, (name, who)
            assert row.share_key.encode() not in opened.said, name
    for name in operations_of("row", posts=True):
        row = world.row(ASKED[name][1]) or world.rows["synapse_id"]
        body = with_version(world, name)
        answer = call(world.client("other"), name, world=world, key=row.share_key, body=body)
        assert answer.status_code in ((200,) if OPERATIONS[name].copies else (403, 404)), name


def test_operations_on_what_is_public(world: World) -> None:
    world.show(Visibility.PUBLIC)
    for name in operations_of("row", posts=False):
        assert call(world.client("anonymous"), name, world=world).status_code == 200, name
    for name in operations_of("row", posts=True):
        body = with_version(world, name)
        refused = 200 if OPERATIONS[name].copies else 403
        for who, status in (("anonymous", 401), ("other", refused), ("staff", refused)):
            answer = call(world.client(who), name, world=world, body=body)
            assert answer.status_code == status, (name, who)


def test_open_operations_name_nothing_private(world: World) -> None:
    for name in operations_of("open", posts=False):
        for who in STRANGERS:
            answer = call(world.client(who), name, world=world)
            assert answer.status_code == 200, name
            assert NAME.encode() not in answer.content, name


def test_operations_of_members(world: World) -> None:
    for name in operations_of("member", posts=False):
        assert call(world.client("anonymous"), name, world=world).status_code == 401, name
        assert call(world.client("other"), name, world=world).status_code in (201, 422), name


def test_no_operation_changes_anything_without_a_csrf_token(world: World) -> None:
    key = create_token(user=world.users["owner"], name="test", days=1)[1]
    program = Client(
        raise_request_exception=False, enforce_csrf_checks=True,
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip
    for name, (method, _) in ASKED.items():
        if method == "get":
            continue
        browser = world.client("owner", enforce_csrf_checks=True)
        body = with_version(world, name)
        assert call(browser, name, world=world, body=body).status_code == 403, name
        assert call(program, name, world=world, body=body).status_code in (200, 201, 202, 204, 422)
