"""Bundles that somebody made to do harm: torn, altered, exchanged, or signed and lying.

What a bundle can say at all is little: paths, sizes and sums. So half of the attacks on archives
have no words in it; that this is so is shown here too.
"""

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from appliance.update.bundle import MAGIC, MOST_MANIFEST, SIZES, START
from appliance.update.manifest import MOST_BYTES, MOST_FILES
from appliance.update.refused import Refused
from deploy.update.make import write
from tests.bundles import KEYGEN, ROOM, Site, joined, make_site, parts

pytestmark = pytest.mark.skipif(
    KEYGEN is None, reason="ssh-keygen is missing: apt install openssh-client"
)
EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, bytes]:
    """Return a machine and the bytes of a bundle that it would take."""
    site = make_site(tmp_path_factory.mktemp("site"))
    manifest = site.manifest("0.5.0")
    listed = [{"path": "a", "size": 3, "sha256": hashlib.sha256(b"one").hexdigest()}]
    small = site.sealed(manifest | {"files": listed}, gzip.compress(b"one", mtime=0))
    return site, small.read_bytes()


def refused(site: Site, bundle: Path, said: str = "", room: int = ROOM) -> None:
    """Check that a bundle is refused, and that the machine is as it was."""
    before = sorted(site.folder.rglob("*"))
    with pytest.raises(Refused, match=said):
        site.take(bundle, room)
    left = set(site.folder.rglob("*")) - set(before)
    assert left <= {site.homes.updates / "lock"}
    assert site.version == "0.1.0"


# --- bytes ------------------------------------------------------------------------------------


def test_the_bundle_that_is_cut_and_changed_here_is_taken_as_it_is(site: Site) -> None:
    assert site.take(listing(site, ("a", b"one")))[1].name == "0.5.0"


def test_a_bundle_cut_off_anywhere_is_refused(whole: tuple[Site, bytes]) -> None:
    site, data = whole
    path = site.folder / "cut.update"
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(Refused):
            site.take(path)
    refused(site, path, "is torn")


def test_a_bundle_with_any_byte_changed_is_refused(whole: tuple[Site, bytes]) -> None:
    site, data = whole
    path = site.folder / "changed.update"
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        with pytest.raises(Refused):
            site.take(path)
    refused(site, path, "is torn")


def test_a_byte_more_is_refused(whole: tuple[Site, bytes]) -> None:
    site, data = whole
    path = site.folder / "longer.update"
    path.write_bytes(data + b"\0")
    refused(site, path, "is torn")


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"\x1f\x8b" * 40, MAGIC, b"\0" * 4096])
def test_what_is_no_bundle_is_refused(site: Site, data: bytes) -> None:
    path = site.folder / "other.update"
    path.write_bytes(data)
    refused(site, path, "is no update of this piece|is torn")


def test_a_head_that_promises_gigabytes_is_not_read(site: Site) -> None:
    path = site.folder / "large.update"
    path.write_bytes(MAGIC + SIZES.pack(100, MOST_MANIFEST + 1, 0))
    with path.open("r+b") as file:
        file.truncate(START + 100 + MOST_MANIFEST + 1)
    refused(site, path, "is torn")


def test_pipes_folders_and_devices_are_not_waited_for(site: Site) -> None:
    pipe = site.folder / "pipe.update"
    os.mkfifo(pipe)
    folder = site.folder / "folder.update"
    folder.mkdir()
    zero = site.folder / "zero.update"
    zero.symlink_to("/dev/zero")
    for path in (pipe, folder, zero):
        refused(site, path, "is no file|cannot be read")


# --- signatures -------------------------------------------------------------------------------


def test_the_signature_of_another_bundle_does_not_do(site: Site) -> None:
    signature = parts(site.bundle("0.5.0"))[0]
    path = site.folder / "lent.update"
    path.write_bytes(joined(signature, *parts(site.bundle("0.6.0"))[1:]))
    refused(site, path, "is torn")


def test_the_payload_of_another_bundle_does_not_do(site: Site) -> None:
    site.release("0.6.0", {"evil.py": "print('evil')\n"})
    payload = parts(site.bundle("0.6.0"))[2]
    signature, manifest, _ = parts(site.bundle("0.5.0"))
    path = site.folder / "swapped.update"
    path.write_bytes(joined(signature, manifest, payload))
    refused(site, path, "is torn")


