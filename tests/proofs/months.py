"""Months of reading: each shipped style reads ten million characters without a break.

    python -m tests.proofs.months [--characters N] [--only SLUG ...] [--work DIR]

What they read is what stands on the wall: pages that the styles typed, two of them at a time, and
shuffled, as if visitors had moved the mixture. It is one row of text, read from its beginning to
its end in long runs, with the state carried and never renewed. After each tenth the state reads a
probe text and is compared, character by character, with a fresh one: the zero state, after 80
characters of catch-up, as everywhere. At the end the state is handed to the engine's own ensemble,
which renews it. Exit status 1 if a style predicts worse than a fresh one by more than BOUND on the
mean, or by more than BOUND_AT_WORST at one place.

The probe is the style's test text where that is prepared (`python -m export prepare`), else a text
that the style typed itself.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.catalogue import read_catalogue
from appliance.engine.ensemble import CATCH_UP, RENEW_AFTER, Ensemble
from appliance.engine.model import Model, State
from appliance.engine.sampling import Floats
from export.evaluation.places import places
from export.evaluation.typist import type_pages
from export.split import split
from export.streams import encode
from export.work import work_folder

MODELS = Path(__file__).parents[2] / "models_onnx"
CHARACTERS = 10_000_000
PROBES = 10  # times that the state is probed on its way
PLACES = 8  # of 400 characters, in a probe text
STRIDE = 1_000  # characters read a call
PAGES = 256  # typed at once
SECOND = (0.0, 0.25, 0.5, 0.75)  # weights of a page's second style
BOUND = 0.05  # bits a character, on the mean of the places
BOUND_AT_WORST = 0.5  # at the worst place
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Probed:
    """What one state made of a probe text, beside what the zero state made of it."""

    excess: float  # bits a character more than the fresh one, mean of the places
    worst: float  # the same at the worst place
    apart: float  # mean total variation of what the two expect

    @property
    def as_good(self) -> bool:
        """Whether the state predicts as well as the fresh one."""
        return self.excess <= BOUND and self.worst <= BOUND_AT_WORST


@dataclass(frozen=True, slots=True)
class Journey:
    """One style's way along the road."""

    slug: str
    fresh: float  # bits a character of the probe text, from the zero state
    on_the_way: tuple[Probed, ...]  # without any renewal; the last is the end
    renewed: Probed  # the end, after the engine has renewed the state

    @property
    def as_good(self) -> bool:
        """Whether every probe was predicted as well as by a fresh state."""
        return all(probed.as_good for probed in (*self.on_the_way, self.renewed))


