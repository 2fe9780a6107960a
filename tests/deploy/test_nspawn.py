"""What judges the container's machine, without one; the machine itself is `make nspawn`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.nspawn.__main__ import main
from deploy.nspawn.machine import Machine, NeverError, groups
from deploy.nspawn.probe import outcome
from deploy.nspawn.sandbox import Findings, not_shown, verdict
from deploy.nspawn.story import NEEDLESS
from deploy.nspawn.table import Table
from tests.conftest import ROOT

HYBRID = """\
29 23 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
30 29 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw
31 29 0:28 / /sys/fs/cgroup/systemd rw,nosuid - cgroup cgroup rw,xattr,name=systemd
36 29 0:33 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory
"""
UNIFIED = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"


def table() -> Table:
    return Table(say=lambda _: None)


def test_a_table_holds_only_where_every_row_does() -> None:
    some = table()
    assert some.status == 1  # nothing was tried
    some.attempt("one", lambda: "fine")
    assert some.status == 0
    some.attempt("two", _never)
    some.attempt("three", _fails, "why")
    assert [row.well for row in some.rows] == [True, False, False]
    assert [row.figures for row in some.rows] == ["fine", "it never came", "why"]
    assert some.status == 1


def _never() -> str:
    raise NeverError("it never came")


def _fails(why: str) -> str:
    raise AssertionError(why)


def test_a_command_that_does_not_end_is_a_row_that_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(command: list[str], timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hangs)
    machine, some = Machine(tmp_path), table()
    some.attempt("it answers", machine.inside, "sleep", "for ever")
    some.attempt("the next is tried", lambda: "yes")
    assert [row.well for row in some.rows] == [False, True]
    assert "sleep for ever` did not end within 600 s" in some.rows[0].figures
    assert not machine.succeeds("sleep")


def test_a_row_says_yes_or_no_first() -> None:
    said: list[str] = []
    some = Table(said.append)
    some.row("a name", holds=True, figures="1 s")
    some.row("a name", holds=False)
    assert [line.split()[0] for line in said] == ["yes", "NO"]


def test_a_sandbox_holds_where_all_is_denied_that_root_can_do_outside() -> None:
    free = Findings({"mount": "", "trace": "", "modules": "EPERM"}, {})
    tight = Findings({"mount": "EPERM", "trace": "EPERM", "modules": "EPERM"}, {"state": ""})
    holds, said = verdict(tight, free)
    assert holds
    assert "2 denied" in said and "1 not shown" in said
    assert not_shown(free) == "modules (EPERM)"
    assert not verdict(Findings({**tight.denied, "mount": ""}, tight.needed), free)[0]
    assert not verdict(Findings(tight.denied, {"state": "EROFS"}), free)[0]
    # What root cannot do either shows nothing of the sandbox.
    assert not verdict(tight, Findings(dict.fromkeys(tight.denied, "EPERM"), {}))[0]


def test_what_is_tried_is_tried_apart() -> None:
    assert outcome(lambda: None) == ""
    assert outcome(lambda: Path("/nowhere/at/all").read_bytes()) == "ENOENT"
    assert outcome(lambda: 1 / 0) == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("service", ["engine", "stage", "fallback", "outside"])
def test_the_probe_needs_nothing_but_the_systems_python(service: str) -> None:
    probe = ROOT / "deploy/nspawn/probe.py"
    # 0: no process that could be traced. As root it would do what it tries.
    command = [sys.executable, "-I", "-c", LISTS.format(probe), service]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names = json.loads(done.stdout)
    assert len(names["denied"]) > 30 and len(names["needed"]) > 7
    assert ("a netlink socket" in names["denied"]) is (service in ("engine", "outside"))


# Runs the probe with attempts that do nothing.
LISTS = """\
import runpy, sys
probe = runpy.run_path("{}")
probe["main"].__globals__["outcome"] = lambda do: ""
probe["main"](sys.argv[1])
"""


@pytest.mark.parametrize(
    ("mounts", "memberships", "found"),
    [
        (UNIFIED, "0::/user.slice/a.scope\n", ["/sys/fs/cgroup/user.slice/a.scope"]),
        (
            HYBRID,
            "5:memory:/\n1:name=systemd:/x\n0::/\n",
            ["/sys/fs/cgroup/systemd/x", "/sys/fs/cgroup/unified"],
        ),
        ("", "0::/\n", []),
    ],
)
def test_a_machine_has_control_groups_of_its_own(
    mounts: str, memberships: str, found: list[str]
) -> None:
    assert [str(path) for path in groups(mounts, memberships)] == found


@pytest.mark.parametrize(
    "name", ["network-online.target", "apt-daily.service", "cloud-init.target"]
)
def test_what_a_start_must_not_wait_for_is_known(name: str) -> None:
    assert NEEDLESS.search(name)
    assert not NEEDLESS.search("systemd-tmpfiles-setup.service")


def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda tool: f"/usr/bin/{tool}")
    assert main([str(tmp_path), str(tmp_path / "none_amd64.deb")]) == 2
    assert "make deb" in capsys.readouterr().err
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert main([str(tmp_path), str(tmp_path / "none_amd64.deb")]) == 2
    assert "sudo make nspawn" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
