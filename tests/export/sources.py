"""Made-up sources and archives for the tests of the cleaners."""

import io
import tarfile
from collections.abc import Mapping

from export.corpora import Source


def source(kind: str = "gutenberg", **changes: object) -> Source:
    fields: dict[str, object] = {
        "file": "fable/1.txt",
        "url": "https://example.org/1.txt",
        "sha256": "0" * 64,
        "size": 1,
        "encoding": "utf-8",
        "kind": kind,
        "form": "prose",
        "members": {},
        "keep": (),
        "cut": (),
        "drop_paragraphs": (),
        "drop_lines": (),
        "drop_text": (),
    }
    return Source(**(fields | changes))  # type: ignore[arg-type]  # any of its fields


def packed(members: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, text in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return stream.getvalue()