def test_a_signature_for_another_purpose_does_not_do(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("appliance.update.signature.NAMESPACE", "git")
        bundle = site.bundle("0.5.0")
    refused(site, bundle, "is torn")


def test_a_strangers_signature_in_the_place_of_the_makers_does_not_do(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = make_site(tmp_path_factory.mktemp("stranger"))
    refused(site, stranger.bundle("0.5.0"), "signed by a key that is not trusted here")


def test_what_is_no_signature_at_all_is_refused(site: Site) -> None:
    _, manifest, payload = parts(site.bundle("0.5.0"))
    path = site.folder / "junk.update"
    for junk in (b"\0", b"SSHSIG", b"-----END SSH SIGNATURE-----", os.urandom(200)):
        path.write_bytes(joined(junk, manifest, payload))
        refused(site, path, "is torn")


# --- manifests that are signed, and lie ---------------------------------------------------------


def listing(site: Site, *files: tuple[str, bytes], contents: bytes | None = None) -> Path:
    """Make a signed bundle that lists files, and holds them or other contents."""
    listed = [
        {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in files
    ]
    held = b"".join(data for _, data in files) if contents is None else contents
    return site.sealed(site.manifest("0.5.0") | {"files": listed}, gzip.compress(held))


@pytest.mark.parametrize(
    "path",
    [
        "../escaped", "a/../../escaped", "..", ".", "a/..", "/etc/escaped", "//etc/escaped", "",
        "a//b", "a/", "./a", "a\\..\\b", "a\nb", "a\0b", "a" * 401, "\u202eb",
    ],
)  # fmt: skip
def test_a_path_that_leads_out_or_has_two_spellings_is_refused(site: Site, path: str) -> None:
    refused(site, listing(site, (path, b"evil")), "has a manifest that cannot be used")


@pytest.mark.parametrize(
    "paths",
    [
        ("a", "a"), ("a", "a/b"), ("a/b", "a"), ("bin/python3",), ("bin/python3/x",), ("bin",),
    ],
)  # fmt: skip
def test_two_files_in_one_place_or_in_the_links_are_refused(
    site: Site, paths: tuple[str, ...]
) -> None:
    refused(
        site, listing(site, *((path, b"x") for path in paths)), "is there twice|is a file and a fol"
    )


@pytest.mark.parametrize(
    "word",
    [
        {"link": "/etc/passwd"}, {"hardlink": "pyvenv.cfg"}, {"mode": 0o4755}, {"type": "device"},
        {"major": 1, "minor": 3}, {"uid": 0}, {"owner": "root"},
    ],
)  # fmt: skip
def test_there_are_no_words_for_links_devices_owners_and_modes(
    site: Site, word: dict[str, Any]
) -> None:
    manifest = site.manifest("0.5.0")
    manifest["files"][0] |= word
    refused(site, site.sealed(manifest, gzip.compress(b"")), "has a manifest that cannot be used")


def test_whoever_is_root_makes_nothing_that_runs_as_root(site: Site) -> None:
    _, release = site.take(listing(site, ("a", b"#!/bin/sh\n"), ("b/c", b"")))
    for path in release.rglob("*"):
        if not path.is_symlink():
            assert path.stat().st_mode & 0o7022 == 0
            assert path.is_dir() or path.stat().st_mode & 0o111 == 0


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"", "holds less than its manifest lists"),
        (b"on", "holds less than its manifest lists"),
        (b"one!", "holds more than its manifest lists"),
        (b"two", "holds another a than its manifest lists"),
    ],
)
def test_a_payload_that_is_not_what_the_manifest_lists_is_refused(
    site: Site, contents: bytes, said: str
) -> None:
    refused(site, listing(site, ("a", b"one"), contents=contents), said)


def test_what_is_packed_small_and_unpacks_large_ends_where_the_manifest_does(site: Site) -> None:
    bomb = gzip.compress(bytes(64 << 20), 9)
    assert len(bomb) < 100_000
    listed = [{"path": "a", "size": 3, "sha256": hashlib.sha256(bytes(3)).hexdigest()}]
    refused(site, site.sealed(site.manifest("0.5.0") | {"files": listed}, bomb), "holds more than")


def test_a_manifest_that_lists_more_than_any_disk_has_is_refused(site: Site) -> None:
    files = [{"path": name, "size": MOST_BYTES, "sha256": EMPTY} for name in "ab"]
    refused(
        site,
        site.sealed(site.manifest("0.5.0") | {"files": files}, gzip.compress(b"")),
        "its files are too large together",
    )
    refused(
        site,
        site.sealed(site.manifest("0.5.0") | {"files": files[:1]}, gzip.compress(b"")),
        "MB of room",
        room=MOST_BYTES,
    )


def test_a_manifest_of_too_many_files_is_refused(site: Site) -> None:
    files = [{"path": f"{n}", "size": 0, "sha256": EMPTY} for n in range(MOST_FILES + 1)]
    refused(
        site,
        site.sealed(site.manifest("0.5.0") | {"files": files}, gzip.compress(b"")),
        "cannot be used",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "another-piece"}, {"version": "../../x"}, {"version": "1"}, {"version": ""},
        {"version": "1.0\n"}, {"version": "9" * 7 + ".0"}, {"python": "3.13/../../sh"},
        {"python": 3.13}, {"arch": "AMD64"}, {"suite": "trixie/x"}, {"files": []},
        {"files": {}}, {"files": [[]]}, {"since": None}, {"extra": 1},
    ],
)  # fmt: skip
def test_a_manifest_with_a_wrong_value_is_refused(site: Site, changes: dict[str, Any]) -> None:
    manifest = site.manifest("0.5.0") | changes
    refused(site, site.sealed(manifest, gzip.compress(b"")), "has a manifest that cannot be used")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000])
def test_a_manifest_that_is_no_json_is_refused(site: Site, data: bytes) -> None:
    path = write(site.folder / "bad.update", data, b"", site.key)
    refused(site, path, "has a manifest that cannot be")


def test_a_payload_that_is_signed_and_no_gzip_is_refused(site: Site) -> None:
    manifest = site.manifest("0.5.0")
    refused(site, site.sealed(manifest, b"no gzip at all"), "holds less than its manifest lists")
