"""Plug-in libraries that fail as drivers do: really, in native code."""

import shutil
import subprocess
from pathlib import Path

import pytest

RELEASE = "void *ReleaseEpFactory(void) { return 0; }\n"  # onnxruntime looks for it before it calls
CRASHES = RELEASE + "void abort(void); void *CreateEpFactories(void) { abort(); return 0; }\n"
HANGS = RELEASE + "void *CreateEpFactories(void) { for (volatile int on = 1; on;) {} return 0; }\n"


def build(folder: Path, source: str) -> str:
    """Compile a library that onnxruntime will call; return its path. Skips without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (Debian: gcc) to make a broken library with")
    path = folder / "libbroken.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", path, "-x", "c", "-"],
        input=source,
        text=True,
        check=True,
    )
    return str(path)
