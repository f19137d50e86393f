"""Conventions that a reader may rely on, because they are tested."""

import ast
import re

from synapse.plasticity.components import COMPONENTS

MAXIMUM_FILE = 300
MAXIMUM_FUNCTION = 30
# Folders of one person's machine. The pattern is written so that it does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.}/])/(?:root|work|Users|home/(?!newcomer)\w+)/\w")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)


def product(tracked):
    """Return the Python files that are neither tests nor migrations."""
    return [
        path
        for path in tracked
        if path.suffix == ".py" and "migrations" not in path.parts and path.parts[0] != "tests"
    ]


def body_length(function: ast.FunctionDef) -> int:
    """Return the number of lines of a function below its signature and docstring."""
    first = function.body[0]
    if ast.get_docstring(function) and len(function.body) > 1:
        first = function.body[1]
    return (function.end_lineno or 0) - first.lineno + 1


def test_files_are_short(repository, tracked):
    lengths = {p: len((repository / p).read_text("utf-8").splitlines()) for p in product(tracked)}
    assert {path: n for path, n in lengths.items() if n > MAXIMUM_FILE} == {}


def test_functions_are_short(repository, tracked):
    long = {}
    for path in product(tracked):
        for node in ast.walk(ast.parse((repository / path).read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and body_length(node) > MAXIMUM_FUNCTION:
                long[f"{path}:{node.name}"] = body_length(node)
    assert long == {}


def test_no_path_of_a_machine_is_committed(repository, tracked):
    found = []
    for path in tracked:
        if "vendor" in path.parts:
            continue
        text = (repository / path).read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path}: {match[0]}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


def test_no_key_and_no_database_is_committed(tracked):
    kept_out = re.compile(r"(^|/)\.env$|\.sqlite3|^var/|^\.venv/")
    assert [path for path in tracked if kept_out.search(path.as_posix())] == []


def test_ignored_files_are_ignored(repository):
    ignored = (repository / ".gitignore").read_text("utf-8").splitlines()
    assert {".env", ".venv/", "*.sqlite3", "/var/"} <= set(ignored)


def test_templates_have_nothing_inline(repository, tracked):
    templates = [path for path in tracked if path.suffix == ".html" and path.parts[0] != "tests"]
    assert templates
    found = {path: INLINE.findall((repository / path).read_text("utf-8")) for path in templates}
    assert {path: what for path, what in found.items() if what} == {}


def test_declared_references_exist(repository):
    text = (repository / "synapse" / "plasticity" / "references.bib").read_text("utf-8")
    keys = set(re.findall(r"^@\w+\{([^,\s]+),", text, re.MULTILINE))
    used = {q.reference for component in COMPONENTS for q in component if q.reference}
    assert used <= keys


def test_every_parameter_says_where_it_comes_from():
    for component in COMPONENTS:
        for quantity in component.parameters:
            assert quantity.source, f"{component.name}.{quantity.name}"


def test_synapse_package_is_empty(repository):
    """So that the science imports without Django."""
    assert (repository / "synapse" / "__init__.py").read_bytes() == b""
