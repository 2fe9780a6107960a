import argparse
import dataclasses
import functools
import hashlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from export import corpora, fetch
from export.corpora import CorpusError, Source, Style
from tests.conftest import PATIENCE

BOOK = b"A fable of a fox.\r\n"
MEMBERS = {"b/two.c": b"int two;\n", "a.c": b"int one;\n"}


class Server:
    """Serves a folder on the loopback, and can be told to misbehave."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.cut_short = False
        handler = functools.partial(_Handler, self, directory=str(folder))
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, server: Server, *args: object, directory: str) -> None:
        self.owner = server
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]  # passed on

    def do_GET(self) -> None:
        self.owner.asked.append(self.path)
        if self.owner.cut_short:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
        else:
            super().do_GET()

    def log_message(self, *args: object) -> None:
        pass


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def source(file: str, data: bytes, url: str, members: dict[str, str] | None = None) -> Source:
    return Source(
        file=file, url=url, sha256=digest(data), size=len(data), encoding="utf-8",
        kind="gutenberg", form="prose", members=members or {}, keep=(), cut=(),
        drop_paragraphs=(), drop_lines=(), drop_text=(),
    )  # fmt: skip


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return a folder with one book and one archive, and the archive's members by themselves."""
    folder = tmp_path / "mirror"
    for name, data in {
        "fable/1.txt": BOOK,
        "code/all.tar": fetch.archive(MEMBERS),
        **{f"members/{name}": data for name, data in MEMBERS.items()},
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture
def server(mirror: Path) -> Iterator[Server]:
    serving = Server(mirror)
    yield serving
    serving.close()


@pytest.fixture
def book(server: Server) -> Source:
    return source("fable/1.txt", BOOK, f"{server.url}/fable/1.txt")


@pytest.fixture
def tar(server: Server) -> Source:
    sums = {name: digest(data) for name, data in MEMBERS.items()}
    return source("code/all.tar", fetch.archive(MEMBERS), f"{server.url}/members/{{member}}", sums)


def test_a_file_is_fetched_once(server: Server, book: Source, tmp_path: Path) -> None:
    assert fetch.fetch(book, tmp_path / "raw")
    assert (tmp_path / "raw/fable/1.txt").read_bytes() == BOOK
    assert not fetch.fetch(book, tmp_path / "raw")
    assert server.asked == ["/fable/1.txt"]
    assert [path.name for path in (tmp_path / "raw/fable").iterdir()] == ["1.txt"]


def test_a_wrong_file_is_fetched_again(server: Server, book: Source, tmp_path: Path) -> None:
    path = tmp_path / "raw/fable/1.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(BOOK[:5])
    assert fetch.fetch(book, tmp_path / "raw")
    assert path.read_bytes() == BOOK


def test_an_archive_is_rebuilt_from_its_members(
    server: Server, tar: Source, tmp_path: Path
) -> None:
    assert fetch.fetch(tar, tmp_path / "raw")
    assert (tmp_path / "raw/code/all.tar").read_bytes() == fetch.archive(MEMBERS)
    assert [path.name for path in (tmp_path / "raw/code").iterdir()] == ["all.tar"]
    assert sorted(server.asked) == ["/members/a.c", "/members/b/two.c"]


def test_an_archive_goes_on_where_it_stopped(
    server: Server, tar: Source, mirror: Path, tmp_path: Path
) -> None:
    missing = mirror / "members/b/two.c"
    data = missing.read_bytes()
    missing.unlink()
    with pytest.raises(CorpusError, match=r"code/all\.tar, member b/two\.c"):
        fetch.fetch(dataclasses.replace(tar, members=dict(sorted(tar.members.items()))),
                    tmp_path / "raw")  # fmt: skip
    assert not (tmp_path / "raw/code/all.tar").exists()
    missing.write_bytes(data)
    server.asked.clear()
    assert fetch.fetch(tar, tmp_path / "raw")
    assert server.asked == ["/members/b/two.c"]


def test_an_archive_is_the_same_wherever_it_is_made() -> None:
    made = fetch.archive(MEMBERS)
    assert made == fetch.archive(dict(reversed(MEMBERS.items())))
    assert digest(made) == "ddc4881ecc00a1068ce396c121d45b5914f6c90c145cb390eed43d86f6685982"


def test_a_mirror_is_copied_and_nothing_is_fetched(
    server: Server, book: Source, tar: Source, mirror: Path, tmp_path: Path
) -> None:
    for item in (book, tar):
        assert fetch.fetch(item, tmp_path / "raw", mirror=mirror)
        assert (tmp_path / "raw" / item.file).read_bytes() == (mirror / item.file).read_bytes()
    assert not server.asked


def test_another_server_may_hold_the_files_at_their_paths(
    server: Server, book: Source, tar: Source, tmp_path: Path
) -> None:
    for item in (book, tar):
        away = dataclasses.replace(item, url="https://nowhere.invalid/{member}")
        assert fetch.fetch(away, tmp_path / "raw", base_url=f"{server.url}/")
    assert server.asked == ["/fable/1.txt", "/code/all.tar"]


# Failures: one sentence that names the file, the address and what to do


def failure(item: Source, raw: Path, **options: object) -> str:
    with pytest.raises(CorpusError) as caught:
        fetch.fetch(item, raw, **options)  # type: ignore[arg-type]  # one option or the other
    assert not (raw / item.file).exists()
    text = str(caught.value)
    assert item.file in text and "\n" not in text
    return text


def test_a_file_that_is_not_there(server: Server, book: Source, tmp_path: Path) -> None:
    item = dataclasses.replace(book, url=f"{server.url}/gone.txt")
    text = failure(item, tmp_path)
    assert "404" in text and f"{server.url}/gone.txt" in text and "--mirror" in text


def test_a_file_that_is_another(server: Server, book: Source, tmp_path: Path) -> None:
    item = dataclasses.replace(book, sha256="0" * 64)
    text = failure(item, tmp_path)
    assert digest(BOOK) in text and "0" * 64 in text and server.url in text and "--mirror" in text


def test_a_file_that_breaks_off(server: Server, book: Source, tmp_path: Path) -> None:
    server.cut_short = True
    text = failure(book, tmp_path)
    assert server.url in text and "again" in text
    server.cut_short = False
    assert fetch.fetch(book, tmp_path)


def test_a_server_that_does_not_answer(server: Server, book: Source, tmp_path: Path) -> None:
    server.close()
    text = failure(book, tmp_path)
    assert server.url in text and "network" in text


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://example.org/1.txt", "1.txt"])
def test_an_address_that_is_not_of_the_web(book: Source, tmp_path: Path, url: str) -> None:
    assert url in failure(dataclasses.replace(book, url=url), tmp_path)


def test_a_mirror_without_the_file(book: Source, tmp_path: Path) -> None:
    text = failure(book, tmp_path / "raw", mirror=tmp_path / "empty")
    assert str(tmp_path / "empty") in text and "--mirror" in text


def test_a_mirror_with_another_file(book: Source, mirror: Path, tmp_path: Path) -> None:
    (mirror / "fable/1.txt").write_bytes(b"other")
    assert digest(b"other") in failure(book, tmp_path / "raw", mirror=mirror)


def test_a_folder_that_cannot_be_written(server: Server, book: Source, tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"a file where the folder should be")
    with pytest.raises(CorpusError, match=r"fable/1\.txt.*--work"):
        fetch.fetch(book, tmp_path / "raw")


# The step


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    fetch.add_arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def two_styles(monkeypatch: pytest.MonkeyPatch, book: Source, tar: Source) -> None:
    def style(slug: str, item: Source) -> Style:
        return Style(
            slug=slug, title=slug, colour="#aabbcc", advisory="", form="prose", licence="",
            about="", leave_out=(), apart=(), sources=(item,),
        )  # fmt: skip

    monkeypatch.setattr(
        corpora, "load", lambda _: {"fable": style("fable", book), "code": style("code", tar)}
    )


@pytest.mark.usefixtures("two_styles")
def test_the_step_fetches_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch.run(given("--work", str(tmp_path))) == 0
    assert "2 of 2 files" in capsys.readouterr().out
    assert (tmp_path / "raw/fable/1.txt").is_file() and (tmp_path / "raw/code/all.tar").is_file()


@pytest.mark.usefixtures("two_styles")
def test_the_step_fetches_some(tmp_path: Path, mirror: Path) -> None:
    assert fetch.run(given("--work", str(tmp_path), "--mirror", str(mirror), "--only", "code")) == 0
    assert not (tmp_path / "raw/fable").exists()


@pytest.mark.usefixtures("two_styles")
def test_one_failure_does_not_stop_the_others(
    tmp_path: Path, mirror: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (mirror / "fable/1.txt").unlink()
    assert fetch.run(given("--work", str(tmp_path))) == 1
    printed = capsys.readouterr()
    assert "1 of 2 files" in printed.out
    assert "fable/1.txt" in printed.err and "404" in printed.err
    assert (tmp_path / "raw/code/all.tar").is_file()


@pytest.mark.usefixtures("two_styles")
def test_an_unknown_style_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch.run(given("--work", str(tmp_path), "--only", "cod")) == 1
    assert "cod" in capsys.readouterr().err


def test_mirror_and_base_url_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        given("--mirror", "a", "--base-url", "b")
    assert "not allowed with" in capsys.readouterr().err
