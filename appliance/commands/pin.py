"""Choose the PIN of the operator's panel: asked for twice, kept as a salted hash.

Prints the line for the site's settings file, or with --write puts it there; says which.
"""

import argparse
import contextlib
import getpass
import grp
import os
import re
import sys
import tomllib
from pathlib import Path

from appliance.commands.options import finish
from appliance.files import replace_file
from appliance.pin import PinError, hashed
from appliance.settings import SITE, site_file

TABLE = re.compile(r"^\s*\[operator\]\s*(#.*)?$")
ANY_TABLE = re.compile(r"^\s*\[")
KEY = re.compile(r"^\s*pin\s*=")
GROUP = "unsigned-love"  # as deploy/sysusers.conf makes it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pin`."""
    parser.add_argument("--write", action="store_true", help="write it into the site's file")


def run(args: argparse.Namespace) -> int:
    """Ask, and print or write; return an exit status."""
    first, second = asked("PIN, 4 to 12 digits: "), asked("The same once more: ")
    if first != second:
        return finish("the two were not the same: nothing was changed.", 1)
    try:
        line = f'pin = "{hashed(first)}"'
    except PinError as error:
        return finish(f"{error}: nothing was changed.", 1)
    path = site_file(args.settings) or SITE
    if not args.write:
        print(f"# nothing was written; these lines belong into {path}:\n[operator]\n{line}")
        return 0
    try:
        write(path, line)
    except (OSError, ValueError) as error:
        return finish(f"{path} was not changed ({_why(error)}): put [operator] {line} there.", 1)
    print(f"{path} has the new PIN; it holds when the piece is started again.")
    return 0


def asked(question: str) -> str:
    """Return what was typed, unseen at a terminal, else a line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(question).strip()
    return sys.stdin.readline().strip()


def write(path: Path, line: str) -> None:
    """Put the line into a settings file and leave all else of it; OSError or ValueError if not.

    A new file is its owner's, and on an appliance the piece's to read, and nobody else's.
    """
    path = path.resolve()  # on the flashed image it is a link to another partition
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    after = placed(before, line)
    old, new = tomllib.loads(before), tomllib.loads(after)
    old.setdefault("operator", {})["pin"] = tomllib.loads(line)["pin"]
    if old != new:
        raise ValueError("its table [operator] is written in another way")
    owner, group, mode = _who_reads(path)
    replace_file(path, after.encode(), private=True)
    os.chown(path, owner, group)
    path.chmod(mode)


def placed(text: str, line: str) -> str:
    """Return a TOML text in which the line stands under [operator], in place of an older one."""
    lines = text.splitlines()
    heads = [number for number, found in enumerate(lines) if TABLE.match(found)]
    if not heads:
        return "\n".join([*lines, *([""] if lines else []), "[operator]", line, ""])
    begin = heads[0] + 1
    end = next((n for n in range(begin, len(lines)) if ANY_TABLE.match(lines[n])), len(lines))
    inside = [found for found in lines[begin:end] if not KEY.match(found)]
    return "\n".join([*lines[:begin], line, *inside, *lines[end:], ""])


def _who_reads(path: Path) -> tuple[int, int, int]:
    """Return owner, group and mode that a settings file has, or shall have."""
    if path.exists():
        was = path.stat()
        return was.st_uid, was.st_gid, was.st_mode & 0o7777
    if os.getuid() == 0:
        with contextlib.suppress(KeyError):  # a desk has no such group
            return 0, grp.getgrnam(GROUP).gr_gid, 0o640
    return os.getuid(), os.getgid(), 0o600


def _why(error: OSError | ValueError) -> str:
    return str((error.strerror if isinstance(error, OSError) else None) or error)
