"""The Debian package: what is in it, what it asks for, and that it is the same each time."""

import errno
import io
import re
import shutil
import subprocess
import tarfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

import pytest

from appliance import __version__
from appliance.settings import DEFAULTS, SITE, Loaded
from deploy.deb import __main__ as deb_command
from deploy.deb.__main__ import BUILD, date, make
from deploy.deb.target import MACHINES, SUITES, BuildError, Target, target
from deploy.deb.wheels import chosen, fetch, unpack
from tests.conftest import ROOT

LOCK = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
RELEASE = f"usr/lib/static-unsigned-love/releases/{__version__}"
WHEN = 1_480_000_000  # seconds since 1970
TRIXIE = Target(SUITES["trixie"], "arm64")
BUILT = sorted(BUILD.glob("*.deb"))
dpkg = pytest.mark.skipif(
    shutil.which("dpkg-deb") is None, reason="dpkg-deb is missing: apt install dpkg"
)
needs_readelf = pytest.mark.skipif(
    shutil.which("readelf") is None, reason="readelf is missing: apt install binutils"
)
# Whose each library is that no wheel brings. All of libc.so.6's are libc6.
LIBRARIES = {
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
    "libz.so.1": "zlib1g",
    **dict.fromkeys(
        ("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"), "libc6"
    ),
    **dict.fromkeys(("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"), "libc6"),
}


def wheel(folder: Path, name: str, members: dict[str, str]) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with ZipFile(path, "w") as zipped:
        for member, text in members.items():
            zipped.writestr(member, text)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a package whose dependencies are one stand-in, made by the real thing."""
    folder = tmp_path_factory.mktemp("deb")
    stand_in = wheel(
        folder,
        "reader",
        {
            "reader/__init__.py": "",
            "reader/tests/test_reader.py": "",
            "reader-1.0.data/platlib/reader/fast.so": "fast",
            "reader-1.0.data/scripts/reader": f"#!{folder}/bin/python",
            "reader-1.0.dist-info/METADATA": "Name: reader",
        },
    )
    path = folder / "made.deb"
    make(ROOT, [stand_in], TRIXIE, f"{__version__}+deb13", WHEN, path)
    return path


def control(deb: Path) -> dict[str, str]:
    said = subprocess.run(["dpkg-deb", "-f", deb], capture_output=True, text=True, check=True)
    fields = re.findall(r"^([A-Z][A-Za-z-]+): (.*)$", said.stdout, re.MULTILINE)
    return dict(fields)


def members(deb: Path) -> list[tarfile.TarInfo]:
    packed = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        return tar.getmembers()


def names(deb: Path) -> set[str]:
    return {member.name.removeprefix("./") for member in members(deb)}


def outside(places: Iterable[str]) -> set[str]:
    """Return the files that lie in no release, and no folder's name."""
    return {p for p in places if p and not p.startswith("usr/lib/static-unsigned-love/releases")}


# --- what is in it ----------------------------------------------------------------------------


