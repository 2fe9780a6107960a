"""Where working files stand: outside the checkout, since only models are shipped."""

import os
from pathlib import Path


def work_folder(given: Path | None = None) -> Path:
    """Return the folder of working files: the given one, or one in the user's cache."""
    if given is not None:
        return given.resolve()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "static-unsigned-love"


def slugs_with_text(work: Path) -> list[str]:
    """Return the styles whose text is prepared, in alphabetical order."""
    found = sorted(path.stem for path in (work / "text").glob("*.txt"))
    if not found:
        raise FileNotFoundError(
            f"there are no texts in {work / 'text'}: run `python -m export prepare`"
        )
    return found
