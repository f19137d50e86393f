"""The documents do not lie: what they name exists."""

import re

import pytest
from django.apps import apps
from django.core.management import get_commands

from synapse.plasticity.drugs import DRUGS
from synapse.plasticity.group import BATH
from synapse.plasticity.protocols import PROTOCOLS
from synapse.plasticity.stimulus import KINDS
from synapse.services.protocol_files import read_protocol_file

LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
TARGET = re.compile(r"(?:`|^\s*)make ([a-z][a-z-]*)", re.MULTILINE)
COMMAND = re.compile(r"(?:manage\.py|manage\.ps1) ([a-z][a-z_]+)")
SETTING = re.compile(r'env\.\w+\(\s*"(\w+)"')
MODULES = {"prometheus-client": "prometheus_client"}
"""What a package is imported as, where it is not its name."""
SCRIPT = re.compile(r"```sh\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def documents(repository):
    """The text of each document by its path."""
    paths = [*repository.glob("*.md"), *repository.glob("docs/**/*.md")]
    return {path: path.read_text(encoding="utf-8") for path in paths}


def test_links_lead_somewhere(documents):
    broken = [
        f"{path.name}: {link}"
        for path, text in documents.items()
        for link in LINK.findall(text)
        if not (path.parent / link).exists()
    ]
    assert broken == []


def test_files_named_in_the_documents_exist(documents, repository):
    """Paths in backticks that begin with a folder of the repository."""
    folders = [path.name for path in repository.iterdir() if path.is_dir() and path.name[0] != "."]
    named = re.compile(rf"`((?:{'|'.join(folders)})/[\w./-]*)`")
    made = ("var/", "staticfiles/")
    missing = [
        f"{path.name}: {name}"
        for path, text in documents.items()
        for name in named.findall(text)
        if not name.startswith(made) and not (repository / name).exists()
    ]
    assert missing == []


def test_make_targets_exist(documents, repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {target for text in documents.values() for target in TARGET.findall(text)}
    assert {"demo", "test", "serve"} <= named <= targets


def test_commands_exist(documents):
    named = {name for text in documents.values() for name in COMMAND.findall(text)}
    assert "run_sim" in named
    assert named <= set(get_commands()) | {"graph_models"}


def test_model_graph_shows_every_table(repository):
    graph = (repository / "docs" / "models.svg").read_text(encoding="utf-8")
    for model in apps.get_app_config("synapse").get_models():
        assert re.search(rf"\b{model.__name__}\b", graph), "run `make model-graph`"


def test_every_setting_is_described(documents, repository):
    package = repository / "event_driven_retraining"
    read = set(SETTING.findall((package / "settings.py").read_text(encoding="utf-8")))
    text = documents[repository / "docs" / "settings.md"]
    assert read | {"SECRET_KEY", "SHARED_DATA", "REQUIRE_BROWSER"} <= set(
        re.findall(r"`([A-Z][A-Z_]+)", text)
    )


def test_every_package_has_its_reason(documents, repository):
    """Packages above the line `Brought in by` are chosen, and the decision names each."""
    reasons = documents[repository / "docs" / "decisions" / "0001-dependencies.md"].lower()
    for name in ("requirements.txt", "requirements-dev.txt"):
        chosen = (repository / name).read_text(encoding="utf-8").split("# Brought in")[0]
        for package in re.findall(r"^([\w.-]+)(?:\[\w+\])?==", chosen, re.MULTILINE):
            assert package.lower() in reasons, package


def test_every_package_of_the_product_is_used(repository):
    files = [
        path
        for app in ("synapse", "learner", "event_driven_retraining")
        for path in (repository / app).rglob("*.py")
    ]
    product = "\n".join(path.read_text(encoding="utf-8") for path in files)
    chosen = (repository / "requirements.txt").read_text("utf-8").split("# Brought in")[0]
    for package in re.findall(r"^([\w.-]+)==", chosen, re.MULTILINE):
        module = MODULES.get(package, package.lower().removeprefix("django-"))
        assert re.search(rf"(import |from |\"){module}\b", product), package


def test_every_requirement_is_pinned(repository):
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (repository / name).read_text(encoding="utf-8").splitlines():
            text = line.split(";")[0].strip()
            assert not text or text.startswith(("#", "-r ")) or "==" in text, line


def test_run_sim_document_names_what_there_is(documents, repository):
    named = set(re.findall(r"`([\w-]+)`", documents[repository / "docs" / "run-sim.md"]))
    assert {*PROTOCOLS, *DRUGS, *BATH, *KINDS} <= named


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_protocol_files_of_the_documents_can_be_read(documents, repository, tmp_path, kind):
    text = documents[repository / "docs" / "run-sim.md"]
    file = tmp_path / f"protocol.{kind}"
    file.write_text(re.search(rf"```{kind}\n(.*?)```", text, re.DOTALL)[1], encoding="utf-8")
    assert len(read_protocol_file(str(file)).events) >= 5


def test_readme_commands_run(documents, repository, manage, tmp_path):
    """Each run_sim line of the README, on a fresh database."""
    assert manage("prepare", "--no-admin").returncode == 0
    lines = "\n".join(SCRIPT.findall(documents[repository / "README.md"])).splitlines()
    runs = [line.split("manage.py ")[1].split() for line in lines if "manage.py run_sim" in line]
    assert len(runs) >= 3
    for arguments in runs:
        arguments = [a if a != "trace.csv" else str(tmp_path / a) for a in arguments]
        done = manage(*arguments)
        assert done.returncode == 0, done.stderr
        assert "weight" in done.stdout
