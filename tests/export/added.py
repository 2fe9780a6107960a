"""A folder in which `add-style` takes seconds: a tiny base, a recipe, a shipped model, texts."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from export import add_style
from export.__main__ import main
from export.listing import write_listing
from export.network import Network
from export.recurrence import _fused
from export.trainer import weights_of, write_atomically
from tests.export import tiny

RECIPE = """
[style]
characters = 999
most_passes = 0.5
rows = 8
length = 32
rate = 1e-2
cool_down = 1.0
bound = 1.5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder with a tiny base, a recipe, a shipped model, and texts of the woods."""
    _fused.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda _: None)  # nothing is compiled
    monkeypatch.setattr(add_style, "TRIED", 0.05)
    tiny.write(tmp_path, "sea", tiny.SEA, seed=1)
    write_listing(tmp_path / "models")
    write_atomically(tmp_path / "base.npz", weights_of(Network(tiny.SHAPE)))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "one.txt").write_text(tiny.text(tiny.WOODS, seed=2))
    yield tmp_path
    _fused.cache_clear()


def add(folder: Path, *more: str, slug: str = "my_woods") -> int:
    said = [slug, str(folder / "texts"), "--title", "My woods", "--form", "verse"]
    places = {
        "--models": "models",
        "--work": "work",
        "--base": "base.npz",
        "--recipe": "recipe.toml",
    }
    for option, name in places.items():
        said += [option, str(folder / name)]
    return main(["add-style", *said, *more])


def runs(folder: Path) -> list[Path]:
    return sorted((folder / "work" / "added" / "runs").iterdir())
