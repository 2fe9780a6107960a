"""The whole way, from a tiny corpus on a local server to a model file that types."""

import functools
import hashlib
import http.server
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.catalogue import read_catalogue
from appliance.engine.model import Model
from export.__main__ import main

HEAD = "*** START OF THE PROJECT GUTENBERG EBOOK FABLES ***\n"
FOOT = "*** END OF THE PROJECT GUTENBERG EBOOK FABLES ***\n"
RECIPE = """
[shape]
hidden = 24
layers = 1
embedding = 8
[base]
characters = 60_000
rows = 8
length = 32
rate = 1e-2
cool_down = 0.5
average = 0.98
check_every = 20_000
[style]
characters = 120_000
most_passes = 50
rows = 8
length = 32
rate = 5e-3
cool_down = 1.0
average = 0.98
check_every = 40_000
"""


def story(seed: int, animals: str) -> str:
    pick = random.Random(seed)
    lines = []
    for _ in range(500):
        a, b = pick.sample(animals.split(), 2)
        number = pick.randrange(10_000)
        lines.append(f"Once the {a} number {number} met the {b}, and they spoke of the weather.\n")
    return "\n".join(lines)


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Return a corpora file of two styles, and the address of a server that has their sources."""
    tables = []
    for seed, (slug, animals) in enumerate(
        {"woods": "fox owl deer wolf hare", "sea": "whale shark crab eel ray"}.items()
    ):
        folder = tmp_path / "mirror" / slug
        folder.mkdir(parents=True)
        data = (HEAD + story(seed, animals) + FOOT).encode()
        (folder / "1.txt").write_bytes(data)
        tables.append(f"""
[styles.{slug}]
title = "{slug.title()}"
colour = "#{seed + 1}0a0f0"
advisory = ""
form = "prose"
licence = "made up"
about = "fables of the {slug}"

[[styles.{slug}.sources]]
file = "{slug}/1.txt"
url = "https://example.org/{slug}.txt"
sha256 = "{hashlib.sha256(data).hexdigest()}"
bytes = {len(data)}
encoding = "ascii"
kind = "gutenberg"
keep = [{{ from = "Once the", until = "*** END OF" }}]
""")
    path = tmp_path / "corpora.toml"
    path.write_text("\n".join(tables))
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "mirror")
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield path, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_from_a_server_to_a_model_that_types(
    tmp_path: Path, corpus: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    corpora, address = corpus
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)
    work, models = tmp_path / "work", tmp_path / "models"
    to_work = ["--work", str(work)]
    to_corpora = ["--corpora", str(corpora), *to_work]

    assert main(["fetch", "--base-url", address, *to_corpora]) == 0
    assert main(["prepare", *to_corpora]) == 0
    text = (work / "text" / "woods.txt").read_text()
    assert "GUTENBERG" not in text
    assert text.count("Once the") > 100

    learn = ["--recipe", str(recipe), *to_work]
    assert main(["train", "base", *learn]) == 0
    assert main(["train", "style", "--only", "woods", *learn]) == 0
    assert main(["train", "styles", "--jobs", "1", *learn]) == 0
    log = (work / "runs" / "voices" / "woods" / "log.jsonl").read_text().splitlines()
    assert json.loads(log[-1])["characters"] >= 120_000

    first = work / "runs" / "voices" / "base"
    from_first = ["--name", "again", "--base", str(first / "best.npz")]
    assert main(["train", "base", *from_first, *learn]) == 0
    assert first_bits(work / "runs" / "again" / "base") < first_bits(first)

    assert main(["convert", "--models", str(models), *to_corpora]) == 0
    capsys.readouterr()
    assert main(["verify", "--models", str(models)]) == 0
    results = tmp_path / "results.json"
    evaluate = ["evaluate", "--models", str(models), "--parts", "bits", "--json", str(results)]
    assert main([*evaluate, *to_work]) == 0

    catalogue = read_catalogue(models)
    assert list(catalogue.styles) == ["sea", "woods"]
    assert catalogue.faults == ()
    bits = catalogue.styles["woods"].test_bits
    assert bits is not None
    assert bits < 3.0  # far below the 7 bits of a network that has learned nothing
    assert "woods" in results.read_text()
    # It has learned whose woods these are: the fox is more at home here than in the sea.
    at_home = {slug: at_the_animal(style.path) for slug, style in catalogue.styles.items()}
    assert at_home["woods"]["fodh"] > 2 * at_home["sea"]["fodh"]
    assert at_home["sea"]["scer"] > 2 * at_home["woods"]["scer"]


def first_bits(run: Path) -> float:
    """Return what a run's first measurement on the validation text was."""
    bits: float = json.loads((run / "log.jsonl").read_text().splitlines()[0])["validation_bits"]
    return bits


def at_the_animal(path: Path) -> dict[str, float]:
    """Return how likely a model holds the first letters of wood and of sea animals."""
    model = Model(path)
    start = np.frombuffer(b"\nOnce the ", dtype=np.uint8).astype(np.int64)[None]
    expects, _ = model.read(start, model.zero())
    return {
        letters: float(expects[0, [ord(c) for c in letters]].sum()) for letters in ("fodh", "scer")
    }
