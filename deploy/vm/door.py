"""The technician's door into the machine: SSH, by the key that was put on its boot partition."""

import contextlib
import shlex
import subprocess
from pathlib import Path

from deploy.image.disk import run

NETWORK = "[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n[DHCPv4]\nClientIdentifier=mac\n"


class DoorError(Exception):
    """A command that failed inside; the message has what it said."""


class Door:
    """Commands inside a machine, as root; one connection serves them all."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self._folder, self._key = port, folder, folder / "key"

    @property
    def files(self) -> dict[str, str]:
        """What has to lie on the boot partition for this door to open; its key is made once."""
        if not self._key.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._key)
        public = self._key.with_suffix(".pub").read_text(encoding="utf-8")
        return {"authorized_keys": public, "network/cable.network": NETWORK}

    @property
    def _ssh(self) -> list[str]:
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": "60",
            "ControlMaster": "auto",
            "ControlPath": str(self._folder / "ssh"),
            "ControlPersist": "yes",
            "LogLevel": "ERROR",
            "ServerAliveInterval": "30",
            "ServerAliveCountMax": "10",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
        }
        words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        return ["ssh", "-i", str(self._key), "-p", str(self.port), *words, "technician@127.0.0.1"]

    def ajar(self) -> bool:
        """Tell whether it opens."""
        self.forget()
        try:
            return self.run("echo yes", patience=120).strip() == "yes"
        except DoorError:
            return False

    def forget(self) -> None:
        """Let go of a connection whose other end may be gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            command = [*self._ssh, "-O", "exit"]
            subprocess.run(command, capture_output=True, check=False, timeout=30)
        (self._folder / "ssh").unlink(missing_ok=True)

    def run(self, script: str, *, told: str | None = None, patience: float = 300.0) -> str:
        """Run a shell script as root and return what it says; DoorError if it fails."""
        try:
            said = subprocess.run(
                [*self._ssh, f"sudo sh -c {shlex.quote(script)}"],
                input=told if told is not None else "",
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DoorError(f"{script!r} did not end within {patience:.0f} s") from None
        if said.returncode:
            raise DoorError(f"{script!r} failed: {said.stderr.strip() or said.stdout.strip()}")
        return said.stdout

    def stream(self, script: str, told: Path, to: Path) -> subprocess.Popen[bytes]:
        """Start a shell script as root, with a file for its input; what it says goes to a file."""
        with told.open("rb") as source, to.open("wb") as sink:
            return subprocess.Popen(
                [*self._ssh, f"sudo sh -c {shlex.quote(script)}"],
                stdin=source,
                stdout=sink,
                stderr=subprocess.DEVNULL,
            )
