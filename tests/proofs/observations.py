"""The author's own observations, on the shipped models: what he saw in 2016, and what is so here.

    python -m tests.proofs.observations

Prints docs/observations.md and writes it anew. A style reads a prompt as the beginning of a text,
in one run from the zero state, as the engine does with a new page. What does not hold with these
models is said, and nothing is tuned for it.
"""

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.catalogue import read_catalogue
from appliance.engine.mixture import linear
from appliance.engine.model import Model
from appliance.engine.sampling import Floats

MODELS = Path(__file__).parents[2] / "models_onnx"
PAGE = Path(__file__).parents[2] / "docs" / "observations.md"
UNSIGNED, MAKE = "static unsigned lo", "we will make A"
Expect = Callable[[str, str], Floats]  # style and prompt -> distribution (128,)

TEXT = """\
# The author's observations

Akten and Grierson tell what they saw in their ensemble (arXiv 1612.04687): after the same few
letters each style wants to go on in its own way, a mixture holds both ways open, and a style that
is nearly certain is seen in the joint even where it weighs little. The same on the shipped models,
as `make observations` prints it; `make test` fails when the last column is not true any more.

A prompt is read as the beginning of a text. The joint is the linear one. Figures found on
{machine}.

| observation | after | wanted | found | holds |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that the author saw: what is wanted of the models, and what was found."""

    name: str
    prompt: str
    wanted: str
    found: str
    holds: bool

    @property
    def row(self) -> str:
        """The observation as a line of the table."""
        verdict = "yes" if self.holds else "no"
        return f"| {self.name} | `{self.prompt}` | {self.wanted} | {self.found} | {verdict} |"


def expectations() -> Expect:
    """Return who tells what a shipped style expects after a prompt; each model is loaded once."""
    styles = read_catalogue(MODELS).styles
    loaded: dict[str, Model] = {}

    def expect(slug: str, prompt: str) -> Floats:
        if slug not in loaded:
            loaded[slug] = Model(styles[slug].path)
        codes = np.frombuffer(b"\n" + prompt.encode("ascii"), dtype=np.uint8).astype(np.int64)
        distributions, _ = loaded[slug].read(codes[None], loaded[slug].zero())
        last: Floats = distributions[0]
        return last

    return expect


def observe(expect: Expect) -> list[Observation]:
    """Look for each of the observations."""
    linux, love = expect("linux", UNSIGNED), expect("love_songs", UNSIGNED)
    even = linear(np.stack([linux, love]), np.array([0.5, 0.5]))
    faint = linear(np.stack([linux, love]), np.array([0.1, 0.9]))
    n, v = float(even[ord("n")]), float(even[ord("v")])
    certain, seen, unseen = (float(p[ord("n")]) for p in (linux, faint, love))
    return [
        _likely("linux goes on to `long`", UNSIGNED, linux, "n", 0.3),
        _likely("love_songs goes on to `love`", UNSIGNED, love, "v", 0.2),
        Observation(
            "the even mixture of linux and love_songs holds both open",
            UNSIGNED,
            "`n` and `v` above 0.1",
            f"`n` {n:.3f}, `v` {v:.3f}",
            min(n, v) > 0.1,
        ),
        _likely("trump goes on to `America`", MAKE, expect("trump", MAKE), "m", 0.5),
        _first("austen goes on to `An`", MAKE, expect("austen", MAKE), "n"),
        _first("bible goes on to `Ab`", MAKE, expect("bible", MAKE), "b"),
        Observation(
            "linux, nearly certain, is seen at 10 % beside love_songs",
            UNSIGNED,
            "`n` at least 0.9 in linux, 0.09 in the joint, and there twice what love_songs gives",
            f"linux {certain:.3f}, the joint {seen:.3f}, love_songs {unseen:.3f}",
            certain >= 0.9 and seen >= 0.09 and seen >= 2 * unseen,
        ),
    ]


def _likely(name: str, prompt: str, p: Floats, character: str, least: float) -> Observation:
    found = float(p[ord(character)])
    wanted = f"`{character}` at least {least:g}"
    return Observation(name, prompt, wanted, f"{found:.3f}", found >= least)


def _first(name: str, prompt: str, p: Floats, character: str, most: int = 3) -> Observation:
    order = np.argsort(-p, kind="stable")
    rank = 1 + int(np.flatnonzero(order == ord(character))[0])
    first = ", ".join(f"`{chr(code)}` {p[code]:.3f}" for code in order[:most])
    wanted = f"`{character}` among the first {most}"
    return Observation(name, prompt, wanted, f"rank {rank}: {first}", rank <= most)


def recorded(page: Path = PAGE) -> dict[str, bool]:
    """Return what the page says of each observation: whether it holds."""
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows[2:]]
    return {row[0]: row[-1] == "yes" for row in cells}


def kind_of_processor(info: Path = Path("/proc/cpuinfo")) -> str:
    """Return what the processor calls itself, or at least its architecture."""
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {platform.machine()}" if names else platform.machine()


def main() -> int:
    """Print the page and write it anew."""
    rows = "".join(f"{observation.row}\n" for observation in observe(expectations()))
    page = TEXT.format(machine=kind_of_processor()) + rows
    PAGE.write_text(page, encoding="utf-8")
    print(page, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
