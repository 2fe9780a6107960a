"""The step `fetch`: brings the files of the corpora from their public addresses.

Each file goes to `<work>/raw/<style>/<file>` and is kept only when its sha256 is the one in
corpora.toml; what is there and right already is not fetched again. An archive has no address of
its own: its members are fetched one by one and put together again, and the whole must have the
right sum. Half a file never stands under a file's name.

With `--mirror` the files are copied from a folder of the same layout, with `--base-url` they come
from a server that holds them at the same paths. The public addresses in corpora.toml have not
been tried.
"""

import argparse
import hashlib
import http.client
import io
import sys
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from appliance.files import replace_file, sha256_of
from export import corpora
from export.corpora import CorpusError, Source
from export.work import work_folder

_TIMEOUT: Final = 60.0  # seconds without a byte
_PIECE: Final = 1 << 16
_LONGEST: Final = 1 << 26  # a member's length is not known beforehand; none is near this
_AGENT: Final = "static-unsigned-love"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the step's options to the command line."""
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument(
        "--mirror", type=Path, metavar="DIR", help="copy the files from DIR, nothing is fetched"
    )
    origin.add_argument(
        "--base-url", metavar="URL", help="a server that holds the files below URL, at their paths"
    )
    corpora.add_choice(parser)


def run(args: argparse.Namespace) -> int:
    """Fetch the files of the chosen styles; return 1 when one of them could not be had."""
    raw = work_folder(args.work) / "raw"
    try:
        styles = corpora.choose(corpora.load(args.corpora), args.only)
    except CorpusError as error:
        print(error, file=sys.stderr)
        return 1
    sources = [source for style in styles for source in style.sources]
    failures: list[CorpusError] = []
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("fetch", total=sum(source.size for source in sources))
        for source in sources:
            try:
                fetch(source, raw, mirror=args.mirror, base_url=args.base_url)
            except CorpusError as error:
                failures.append(error)
            progress.advance(task, source.size)
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(sources) - len(failures)} of {len(sources)} files are in {raw}")
    return 1 if failures else 0


def fetch(
    source: Source, raw: Path, *, mirror: Path | None = None, base_url: str | None = None
) -> bool:
    """Bring one file and return True, or return False when it is there already.

    Raises `CorpusError`, one sentence that names the file, the address and what can be done.
    """
    path = raw / source.file
    if _is_right(path, source.sha256):
        return False
    if mirror is not None:
        data = _copied(source, mirror / source.file)
    elif base_url is not None:
        address = f"{base_url.rstrip('/')}/{urllib.parse.quote(source.file)}"
        data = _checked(source.file, address, _download(source.file, address), source.sha256)
    elif source.members:
        data = _rebuilt(source, raw)
    else:
        data = _checked(source.file, source.url, _download(source.file, source.url), source.sha256)
    _write(path, data)
    for member in source.members:
        _member_path(path, member).unlink(missing_ok=True)
    for folder in sorted(_folders(path), reverse=True):
        folder.rmdir()
    return True


def archive(members: dict[str, bytes]) -> bytes:
    """Put files together as a ustar archive that is the same wherever it is made.

    The members are sorted by name; owner, group and time of each are zero.
    """
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(members):
            entry = tarfile.TarInfo(name)
            entry.size = len(members[name])
            tar.addfile(entry, io.BytesIO(members[name]))
    return stream.getvalue()


def _rebuilt(source: Source, raw: Path) -> bytes:
    """Fetch the members of an archive, each kept beside it until all are there."""
    path = raw / source.file
    found: dict[str, bytes] = {}
    for name, total in source.members.items():
        member = _member_path(path, name)
        if not _is_right(member, total):
            label = f"{source.file}, member {name}"
            address = source.url.replace("{member}", urllib.parse.quote(name))
            _write(member, _checked(label, address, _download(label, address), total))
        found[name] = member.read_bytes()
    return _checked(source.file, source.url, archive(found), source.sha256)


def _member_path(path: Path, name: str) -> Path:
    return path.with_name(path.name + ".members") / name


def _folders(path: Path) -> Iterator[Path]:
    top = path.with_name(path.name + ".members")
    if top.is_dir():
        yield top
        yield from (item for item in top.rglob("*") if item.is_dir())


def _copied(source: Source, origin: Path) -> bytes:
    try:
        data = origin.read_bytes()
    except OSError as error:
        raise CorpusError(
            f"{source.file}: cannot be read from the mirror at {origin} ({error.strerror}); "
            "check the path given with --mirror, or fetch without it"
        ) from error
    return _checked(source.file, str(origin), data, source.sha256)


def _download(label: str, address: str) -> bytes:
    """Return what stands at an address; a broken transfer is an error, not a short file."""
    if not address.startswith(("https://", "http://")):
        raise CorpusError(f"{label}: {address} is not an address of the web; use --mirror")
    request = urllib.request.Request(address, headers={"User-Agent": _AGENT})  # noqa: S310 - above
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - above
            promised = answer.headers.get("Content-Length")
            data = b"".join(_pieces(answer.read))
    except urllib.error.HTTPError as error:
        error.close()
        raise CorpusError(
            f"{label}: {address} answers {error.code} {error.reason}; the file may have moved: "
            "find it by its sha256 in corpora.toml and use --mirror"
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise CorpusError(
            f"{label}: {address} cannot be reached ({reason}); check the network and run fetch "
            "again, it goes on where it stopped"
        ) from error
    if promised is not None and promised.isdigit() and len(data) != int(promised):
        raise CorpusError(
            f"{label}: {address} sent {len(data)} of {promised} bytes; run fetch again, it goes "
            "on where it stopped"
        )
    return data


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    size = 0
    while piece := read(_PIECE):
        size += len(piece)
        if size > _LONGEST:
            raise ValueError(f"more than {_LONGEST} bytes")
        yield piece


def _checked(label: str, address: str, data: bytes, sha256: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise CorpusError(
            f"{label}: what came from {address} has the sha256 {found} and not {sha256}; it is "
            "another edition and is not used: find the right one and give it with --mirror"
        )
    return data


def _is_right(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as error:
        raise CorpusError(
            f"{path}: cannot be written ({error.strerror}); make room, or choose another folder "
            "with --work"
        ) from error
