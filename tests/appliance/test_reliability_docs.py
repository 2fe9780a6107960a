"""docs/reliability.md names tests and commands: they are there."""

import ast
import re

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
TESTS = ROOT / "tests" / "appliance"


def named() -> list[tuple[str, str]]:
    """Return every file and test of the page; `::test` alone is of the file before it."""
    found, file = [], ""
    for before, test in re.findall(r"`(test_\w+\.py)?(?:::(test_\w+))?`", PAGE):
        file = before or file
        if test:
            found.append((file, test))
    return found


def test_every_fault_names_its_test() -> None:
    faults = PAGE.partition("## Faults")[2].partition("##")[0]
    rows = [line for line in faults.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 15
    assert [row for row in rows if "::test_" not in row] == []


@pytest.mark.parametrize(("file", "test"), sorted(set(named())))
def test_what_is_named_is_there(file: str, test: str) -> None:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_command_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z-]+)", PAGE))
    assert targets >= {"soak", "killtest"}
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
    modules = set(re.findall(r"python -m ([\w.]+)", PAGE))
    assert modules
    assert [m for m in modules if not (ROOT / f"{m.replace('.', '/')}.py").exists()] == []
