"""The page that stands beside a voice that was added: figures in words, warnings, samples."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from export.adding.texts import Gathered
from export.convert import Description
from export.evaluation.samples import Sample, in_markdown
from export.split import Parts

TRAINED = 0.85  # of the text, below which much of it is lost to measuring
COPIED = 0.05  # of typed windows, above which a voice quotes more than it writes


def uneven(parts: Parts) -> list[str]:
    """Return what the artist should know of how the text was divided."""
    if parts.trained_share >= TRAINED:
        return []
    share = _percent(parts.trained_share)
    why = (
        f"{len(parts.validation):,} and {len(parts.test):,} characters, whole pages, are put aside"
    )
    return [f"Only {share} of the text is learnt from: {why} to measure by. More text helps."]


def warnings(gathered: Gathered, parts: Parts, figures: dict[str, Any]) -> list[str]:
    """Return what the artist should know of a voice, from its text and its figures."""
    found = gathered.warnings + uneven(parts)
    copied = figures["copying"]
    if copied["typed"] > max(COPIED, copied["real"]):
        found.append(
            f"{_percent(copied['typed'])} of what it types, in windows of 50 characters, stands "
            "word for word in the training text: it quotes. More text helps."
        )
    if figures["bits"]["mean"] >= figures["compressors"]["ppmd6"]:
        found.append(
            "A compressor (PPMd of order 6) expects the test text better than the voice does: more "
            "text helps, or more time (--minutes)."
        )
    return found


def in_words(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each figure of a voice with what it means."""
    compressors, copied = figures["compressors"], figures["copying"]
    rows = [
        ("bits a character on text that it was not trained on", f"{figures['bits']['mean']:.3f}"),
        ("the same, worst place of 400 characters", f"{figures['bits']['worst']:.3f}"),
        (
            "PPMd of order 6 / order 8 on the same characters",
            f"{compressors['ppmd6']:.3f} / {compressors['ppmd8']:.3f}",
        ),
        (
            "typed windows of 50 characters that stand in the training text / of real test text",
            f"{_percent(copied['typed'])} / {_percent(copied['real'])}",
        ),
    ]
    if "spelling" in figures:
        spelling = figures["spelling"]
        rows.append(
            (
                "typed words that the training text has / of real test text",
                f"{_percent(spelling['typed'])} / {_percent(spelling['real'])}",
            )
        )
    return rows


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def page(
    description: Description,
    gathered: Gathered,
    warned: Sequence[str],
    figures: dict[str, Any],
    samples: Sequence[Sample],
    models: Path,
    trained: str,
) -> str:
    """Return the page in Markdown; types the samples with the models of the folder."""
    table = "".join(f"| {what} | {found} |\n" for what, found in in_words(figures))
    said = "".join(f"- {warning}\n" for warning in warned) or "None.\n"
    return (
        f"# {description.title}\n\n"
        f"`{description.slug}.onnx`, colour `{description.colour}`: {description.about} "
        f"Licence of the text: {description.licence}.\n\n"
        f"{len(gathered.text):,} characters from {gathered.files} file(s). {trained}\n\n"
        f"| figure | found |\n| --- | ---: |\n{table}\n"
        f"## Warnings\n\n{said}\n## Samples\n\n{in_markdown(samples, models)}"
    )
