"""What is taken, what is refused and with which sentence, and what lies there afterwards."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from appliance.update.manifest import numbers
from appliance.update.refused import NotNeeded, Refused
from appliance.update.signature import trust
from deploy.update import __main__ as maker
from deploy.update.make import Release
from deploy.update.stand_ins import STAND_INS, as_version, new_key
from tests.bundles import KEYGEN, PACKAGES, Site, joined, make_site, parts
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    KEYGEN is None, reason="ssh-keygen is missing: apt install openssh-client"
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


def test_a_bundle_becomes_a_release_beside_the_others_and_nothing_is_in_force_yet(
    site: Site,
) -> None:
    bundle = site.bundle("0.5.0")
    offer, release = site.take(bundle)
    assert release == site.homes.releases / "0.5.0"
    assert offer.manifest.version == "0.5.0"
    made = site.release("0.5.0").folder
    for path in (path for path in made.rglob("*") if path.is_file()):
        copy = release / path.relative_to(made)
        assert copy.read_bytes() == path.read_bytes()
        assert copy.stat().st_mode & 0o7777 == 0o644
    assert (release / "bin/python3").readlink() == site.here.python("3.13")
    assert list((release / PACKAGES / "appliance/__pycache__").glob("*.pyc"))
    assert site.version == "0.1.0"
    assert [path.name for path in site.homes.updates.iterdir() if path.name != "lock"] == [
        "releases"
    ]


def test_the_modes_do_not_come_from_the_umask(site: Site) -> None:
    bundle = site.bundle("0.5.0")
    before = os.umask(0o077)
    try:
        _, release = site.take(bundle)
    finally:
        os.umask(before)
    found = [site.homes.releases, release, *release.rglob("*")]
    modes = {path: path.stat().st_mode & 0o7777 for path in found if not path.is_symlink()}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o755}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o644}
    assert any(path.suffix == ".pyc" for path in modes), "compiled modules are among them"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arch": "arm64"}, "for processors of kind arm64, and this is amd64"),
        ({"suite": "bookworm"}, "for Debian bookworm with Python 3.13, and this is trixie"),
        ({"python": "3.14"}, "for Debian trixie with Python 3.14, and this is trixie"),
        ({"since": "0.2.0"}, "can follow release 0.2.0 or later, and 0.1.0 is in force"),
        ({"package": "0.2.0"}, "needs the Debian package 0.2.0 or later, and 0.1.0 is installed"),
    ],
)
def test_what_is_not_for_this_machine_is_refused(
    site: Site, changes: dict[str, Any], said: str
) -> None:
    refused(site, site.bundle("0.5.0", **changes), said)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("0.1.0", "release 0.1.0, which is in force already"),
        ("0.1", "release 0.1, which is in force already"),
        ("0.0.9", "release 0.0.9, older than 0.1.0, which is in force"),
    ],
)
def test_what_is_not_newer_is_refused(site: Site, version: str, said: str) -> None:
    with pytest.raises(NotNeeded):
        site.take(site.bundle(version))
    refused(site, site.bundle(version), said)


def test_versions_are_numbers_and_no_letters() -> None:
    assert numbers("0.10.0") > numbers("0.9.9") > numbers("0.9") == numbers("0.9.0")
    assert numbers("1.0+deb13") == numbers("1")


def test_without_a_signature_it_is_refused(site: Site) -> None:
    bundle = site.bundle("0.5.0")
    unsigned = site.folder / "unsigned.update"
    unsigned.write_bytes(joined(b"", *parts(bundle)[1:]))
    refused(site, unsigned, "is not signed: take updates from its maker alone")


def test_where_nobody_is_trusted_nothing_is_taken(site: Site) -> None:
    bundle = site.bundle("0.5.0")
    site.keys.unlink()
    refused(site, bundle, "nobody's updates are trusted here yet: `sudo appliance update --trust")


def test_a_key_that_is_not_trusted_is_named(site: Site, tmp_path: Path) -> None:
    strangers = tmp_path / "stranger"
    strangers.mkdir()
    bundle = site.bundle("0.5.0")
    trust(new_key(strangers).with_suffix(".pub"), tmp_path / "others")
    shutil.copyfile(tmp_path / "others", site.keys)
    refused(site, bundle, r"signed by a key that is not trusted here \(SHA256:\S{43}\)")


def test_a_key_is_trusted_once_and_forgotten_with_its_line(site: Site, tmp_path: Path) -> None:
    public = site.key.with_suffix(".pub")
    assert trust(public, site.keys) == trust(public, site.keys)
    lines = site.keys.read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if not line.startswith("#")]) == 1
    (tmp_path / "second").mkdir()
    trust(new_key(tmp_path / "second").with_suffix(".pub"), site.keys)
    site.take(site.bundle("0.5.0"))
    site.keys.write_text(
        "\n".join(line for line in site.keys.read_text().splitlines() if "stand-in" not in line)
    )
    refused(site, site.bundle("0.6.0"), "nobody's updates are trusted here yet")


@pytest.mark.parametrize("text", ["", "ssh-rsa AAAA", "ssh-ed25519 AAAA", "-----BEGIN OPENSSH"])
def test_what_is_no_public_key_is_not_trusted(site: Site, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.pub").write_text(text, encoding="utf-8")
    before = site.keys.read_bytes()
    with pytest.raises(Refused, match="is no public key"):
        trust(tmp_path / "bad.pub", site.keys)
    assert site.keys.read_bytes() == before


def test_without_room_it_is_refused_before_anything_is_copied(site: Site) -> None:
    refused(site, site.bundle("0.5.0"), "MB of room and 1 MB are free in", room=1_000_000)


def test_while_one_is_on_trial_no_other_is_taken(site: Site) -> None:
    (site.homes.updates / "trial.json").touch()
    with pytest.raises(Refused, match="another update is on trial: wait until it is done"):
        site.take(site.bundle("0.5.0"))


def test_two_at_once_are_one_too_many(site: Site) -> None:
    bundle = site.bundle("0.5.0")
    with site.homes.alone():
        refused(site, bundle, "another update is being unpacked")


def test_what_an_interruption_left_is_cleared_away(site: Site) -> None:
    torn = site.homes.releases / "0.4.0.partial"
    (torn / "lib").mkdir(parents=True)
    (site.homes.updates / "payload.partial").write_bytes(b"torn")
    (site.homes.releases / "0.3.0").mkdir()
    (site.homes.updates / "current.partial").symlink_to("nowhere")
    site.take(site.bundle("0.5.0"))
    assert [path.name for path in site.homes.releases.iterdir()] == ["0.5.0"]
    assert not list(site.homes.updates.glob("*.partial"))


def test_a_disk_that_does_not_keep_what_is_written_is_found(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets() -> None:
        [file] = site.homes.releases.rglob("pyvenv.cfg")
        file.write_text("home = /usr/bim\n", encoding="utf-8")

    bundle = site.bundle("0.5.0")
    monkeypatch.setattr("appliance.update.take.os.sync", forgets)
    refused(site, bundle, r"the disk has not kept pyvenv\.cfg as it was written")


def test_a_disk_that_is_full_halfway_is_a_sentence(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    bundle = site.bundle("0.5.0")
    monkeypatch.setattr("appliance.update.take.os.sync", full)
    refused(site, bundle, r"cannot be unpacked \(No space left on device\)")


def test_the_same_release_makes_the_same_payload(site: Site) -> None:
    one, other = parts(site.bundle("0.5.0")), parts(site.bundle("0.5.0"))
    assert one == other  # signatures of Ed25519 too: RFC 8032 draws nothing at random


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is missing")
def test_a_package_becomes_a_bundle_that_a_machine_takes(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = site.folder / "package"
    release = root / "usr/lib/static-unsigned-love/releases/0.5.0"
    shutil.copytree(site.release("0.5.0").folder, release)
    (release / "bin").mkdir()
    (release / "bin/python3").symlink_to("/usr/bin/python3.13")
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN/control").write_text(
        "Package: static-unsigned-love\nVersion: 0.5.0+deb13\nArchitecture: amd64\n"
        "Maintainer: nobody <nobody@localhost>\nDescription: stand-in\n",
        encoding="utf-8",
    )
    deb = site.folder / "made.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-b", root, deb], check=True, capture_output=True
    )
    monkeypatch.setattr(maker, "BUILD", site.folder / "build")
    assert maker.main([str(deb), "--key", str(site.key)]) == 0
    made = Path(capsys.readouterr().out.strip())
    assert made.name == "static-unsigned-love-0.5.0-trixie-amd64.update"
    offer, taken = site.take(made)
    assert taken.name == "0.5.0"
    said = offer.manifest
    assert (said.arch, said.suite, said.python) == ("amd64", "trixie", "3.13")
    # What is no package is one sentence.
    assert maker.main([str(made), "--key", str(site.key)]) == 1
    assert "is no Debian package that can be read." in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(STAND_INS))
def test_a_stand_in_differs_in_its_version_and_in_one_verb(site: Site, name: str) -> None:
    version, change = STAND_INS[name]
    packages = site.release("0.5.0").folder / PACKAGES
    shutil.rmtree(packages / "appliance")
    shutil.copytree(ROOT / "appliance", packages / "appliance")
    made = change(as_version(site_release(site), version))
    assert made.version == version
    changed = {
        path.relative_to(packages / "appliance")
        for path in (packages / "appliance").rglob("*.py")
        if path.read_bytes() != (ROOT / path.relative_to(packages)).read_bytes()
    }
    verb = {"engine": "engine", "stage": "stage"}.get(name.partition("-")[0])
    assert changed == {Path("__init__.py")} | ({Path(f"commands/{verb}.py")} if verb else set())
    for path in changed:
        compile((packages / "appliance" / path).read_text(encoding="utf-8"), str(path), "exec")


def site_release(site: Site) -> Release:
    """Return a release whose files are as they lie there."""
    return Release(site.folder / "made/0.5.0", "0.5.0", "amd64", "trixie", "3.13")


def refused(site: Site, bundle: Path, said: str, room: int = 1 << 40) -> None:
    """Check that a bundle is refused in one sentence, and that nothing of it is left."""
    before = site.lies_there()
    with pytest.raises(Refused, match=said) as refusal:
        site.take(bundle, room)
    sentence = str(refusal.value)
    assert not re.search(r"[.!?] [A-Z]|\.$|\n", sentence), "one sentence, ended by who prints it"
    assert site.lies_there() == before
    assert site.version == "0.1.0"
