"""Choose how the classifier learns, by the validation texts alone, and print what was tried.

    python -m export.evaluation.choice [--work DIR]

The test texts, on which the classifier is measured and measures, have no part in it. Its weights
are held small by `alpha`, and it reads the training pieces a number of times.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.asked import in_a_sentence
from export.evaluation.classifier import ALPHA, LEARNT_FROM, PASSES, Ngrams, known, learner, spread
from export.split import Parts, split
from export.work import slugs_with_text, work_folder

ALPHAS = (1e-7, 1e-6, 1e-5)
TIMES = (2, 5, 10)  # that the training pieces are read
ASKED = 200  # validation pieces a style


@dataclass(frozen=True, slots=True)
class Tried:
    """How many validation pieces were named rightly after one way of learning."""

    alpha: float
    times: int
    mean: float  # share, over the styles
    worst: tuple[str, float]  # the style that is told apart least often, and its share

    def __str__(self) -> str:
        """Return it as a line of a Markdown table; the way that is in use has a star."""
        star = " *" if (self.alpha, self.times) == (ALPHA, PASSES) else ""
        slug, share = self.worst
        return f"| {self.alpha:g} | {self.times} | {self.mean:.2%}{star} | {slug} {share:.1%} |"


def tried(
    parts: Mapping[str, Parts], *, learnt_from: int = LEARNT_FROM, seed: int = 0
) -> Iterator[Tried]:
    """Let the classifier learn in each way from the training parts, and ask it about validation."""
    ngrams = Ngrams()
    training = {slug: part.training for slug, part in parts.items()}
    features, labels = known(ngrams, training, learnt_from)
    asked = [ngrams.of(spread(part.validation, ASKED)) for part in parts.values()]
    for alpha in ALPHAS:
        for times in TIMES:
            model = learner(alpha, times, seed).fit(features, labels)
            right = [float(np.mean(model.predict(f) == row)) for row, f in enumerate(asked)]
            worst = int(np.argmin(right))
            yield Tried(alpha, times, float(np.mean(right)), (list(parts)[worst], right[worst]))


def main() -> int:
    """Print a line for each way; exit status 2 if there are no texts."""
    parser = argparse.ArgumentParser(
        prog="python -m export.evaluation.choice",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--work", type=Path, metavar="DIR", help="folder of prepared texts")
    work = work_folder(parser.parse_args().work)
    try:
        texts = {
            slug: (work / "text" / f"{slug}.txt").read_text(encoding="ascii")
            for slug in slugs_with_text(work)
        }
    except OSError as error:
        print(in_a_sentence(error), file=sys.stderr)
        return 2
    print("| alpha | passes | told apart | worst style |\n| ---: | ---: | ---: | --- |")
    for way in tried({slug: split(text) for slug, text in texts.items()}):
        print(way, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