def road(models: Mapping[str, Model], characters: int, *, seed: int = 2016) -> Codes:
    """Return what a style meets on the wall, shape (characters,): pages of all mixtures of two."""
    slugs = list(models)
    each = -(-characters // (len(slugs) * PAGES))
    second = np.repeat(SECOND, PAGES // len(SECOND))
    pages: list[str] = []
    for i, slug in enumerate(slugs):
        neighbour = slugs[(i + 5) % len(slugs)]
        pages += type_pages(
            [models[slug], models[neighbour]],
            np.stack([1.0 - second, second], axis=1),
            characters=each,
            temperature=0.7,
            seed=seed + i,
        )
    np.random.default_rng(seed).shuffle(pages)
    return encode("".join(pages)[:characters]).astype(np.int64)


def probe_text(slug: str, model: Model, work: Path) -> tuple[str, bool]:
    """Return a text to predict, and whether it is real: the style's test text, or a typed one."""
    prepared = work / "text" / f"{slug}.txt"
    if prepared.is_file():
        return split(prepared.read_text(encoding="ascii")).test, True
    page = type_pages([model], np.ones((1, 1)), characters=PLACES * 500, temperature=1.0, seed=1)
    return page[0], False


def read_on(model: Model, codes: Codes, state: State) -> State:
    """Read codes (T,) in long runs; return the state after the last."""
    for at in range(0, len(codes), STRIDE):
        _, state = model.logits(codes[None, at : at + STRIDE], state)
    return state


def expected(model: Model, place: Codes, state: State) -> Floats:
    """Return what is expected at each character after the 80 of catch-up, shape (T - 80, 128)."""
    expects, state = model.read(place[None, :CATCH_UP], state)
    found = [expects[0]]
    for code in place[CATCH_UP:-1]:
        expects, state = model.read(np.array([[code]]), state)
        found.append(expects[0])
    return np.stack(found)


def paid(expects: Floats, place: Codes) -> float:
    """Return the bits a character of a place's counted characters."""
    likely = np.take_along_axis(expects, place[CATCH_UP:, None], axis=1)
    return float(-np.log2(np.maximum(likely, 1e-30)).mean())


def probe(model: Model, chosen: Codes, fresh: list[Floats], state: State) -> Probed:
    """Read each place (N, 480) from a state, and compare with what a fresh one expected there."""
    excess, apart = [], []
    for place, reference in zip(chosen, fresh, strict=True):
        expects = expected(model, place, state)
        excess.append(paid(expects, place) - paid(reference, place))
        apart.append(0.5 * float(np.abs(expects - reference).sum(axis=1).mean()))
    return Probed(float(np.mean(excess)), max(excess), float(np.mean(apart)))


def renewed(model: Model, walked: Codes, state: State) -> State:
    """Return what the engine makes of a state at the end of a road: it is overdue, and renewed.

    RuntimeError if the engine has not done so within a hundred times the time that it may take.
    """
    text = walked[-2_000:].astype(np.uint8).tobytes().decode("ascii")
    with Ensemble({"style": model}) as ensemble:
        ensemble.restart(text)
        ensemble.weigh(np.array([1.0]))
        ensemble.settle()
        reader = ensemble._ready["style"]
        reader.state, reader.age = state, len(walked)
        for _ in range(100 * RENEW_AFTER // len(text)):
            ensemble.read(text)
            if ensemble.renewals:
                return ensemble._ready["style"].state
    raise RuntimeError("the engine has not renewed a style that was overdue")


def travel(slug: str, model: Model, way: Codes, text: str) -> Journey:
    """Read the whole way without a break, and probe the state after each tenth and at the end."""
    chosen = places(text, most=PLACES)
    fresh = [expected(model, place, model.zero()) for place in chosen]
    bits = np.mean([paid(expects, place) for expects, place in zip(fresh, chosen, strict=True)])
    state = model.zero()
    found: list[Probed] = []
    for part in np.array_split(way, PROBES):
        state = read_on(model, part, state)
        found.append(probe(model, chosen, fresh, state))
    last = probe(model, chosen, fresh, renewed(model, way, state))
    return Journey(slug, float(bits), tuple(found), last)


def row(journey: Journey) -> str:
    """Return a journey as a line of the table."""
    end, way = journey.on_the_way[-1], journey.on_the_way
    return (
        f"{journey.slug:18} {journey.fresh:6.3f} {end.excess:+8.4f} {end.apart:6.4f} "
        f"{max(p.excess for p in way):+8.4f} {max(p.worst for p in way):+8.4f} "
        f"{journey.renewed.excess:+8.4f} {journey.renewed.apart:6.4f}  "
        f"{'as good' if journey.as_good else 'WORSE'}"
    )


def main() -> int:
    """Let the styles read, print a line for each; exit status 1 if one of them is worse."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.proofs.months",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--characters", type=int, default=CHARACTERS, help="(%(default)s)")
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="these styles alone read")
    parser.add_argument("--work", type=Path, metavar="DIR", help="folder of prepared texts")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="(%(default)s)")
    args = parser.parse_args()
    work = work_folder(args.work)
    models = {s: Model(style.path) for s, style in read_catalogue(MODELS).styles.items()}
    if unknown := set(args.only or ()) - set(models):
        parser.error(f"there is no style {', '.join(sorted(unknown))}")
    probes = {slug: probe_text(slug, model, work) for slug, model in models.items()}
    print(f"typing {args.characters:,} characters", file=sys.stderr)
    way = road(models, args.characters)
    reading = [slug for slug in models if not args.only or slug in args.only]
    real = sum(probes[slug][1] for slug in reading)
    print(f"{len(way):,} characters without a break; probe texts: {real} real, "
          f"{len(reading) - real} typed")  # fmt: skip
    print(f"{'':25} {'the end':>15} {'worst on the way':>17} {'renewed':>15}")
    print(f"{'style':18} {'fresh':>6} {'bits':>8} {'apart':>6} {'bits':>8} {'a place':>8} "
          f"{'bits':>8} {'apart':>6}")  # fmt: skip
    fine = True
    with ThreadPoolExecutor(args.threads) as pool:
        journeys = pool.map(lambda s: travel(s, models[s], way, probes[s][0]), reading)
        for journey in journeys:
            print(row(journey), flush=True)
            fine &= journey.as_good
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
