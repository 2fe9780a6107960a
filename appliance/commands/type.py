"""Type a text on standard output, and nothing else there.

A mixture is styles with weights; see `appliance styles` for their names:

    appliance type --mix linux=0.5,love_songs=0.5 --chars 400 --seed 7 --pace 0
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import TextIO

import numpy as np

from appliance.catalogue import BadModelError
from appliance.commands.options import at_least, finish, not_negative
from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.pace import interval
from appliance.engine.typewriter import Typewriter
from appliance.engine.voices import (
    allowed,
    load_voices,
    reading_threads,
    site_catalogue,
    site_choice,
)
from appliance.joint import Joint
from appliance.mix import MixError, check_mix, parse_mix
from appliance.plain import plain
from appliance.settings import Loaded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `type`."""
    parser.add_argument("--mix", metavar="STYLE=W,...", help="weights (the opening mixture)")
    parser.add_argument(
        "--chars",
        type=at_least(0),
        default=400,
        help="how many (%(default)s), and what a word needs that the guard lets not end there",
    )
    parser.add_argument("--seed", type=at_least(0), help="the same seed types the same text")
    parser.add_argument("--prime", metavar="TEXT", default="", help="text that is read first")
    parser.add_argument("--temperature", type=not_negative(2.0), metavar="T", help="0 to 2")
    parser.add_argument(
        "--pace", type=not_negative(), metavar="N", help="characters a second; 0: as fast as it can"
    )
    parser.add_argument("--joint", choices=[str(kind) for kind in Joint])
    parser.add_argument("--allow", action="store_true", help="allow styles with an advisory")


def run(args: argparse.Namespace) -> int:
    """Type; return an exit status."""
    settings = Loaded.read(args.settings).settings
    catalogue = site_catalogue(settings.styles)
    may_play = catalogue.styles if args.allow else allowed(catalogue.styles, settings.styles)
    try:
        mix = dict(settings.opening.mixture) if args.mix is None else parse_mix(args.mix)
        check_mix(mix, catalogue.styles, may_play, remedy="add --allow, or name it in styles.allow")
    except MixError as error:
        return finish(f"{error}.", 2)
    mix = {slug: weight for slug, weight in mix.items() if weight > 0}
    choice = site_choice(settings, catalogue)
    voices = load_voices(catalogue, {slug: may_play[slug] for slug in mix}, choice)
    for slug in mix:
        if slug not in voices.models:
            return finish(f"{voices.faults[-1]}.", 1)
    typing = settings.typing
    pace = typing.pace if args.pace is None else args.pace
    with Ensemble(voices.models, workers=reading_threads(settings.engine.workers)) as ensemble:
        typewriter = Typewriter(
            ensemble,
            np.random.default_rng(args.seed),
            Guard(settings.guard.words, settings.guard.stems),
            joint=Joint(args.joint) if args.joint else typing.joint,
            temperature=typing.temperature if args.temperature is None else args.temperature,
        )
        typewriter.begin(plain(args.prime))
        ensemble.weigh(np.array([mix[slug] for slug in ensemble.slugs]))
        rhythm = np.random.default_rng()  # its own: no pace changes what a seed types
        began = time.perf_counter()
        try:
            typed = type_on(
                typewriter,
                args.chars,
                sys.stdout,
                lambda before: interval(pace, typing.unevenness, before, rhythm),
            )
        except BadModelError as error:
            return finish(f"{error}.", 1)
    sys.stdout.flush()
    if not pace and sys.stderr.isatty():
        rate = typed / max(time.perf_counter() - began, 1e-9)
        print(f"\n{rate:,.0f} characters a second", file=sys.stderr)
    return 0


def type_on(
    typewriter: Typewriter,
    characters: int,
    out: TextIO,
    pause: Callable[[str], float],
    *,
    now: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Type so many characters, and more until the guard lets the text end; return how many.

    `pause` tells the seconds from a character until the next is due, 0: as fast as it can; what the
    styles' reading takes is part of them.
    """
    typed, due = 0, now()
    while typed < characters or (typed and not typewriter.settled):
        # Never who happens to be ready: a seeded text does not depend on timing.
        typewriter.ensemble.settle()
        wait = due - now()
        if wait > 0:
            sleep(wait)
        drawn = typewriter.draw()
        assert drawn is not None
        out.write(drawn.character)
        step = pause(drawn.character)
        if step:
            out.flush()
        typewriter.read(drawn.character)
        typed += 1
        due = max(due + step, now() - step)  # never a burst after a hold-up
    return typed
