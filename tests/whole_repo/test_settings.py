"""The site is safe as it comes, and for production it says what it needs."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured

from event_driven_retraining.checks import check_demo
from event_driven_retraining.demo import is_loopback
from event_driven_retraining.secret import load_secret_key

PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "k7Zc2sVq8Xw4Lr1Np6Tb9Yf3Hm5Jd0Ga-Ue_QoIiRtPzBvCxSnEkWyAl",
    "ALLOWED_HOSTS": "example.org",
    "CSRF_TRUSTED_ORIGINS": "https://example.org",
}


def test_deployment_checks_are_clean(manage):
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues (0 silenced)" in done.stdout


def test_collected_static_files_have_hashed_names(manage, tmp_path):
    done = manage("collectstatic", "--noinput", STATIC_ROOT=str(tmp_path / "out"), **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "staticfiles.json").is_file()


def test_production_answers_by_https_with_hashed_static_files(manage, tmp_path):
    environment = PRODUCTION | {"STATIC_ROOT": str(tmp_path / "out")}
    assert manage("collectstatic", "--noinput", **environment).returncode == 0
    assert manage("prepare", "--no-admin", **environment).returncode == 0
    code = """
from django.test import Client
client = Client(headers={"host": "example.org"})
plain = client.get("/")
print(plain.status_code, plain.url)
page = client.get("/accounts/login/", secure=True)
print(page.status_code, page["Strict-Transport-Security"], page.cookies["csrftoken"]["secure"])
for word in page.content.decode().split('"'):
    if word.startswith("/static/"):
        print(word, client.get(word, secure=True).status_code)
"""
    done = manage("shell", "-v", "0", "-c", code, **environment)
    assert done.returncode == 0, done.stderr
    first, second, *files = done.stdout.splitlines()
    assert first == "301 https://example.org/"
    assert second == "200 max-age=31536000; includeSubDomains; preload True"
    assert files
    for line in files:
        assert re.fullmatch(r"/static/[\w/-]+\.[0-9a-f]{12}\.\w+ 200", line), line


def test_key_is_made_once_and_only_for_its_owner(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / ".env"
    path.write_text("LOG_LEVEL=INFO\n", encoding="utf-8")
    key = load_secret_key(path, generate=True)
    assert len(key) >= 50
    assert load_secret_key(path, generate=True) == key
    assert path.read_text(encoding="utf-8").splitlines() == ["LOG_LEVEL=INFO", f"SECRET_KEY={key}"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_processes_that_start_together_agree_on_the_key(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_secret_key(tmp_path / ".env", generate=True), range(32)))
    assert len(keys) == 1


def test_key_of_the_environment_is_used_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "from-outside")
    assert load_secret_key(tmp_path / ".env", generate=True) == "from-outside"
    assert list(tmp_path.iterdir()) == []


def test_missing_key_is_refused_when_none_may_be_made(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="Set SECRET_KEY in the environment"):
        load_secret_key(tmp_path / ".env", generate=False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"])
def test_loopback_hosts(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["*", "", ".localhost", "0.0.0.0", "10.0.0.1", "127.0.0.1.nip.io"])
def test_other_hosts(host):
    assert not is_loopback(host)


def test_demo_is_refused_with_a_host_that_is_not_loopback(settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "example.org"]
    settings.DEMO = True
    assert [error.id for error in check_demo(None)] == ["project.E001"]
    settings.DEMO = False
    assert check_demo(None) == []


def test_demo_stops_every_command_that_checks(manage):
    done = manage("check", DEMO="1", ALLOWED_HOSTS="*")
    assert done.returncode == 1
    assert "DEMO is on, but ALLOWED_HOSTS lets in '*'" in done.stderr
    assert manage("check", DEMO="1").returncode == 0


def test_demo_and_production_exclude_each_other(settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.DEMO = settings.PRODUCTION = True
    assert [error.id for error in check_demo(None)] == ["project.E002"]


def test_demo_is_off_by_default(manage):
    done = manage("shell", "-v", "0", "-c", "from django.conf import settings as s; print(s.DEMO)")
    assert done.stdout.strip() == "False"
