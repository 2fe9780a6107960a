"""The table of rooms in docs/architecture.md says what is true of modules and imports."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROWS = {
    room: (does, may)
    for room, does, may in re.findall(
        r"^\| `appliance/(\w+)/` \| (.+) \| ([^|]+) \|$", PAGE, re.MULTILINE
    )
}
NAMES_ALL = ("engine", "service", "update", "face")  # rooms whose row names each of its modules


def imported(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports, at its top or anywhere else."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None and not node.level, f"{file} imports by dots"
            yield node.module
            if node.module == "appliance":
                yield from (f"appliance.{alias.name}" for alias in node.names)


def within(module: str, *rooms: str) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def files(room: str) -> list[Path]:
    return sorted((ROOT / "appliance" / room).rglob("*.py"))


@pytest.mark.parametrize("room", [room for room, (_, may) in ROWS.items() if "not " in may])
def test_a_room_imports_nothing_that_its_row_forbids(room: str) -> None:
    may = ROWS[room][1]
    shut = {f"appliance.{other}" for other in re.findall(r"not `(\w+)`", may)}
    shut |= {"onnxruntime"} if "not onnxruntime" in may else set()
    shut |= {"appliance.wire"} if "not the wire" in may else set()
    assert shut, "a row that forbids something says what"
    spared = tuple(re.findall(r"but for (?:each )?`(\w+)…?`", may))
    for file in files(room):
        if not (spared and file.stem.startswith(spared)):
            wrong = [module for module in imported(file) if within(module, *shut)]
            assert not wrong, f"{file.relative_to(ROOT)} imports {', '.join(wrong)}"


def test_the_table_is_read_as_it_is_meant() -> None:
    assert {"engine", "controls", "stage", "service", "update", "face"} <= ROWS.keys()
    assert any(
        within(name, "appliance.engine") for file in files("service") for name in imported(file)
    )


@pytest.mark.parametrize("room", NAMES_ALL)
def test_a_room_s_row_names_all_its_modules(room: str) -> None:
    named = set(re.findall(r"`(\w+)`", ROWS[room][0]))
    there = {file.stem for file in files(room)} - {"__init__"}
    assert {name for name in there if not name.startswith("check_")} - named == set()


def test_nothing_that_is_shipped_imports_what_makes_it() -> None:
    for file in files("."):
        assert not any(within(module, "deploy", "export", "tests") for module in imported(file))
