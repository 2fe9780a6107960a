"""What a bundle must fit: this machine's processor, its Debian, its Python."""

import os
import sysconfig
from dataclasses import dataclass
from pathlib import Path

MULTIARCH = {"x86_64-linux-gnu": "amd64", "aarch64-linux-gnu": "arm64"}


@dataclass(frozen=True, slots=True)
class Here:
    """The processor and the suite in Debian's words, and where Python is looked for."""

    arch: str
    suite: str
    root: Path = Path("/")

    @classmethod
    def look(cls, root: Path = Path("/")) -> "Here":
        """Ask Python, which knows the system's processor, not the kernel's, and os-release(5)."""
        multiarch = str(sysconfig.get_config_var("MULTIARCH") or "of unknown kind")
        suite = ""
        for line in (root / "etc/os-release").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key == "VERSION_CODENAME":
                suite = value.strip("\"'")
        return cls(MULTIARCH.get(multiarch, multiarch), suite or "of unknown name", root)

    def python(self, version: str) -> Path:
        """Return where the system's Python of a version, such as 3.13, is or would be."""
        return self.root / f"usr/bin/python{version}"

    def has_python(self, version: str) -> bool:
        """Tell whether the system has this Python."""
        return os.access(self.python(version), os.X_OK)