@dpkg
def test_outside_its_release_lies_what_the_system_reads_and_nothing_else(made: Path) -> None:
    files = {m.name.removeprefix("./") for m in members(made) if not m.isdir()}
    units = {f"usr/lib/systemd/system/{p.name}" for p in (ROOT / "deploy/systemd").glob("*.*")}
    pages = {f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")}
    papers = {"copyright", "README.md", "CHANGELOG.md"} | pages
    assert outside(files) == {
        "etc/static-unsigned-love/settings.toml",
        "usr/bin/appliance",
        "usr/lib/modules-load.d/static-unsigned-love.conf",
        "usr/lib/static-unsigned-love/current",
        "usr/lib/sysusers.d/static-unsigned-love.conf",
        "usr/lib/udev/rules.d/70-static-unsigned-love.rules",
        *(f"usr/share/doc/static-unsigned-love/{paper}" for paper in papers),
        *units,
    }
    assert len(units) >= 4


@dpkg
def test_a_release_is_whole_in_itself(made: Path) -> None:
    found = names(made)
    packages = f"{RELEASE}/lib/python3.13/site-packages"
    sources = [p for p in (ROOT / "appliance").rglob("*") if p.suffix in {".py", ".toml"}]
    assert {f"{packages}/{p.relative_to(ROOT)}" for p in sources} <= found
    models = {p.name for p in (ROOT / "models_onnx").iterdir()}
    assert {f"{RELEASE}/share/static-unsigned-love/models_onnx/{name}" for name in models} <= found
    assert f"{packages}/reader/__init__.py" in found
    assert f"{packages}/reader/fast.so" in found  # from the wheel's folder of data
    links = {m.name.removeprefix("./"): m.linkname for m in members(made) if m.issym()}
    assert links == {
        "usr/lib/static-unsigned-love/current": f"releases/{__version__}",
        f"{RELEASE}/bin/python3": "/usr/bin/python3.13",
    }


@dpkg
@pytest.mark.parametrize("deb", ["made", *BUILT], ids=lambda deb: getattr(deb, "name", deb))
def test_nobody_but_root_may_write_and_nothing_tells_where_it_was_made(
    deb: str | Path, made: Path
) -> None:
    found = members(made if deb == "made" else Path(deb))
    assert all(member.mode & 0o022 == 0 for member in found if not member.issym())
    assert {(member.uid, member.gid, member.uname) for member in found} == {(0, 0, "root")}
    assert len({member.mtime for member in found}) == 1
    assert not [m.name for m in found if "__pycache__" in m.name or m.name.endswith(".pyc")]
    assert {m.name for m in found if m.isreg() and m.mode & 0o111} == {"./usr/bin/appliance"}


@dpkg
def test_the_settings_are_the_sites_and_the_rest_has_its_sum(made: Path, tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "-e", made, tmp_path / "c"], check=True)
    subprocess.run(["dpkg-deb", "-x", made, tmp_path / "x"], check=True)
    conffiles = (tmp_path / "c/conffiles").read_text(encoding="utf-8").split()
    assert conffiles == [str(SITE)]
    [site] = [member for member in members(made) if member.name == f".{SITE}"]
    assert site.mode == 0o640, "a token and a PIN's hash stand there"
    sums = (tmp_path / "c/md5sums").read_text(encoding="utf-8").splitlines()
    summed = {line.partition("  ")[2] for line in sums}
    regular = {m.name.removeprefix("./") for m in members(made) if m.isreg()}
    assert summed == regular - {str(SITE).lstrip("/")}
    checked = subprocess.run(
        ["md5sum", "--check", "--quiet", tmp_path / "c/md5sums"], cwd=tmp_path / "x", check=False
    )
    assert checked.returncode == 0


@dpkg
def test_the_same_sources_make_the_same_bytes(made: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.deb"
    stand_in = next(made.parent.glob("*.whl"))
    make(ROOT, [stand_in], TRIXIE, f"{__version__}+deb13", WHEN, again)
    assert again.read_bytes() == made.read_bytes()


@dpkg
def test_control_names_what_the_target_needs(made: Path) -> None:
    said = control(made)
    assert said["Package"] == "static-unsigned-love"
    assert (said["Version"], said["Architecture"]) == (f"{__version__}+deb13", "arm64")
    assert said["Depends"] == ", ".join(TRIXIE.depends)
    kilobytes = sum(member.size for member in members(made)) / 1024
    assert kilobytes <= int(said["Installed-Size"]) < kilobytes * 1.2


@dpkg
@pytest.mark.parametrize("deb", BUILT, ids=lambda deb: deb.name)
@needs_readelf
def test_every_library_is_brought_or_asked_for(deb: Path, tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "-x", deb, tmp_path], check=True)
    libraries = [path for path in tmp_path.rglob("*.so*") if path.is_file()]
    assert len(libraries) > 50
    brought = {path.name for path in libraries}
    read = subprocess.run(
        ["readelf", "--dynamic", "--wide", *libraries], capture_output=True, text=True, check=True
    )
    asked = set(re.findall(r"\(NEEDED\)\s+Shared library: \[(.+)\]", read.stdout)) - brought
    said = control(deb)
    [suite] = [s for s in SUITES.values() if f"+deb{s.number}" in said["Version"]]
    owners = LIBRARIES | {"libasound.so.2": suite.sound}
    depends = re.split(r"(?: \([^)]*\))?, ", said["Depends"])
    assert {owners.get(name, name) for name in asked} <= set(depends)


@dpkg
@pytest.mark.parametrize("deb", BUILT, ids=lambda deb: deb.name)
def test_a_package_is_its_models_and_little_more(deb: Path) -> None:
    models = sum(path.stat().st_size for path in (ROOT / "models_onnx").glob("*.onnx"))
    assert deb.stat().st_size < models + 50e6  # dependencies, without their own tests and pages


