"""manage.ps1 is parsed here, not run: PowerShell is not on every machine."""

import pytest


def faults(node):
    """Yield every part of a syntax tree that could not be read."""
    if node.is_error or node.is_missing:
        yield f"line {node.start_point[0] + 1}: {node.text!r}"
    for child in node.children:
        yield from faults(child)


def test_manage_ps1_has_no_syntax_error(repository):
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_pwsh")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    assert list(faults(parser.parse((repository / "manage.ps1").read_bytes()).root_node)) == []


def test_manage_ps1_passes_arguments_and_exit_code_on(repository):
    lines = (repository / "manage.ps1").read_text(encoding="utf-8").rstrip().splitlines()
    assert lines[-2:] == ["& $Python $Manage @args", "exit $LASTEXITCODE"]
