import argparse
import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from export import corpora, prepare
from export.corpora import CorpusError, Source, Span, Style

BOOK = "Licence\nSTART\n\nA fable of a fox.\n\nA fable of a stork.\nEND\n"


def style(**changes: object) -> Style:
    book = Source(
        file="fable/1.txt", url="https://example.org/1.txt", sha256="0" * 64, size=len(BOOK),
        encoding="ascii", kind="gutenberg", form="prose", members={},
        keep=(Span("START", "END"),), cut=(), drop_paragraphs=(), drop_lines=("START",),
        drop_text=(),
    )  # fmt: skip
    made = Style(
        slug="fable", title="Fables", colour="#aabbcc", advisory="", form="prose",
        licence="public domain", about="Some fables.", leave_out=(), apart=(), sources=(book,),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]  # any of its fields


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "work/raw"
    (folder / "fable").mkdir(parents=True)
    (folder / "fable/1.txt").write_text(BOOK, encoding="ascii")
    return folder


@pytest.fixture(autouse=True)
def one_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora, "load", lambda _: {"fable": style()})


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    return parser.parse_args(words)


def test_a_text_and_its_facts_are_written(raw: Path, tmp_path: Path) -> None:
    done = prepare.prepare(style(), raw, tmp_path / "text")
    data = (tmp_path / "text/fable.txt").read_bytes()
    assert data == b"A fable of a fox.\n\nA fable of a stork.\n"
    facts = json.loads((tmp_path / "text/fable.json").read_text())
    assert facts == dataclasses.asdict(done) == {
        "slug": "fable",
        "sha256": hashlib.sha256(data).hexdigest(),
        "characters": len(data),
        "repeated": 0,
    }  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "text").iterdir()) == [
        "fable.json",
        "fable.txt",
    ]


def test_repeated_passages_are_counted(raw: Path, tmp_path: Path) -> None:
    long = " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(60))
    text = BOOK.replace("A fable of a fox.", f"{long}\n\n{long}")
    (raw / "fable/1.txt").write_text(text, encoding="ascii")
    assert prepare.prepare(style(), raw, tmp_path / "text").repeated == len(long) + 2


def test_the_step_takes_raw_files_from_the_work_folder(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare.run(given("--work", str(tmp_path / "work"))) == 0
    assert (tmp_path / "work/text/fable.txt").is_file()
    out = capsys.readouterr().out
    assert out.split()[0] == "fable" and "39 characters" in out and out.count("\n") == 1


def test_the_step_takes_raw_files_from_a_mirror(raw: Path, tmp_path: Path) -> None:
    assert prepare.run(given("--mirror", str(raw), "--work", str(tmp_path / "other"))) == 0
    assert (tmp_path / "other/text/fable.txt").is_file()


def test_without_a_folder_the_cache_is_used(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert prepare.run(given("--mirror", str(raw))) == 0
    assert (tmp_path / "cache/static-unsigned-love/text/fable.txt").is_file()


def test_preparing_twice_gives_the_same(raw: Path, tmp_path: Path) -> None:
    first = prepare.prepare(style(), raw, tmp_path / "a")
    assert prepare.prepare(style(), raw, tmp_path / "b") == first


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (BOOK.replace("END", "FIN"), "END"),
        (BOOK.replace("START", "BEGIN"), "START"),
        ("", "START"),
    ],
)
def test_a_file_that_is_not_as_described_gives_no_text(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], book: str, said: str
) -> None:
    (raw / "fable/1.txt").write_text(book, encoding="ascii")
    assert prepare.run(given("--work", str(tmp_path / "work"))) == 1
    assert not (tmp_path / "work/text/fable.txt").exists()
    err = capsys.readouterr().err
    assert "fable/1.txt" in err and said in err


def test_a_failure_leaves_the_old_text(raw: Path, tmp_path: Path) -> None:
    prepare.prepare(style(), raw, tmp_path / "text")
    with pytest.raises(CorpusError):
        prepare.prepare(style(leave_out=("unicorn",)), raw, tmp_path / "text")
    assert (tmp_path / "text/fable.txt").read_text().startswith("A fable of a fox.")


def test_what_is_forbidden_is_not_in_the_text(raw: Path, tmp_path: Path) -> None:
    prepare.prepare(style(apart=(("fable", "fox"),)), raw, tmp_path / "text")
    assert (tmp_path / "text/fable.txt").read_text() == "A fable of a stork.\n"


def test_an_unknown_style_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert prepare.run(given("--work", str(tmp_path), "--only", "fabel")) == 1
    assert "fabel" in capsys.readouterr().err