# --- the pieces -------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_the_lock_can_be_judged_for_every_suite(suite: str) -> None:
    python = SUITES[suite].python
    wanted = [line.partition("==")[0] for line in chosen(LOCK, python)]
    assert len(wanted) == len(set(wanted)), "one version of each"
    assert {"numpy", "onnxruntime", "pygame-ce"} <= set(wanted)
    assert ("python-rtmidi" in wanted) != bool(SUITES[suite].midi), "a wheel, or Debian's"
    assert all("--hash=sha256:" in line for line in chosen(LOCK, python))


def test_a_condition_is_judged_by_the_python_of_the_target() -> None:
    lock = (
        "numpy==1.0 ; python_full_version < '3.12' \\\n    --hash=sha256:aa\n"
        "numpy==2.0 ; python_full_version >= '3.12' \\\n    --hash=sha256:bb\n"
        "mido==1.3.3 \\\n    --hash=sha256:cc\n"
    )
    mido = "mido==1.3.3 \\\n    --hash=sha256:cc\n"
    assert chosen(lock, (3, 11)) == ["numpy==1.0 \\\n    --hash=sha256:aa\n", mido]
    assert chosen(lock, (3, 13)) == ["numpy==2.0 \\\n    --hash=sha256:bb\n", mido]


def test_a_condition_about_anything_else_is_named() -> None:
    with pytest.raises(BuildError, match=r"winonly==1\.0 only where sys_platform == 'win32'"):
        chosen("winonly==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:aa\n", (3, 13))


def test_a_wheel_cannot_write_outside_its_place(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="outside itself"):
        unpack(wheel(tmp_path, "bad", {"../escaped.py": ""}), tmp_path / "site-packages")
    assert not (tmp_path / "escaped.py").exists()


def test_what_has_no_wheel_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(BuildError, match=r"Python 3\.13 on arm64 could not be fetched"):
        fetch(["no-such-thing==1.0\n"], TRIXIE, tmp_path / "wheels")
    assert "no-such-thing" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("suite", "arch", "said"),
    [("sid", "arm64", "no package for Debian sid"), ("trixie", "armhf", "no package for armhf")],
)
def test_a_system_without_a_package_is_named(suite: str, arch: str, said: str) -> None:
    with pytest.raises(BuildError, match=said):
        target(suite, arch)


def test_the_date_is_the_environments_or_git_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(WHEN))
    assert date(tmp_path) == WHEN
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(BuildError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        date(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    with pytest.raises(BuildError, match="git does not say"):
        date(tmp_path)


def test_a_folder_that_root_has_made_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def roots(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "build/wheels")

    monkeypatch.setattr(deb_command, "fetch", roots)
    assert deb_command.main(["--suite", "trixie", "--arch", "arm64"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("build/wheels is not yours to write") and "sudo chown -R" in said


@pytest.mark.parametrize("arch", sorted(MACHINES))
def test_a_wheel_for_a_newer_c_library_is_never_taken(arch: str) -> None:
    platforms = Target(SUITES["bookworm"], arch).platforms
    assert f"manylinux_2_36_{MACHINES[arch]}" in platforms
    assert f"manylinux_2_37_{MACHINES[arch]}" not in platforms


def test_the_settings_of_a_new_site_are_valid_and_few() -> None:
    site = ROOT / "deploy/etc/settings.toml"
    loaded = Loaded.read(site)
    assert loaded.settings.stage.fullscreen
    changed = [key for key, origin in loaded.origins.items() if origin != DEFAULTS]
    assert changed == ["stage.fullscreen"]
    assert tomllib.loads(site.read_text(encoding="utf-8"))


def test_the_user_is_in_the_groups_of_its_units_and_in_no_other() -> None:
    lines = (ROOT / "deploy/sysusers.conf").read_text(encoding="utf-8").splitlines()
    member_of = {line.split()[2] for line in lines if line.startswith("m ")}
    unit = (ROOT / "deploy/systemd/appliance-stage.service").read_text(encoding="utf-8")
    match = re.search(r"^SupplementaryGroups=(.*)$", unit, re.MULTILINE)
    assert match and member_of == set(match[1].split())
    [user] = [line for line in lines if line.startswith("u ")]
    assert user.split()[1] == "unsigned-love" and user.endswith("/usr/sbin/nologin")


@pytest.mark.parametrize(
    "script", ["appliance", "install", "deb/postinst", "deb/prerm", "deb/postrm"]
)
def test_a_shell_script_can_be_read_by_the_shell(script: str) -> None:
    path = ROOT / "deploy" / script
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0
