"""Print what each fader plays, bank by bank, as a table or as strips to stick above the faders.

The strips are an SVG in true size: print it at 100 %, cut along the lines. The pitch is the way
from one fader to the next, in millimetres.
"""

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from appliance.catalogue import Style
from appliance.commands.options import at_least, finish, not_negative
from appliance.controls.banks import banks, on_faders, playing
from appliance.engine.voices import allowed, site_catalogue
from appliance.files import replace_file
from appliance.settings import Loaded, Settings

PITCH = 19.0  # mm
STRIP, BAR, MARGIN, GAP = 18.0, 2.5, 10.0, 8.0  # mm: heights of a strip and its colour; around it
LARGE, NARROWEST = 3.2, 0.6  # mm, size of the letters; width of a letter of its size
FACE = "IBM Plex Mono, monospace"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `labels`."""
    parser.add_argument("--faders", type=at_least(1), default=8, help="faders of the box (8)")
    parser.add_argument(
        "--pitch", type=not_negative(200), default=PITCH, help="mm from fader to fader (19)"
    )
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write strips in true size")


def run(args: argparse.Namespace) -> int:
    """Print the table or write the strips; return an exit status."""
    if args.pitch < 5:
        return finish(f"a pitch of {args.pitch:g} mm leaves no room for a name: take 5 or more.", 2)
    settings = Loaded.read(args.settings).settings
    styles = labelled(settings)
    strips = [
        playing(list(styles), args.faders, bank) for bank in range(banks(len(styles), args.faders))
    ]
    if args.svg is None:
        for bank, strip in enumerate(strips, 1):
            for number, slug in enumerate(strip, 1):
                title = styles[slug].title if slug is not None else "-"
                print(f"bank {bank}  fader {number:2}  {title}")
        return 0
    drawn = drawing([[styles[slug] if slug else None for slug in s] for s in strips], args.pitch)
    try:
        replace_file(args.svg, drawn.encode())
    except OSError as error:
        return finish(f"{args.svg} cannot be written ({error.strerror}): choose another file.", 1)
    return 0


def labelled(settings: Settings) -> dict[str, Style]:
    """Return the styles that may play, by slug, in the order in which faders play them."""
    catalogue = site_catalogue(settings.styles)
    may_play = allowed(catalogue.styles, settings.styles)
    titles = {slug: style.title for slug, style in may_play.items()}
    order = on_faders(
        titles,
        named=settings.controls.faders,
        opening=settings.styles.active,
        order=settings.styles.order,
    )
    return {slug: may_play[slug] for slug in order}


def drawing(strips: Sequence[Sequence[Style | None]], pitch: float) -> str:
    """Return an SVG of all strips, one below the other; lengths are millimetres."""
    faders = max(len(strip) for strip in strips)
    width = 2 * MARGIN + faders * pitch
    height = 2 * MARGIN + len(strips) * (STRIP + GAP)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{FACE}" stroke="none">'
    )
    lines = [head]
    for bank, strip in enumerate(strips, 1):
        top = MARGIN + (bank - 1) * (STRIP + GAP)
        lines.append(f'<text x="{MARGIN}" y="{top - 1.5:g}" font-size="2.5">bank {bank}</text>')
        for place, style in enumerate(strip):
            lines += _label(style, place + 1, MARGIN + place * pitch, top, pitch)
    return "\n".join([*lines, "</svg>", ""])


def _label(
    style: Style | None, number: int, left: float, top: float, pitch: float
) -> Iterator[str]:
    middle = left + pitch / 2
    yield (
        f'<rect x="{left:g}" y="{top:g}" width="{pitch:g}" height="{STRIP}" fill="none" '
        'stroke="#999" stroke-width="0.1"/>'
    )
    text = f'<text x="{middle:g}" text-anchor="middle"'
    yield f'{text} y="{top + STRIP - 1:g}" font-size="2.2" fill="#666">{number}</text>'
    if style is None:
        return
    yield (
        f'<rect x="{left:g}" y="{top:g}" width="{pitch:g}" height="{BAR}" fill="{style.colour}"/>'
    )
    room = pitch - 2.0
    longest = max(map(len, style.title.split()), default=1)
    size = min(LARGE, room / (NARROWEST * longest))
    rows = textwrap.wrap(style.title, max(1, int(room / (NARROWEST * size) + 1e-6)))
    for row, words in enumerate(rows, 1):
        at = top + BAR + 1.15 * size * row
        yield f'{text} y="{at:.2f}" font-size="{size:.2f}">{escape(words)}</text>'
