"""Samples of what the voices type, each with the command that types it again.

They are typed by `appliance type` itself, so that a page shows byte for byte what its reader will
see: on another kind of processor, whose 8-bit sums are rounded otherwise, a seed may type another
text.
"""

import contextlib
import html
import io
import json
import shlex
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.__main__ import main
from appliance.catalogue import read_catalogue
from appliance.joint import Joint

CHARACTERS = 280
TEMPERATURES = (0.4, 0.7, 1.0)
MIXTURES = (
    ("bible=0.5,linux=0.5", Joint.LINEAR),
    ("austen=0.5,beeton=0.5", Joint.LINEAR),
    ("shelley=0.5,chilcot=0.5", Joint.LINEAR),
    ("love_songs=0.6,latex=0.4", Joint.LINEAR),
    ("homer=0.5,trump=0.5", Joint.LINEAR),
    ("coleridge=0.5,apollo11=0.5", Joint.LINEAR),
    ("nietzsche=0.5,love_songs=0.5", Joint.LOG_LINEAR),
    ("kant=0.5,davinci=0.5", Joint.LOG_LINEAR),
    ("lincoln=0.4,aristotle=0.3,bible=0.3", Joint.LINEAR),
    ("austen=1,bible=1,love_songs=1,nietzsche=1,shelley=1", Joint.LOG_LINEAR),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is asked of `appliance type`."""

    mix: str
    temperature: float
    seed: int = 1
    joint: Joint = Joint.LINEAR
    allow: bool = False  # whether a style with an advisory takes part
    characters: int = CHARACTERS

    def arguments(self) -> list[str]:
        """Return the words of the command, but its first."""
        words = ["type", "--mix", self.mix, "--temperature", f"{self.temperature:g}"]
        words += ["--chars", str(self.characters), "--seed", str(self.seed), "--pace", "0"]
        if self.joint is not Joint.LINEAR:
            words += ["--joint", str(self.joint)]
        return [*words, "--allow"] if self.allow else words

    @property
    def command(self) -> str:
        """The command as it is typed into a shell."""
        return shlex.join(["appliance", *self.arguments()])


def typed(sample: Sample, models: Path) -> str:
    """Return what the command types with the models of a folder; ValueError if it cannot."""
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        # Without it, a site's own settings of this machine would be in force.
        settings = Path(folder, "settings.toml")
        settings.write_text(f"[styles]\nmodels = {json.dumps(str(models.resolve()))}\n", "utf-8")
        with contextlib.redirect_stdout(said):
            status = main([*sample.arguments(), "--settings", str(settings)])
    if status:
        raise ValueError(f"`{sample.command}` cannot be typed: its sentence stands above")
    return said.getvalue()


def of_style(slug: str, advisory: str, seed: int = 1) -> list[Sample]:
    """Return one style's samples, from careful to wild."""
    return [Sample(f"{slug}=1", t, seed, allow=bool(advisory)) for t in TEMPERATURES]


def mixtures(slugs: Sequence[str]) -> list[Sample]:
    """Return those of the chosen mixtures whose styles are all there."""
    there = set(slugs)
    return [
        Sample(mix, 0.7, seed=number, joint=joint)
        for number, (mix, joint) in enumerate(MIXTURES, 1)
        if {part.partition("=")[0] for part in mix.split(",")} <= there
    ]


def in_markdown(chosen: Iterable[Sample], models: Path) -> str:
    """Return samples with their commands in Markdown."""
    parts: list[str] = []
    for sample in chosen:
        text = typed(sample, models)
        fence = "```"
        while fence in text:
            fence += "`"
        # The end of the text is not a line's end, but a fence must begin a line.
        parts.append(f"`{sample.command}`\n\n{fence}text\n{text}\n{fence}\n")
    return "\n".join(parts)


def samples_page(models: Path) -> str:
    """Return every style at three temperatures, and the chosen mixtures, in Markdown."""
    styles = read_catalogue(models).styles
    parts = ["", "### Mixtures", "", in_markdown(mixtures(list(styles)), models)]
    for slug, style in styles.items():
        parts += [
            "<details>",
            f"<summary>{html.escape(style.title)} (<code>{slug}</code>)</summary>",
            "",
            in_markdown(of_style(slug, style.advisory), models),
            "</details>",
            "",
        ]
    return "\n".join(parts)
