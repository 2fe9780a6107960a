"""The piece in a terminal: the text as it is typed, bars, and keys that move the mixture."""

import contextlib
import curses
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Event

from appliance import wire
from appliance.controls.mixer import Mixer
from appliance.stage.lines import wrap
from appliance.stage.link import Link

STEP = 0.1  # of a fader, a key press
FRAME = 0.02  # seconds
HELP = (
    "left/right choose  up/down weight  Enter alone  a on/off  -/+ pace  [/] temperature  "
    "space hold  r new text  q quit"
)
BAR = 8  # characters of a bar
CELL = 33  # characters of a style's cell


def bar(level: float, width: int = BAR) -> str:
    """Return a level from 0 to 1 as a bar of ASCII characters."""
    full = round(level * width)
    if level > 0 and full == 0:
        return "." + " " * (width - 1)
    return "#" * full + " " * (width - full)


def shown_styles(slugs: Sequence[str], active: Sequence[str], chosen: str) -> list[str]:
    """Return the styles that have a bar: the active ones and the chosen one, in order."""
    return [slug for slug in slugs if slug in active or slug == chosen]


class Terminal:
    """Draws a View with curses and turns keys into messages."""

    def __init__(self, link: Link, until: Event) -> None:
        self.link = link
        self._until = until
        self.mixer = Mixer()
        self.chosen = ""
        self._colours: dict[str, int] = {}

    def run(self) -> None:
        """Play until q is pressed, or until the event is set."""
        curses.wrapper(self._loop)

    def _loop(self, screen: "curses.window") -> None:
        curses.curs_set(0)
        curses.use_default_colors()
        screen.nodelay(True)
        while not self._until.is_set():
            changed = bool(self.link.poll())
            self._follow()
            key = screen.getch()
            if key == ord("q"):
                return
            if key != curses.ERR:
                self.press(key)
                changed = True
            if changed or not self.link.alive:
                self._draw(screen)
            if key == curses.ERR:
                time.sleep(FRAME)

    def _follow(self) -> None:
        view = self.link.view
        slugs = tuple(view.styles)
        if slugs != tuple(self.mixer.levels):
            self.mixer.offer(slugs)
            self.chosen = self.chosen if self.chosen in slugs else (slugs[0] if slugs else "")
            self._colours = {}
        self.mixer.adopt(view.weights, view.active)

    # --- keys ---------------------------------------------------------------------------------

    def press(self, key: int) -> None:
        """Do what a key says."""
        slugs = list(self.mixer.levels)
        hello = self.link.view.hello
        if not slugs or hello is None:
            return
        at = slugs.index(self.chosen)
        level = self.mixer.levels[self.chosen]
        match key:
            case curses.KEY_LEFT:
                self.chosen = slugs[at - 1]
            case curses.KEY_RIGHT | 9:  # the tabulator too
                self.chosen = slugs[(at + 1) % len(slugs)]
            case curses.KEY_UP:
                self._set(self.chosen, level + STEP)
            case curses.KEY_DOWN:
                self._set(self.chosen, level - STEP)
            case 10 | 13 | curses.KEY_ENTER:
                self.mixer.set_levels({self.chosen: 1.0})
                self._send_weights()
            case 97:  # a
                on = self.chosen not in self.mixer.active
                self.mixer.set_active(self.chosen, on)
                self.link.send(wire.Active(self.mixer.active))
                self._send_weights()
            case 43 | 61:  # + =
                self._set_tempo(hello, pace=min(100.0, max(1.0, hello.pace * 1.25)))
            case 45:  # -
                self._set_tempo(hello, pace=max(1.0, hello.pace / 1.25))
            case 93:  # ]
                self._set_tempo(hello, temperature=min(2.0, hello.temperature + 0.05))
            case 91:  # [
                self._set_tempo(hello, temperature=max(0.0, hello.temperature - 0.05))
            case 32:
                self._set_tempo(hello, hold=1 - hello.hold)
            case 114:  # r
                self.link.send(wire.Reset())

    def _set_tempo(self, hello: wire.Hello, **changes: float) -> None:
        # Noted here at once: two presses within a frame are two steps.
        wished = replace(hello, **changes)  # type: ignore[arg-type]  # a hold of 0 or 1 stays whole
        self.link.view.hello = wished
        self.link.send(
            wire.Pace(wished.pace),
            wire.Temperature(round(wished.temperature, 3)),
            wire.Hold(wished.hold),
        )

    def _set(self, slug: str, level: float) -> None:
        self.mixer.set_level(slug, round(level, 3))
        self._send_weights()

    def _send_weights(self) -> None:
        self.mixer.sent()
        self.link.view.weights = self.mixer.weights()
        self.link.view.active = self.mixer.active
        self.link.send(wire.Weights(tuple(self.mixer.weights().items())))

    # --- picture ------------------------------------------------------------------------------

    def _draw(self, screen: "curses.window") -> None:
        height, width = screen.getmaxyx()
        view = self.link.view
        shown = shown_styles(list(self.mixer.levels), self.mixer.active, self.chosen)
        columns = max(1, width // CELL)
        rows = -(-len(shown) // columns)
        top = max(1, height - rows - 3)  # of the panel; the text stands above it
        screen.erase()
        for y, line in enumerate(wrap(view.page.text, width - 2, top - 1)):
            self._draw_line(screen, y, line)
        _put(screen, top - 1, 0, "-" * (width - 1), curses.A_DIM)
        for i, slug in enumerate(shown):
            y, x = top + i // columns, (i % columns) * CELL
            cell = self._cell(slug, view.weights)
            mark = curses.A_REVERSE if slug == self.chosen else 0
            _put(screen, y, x, cell[: CELL - 1], self._colour(slug) | mark)
        _put(screen, height - 2, 0, self._state_line()[: width - 1], curses.A_BOLD)
        _put(screen, height - 1, 0, HELP[: width - 1], curses.A_DIM)
        screen.refresh()

    def _draw_line(self, screen: "curses.window", y: int, line: list[int]) -> None:
        page, names = self.link.view.page, self.link.view.by_author
        for x, i in enumerate(line):
            author = page.authors[i]
            attribute = self._colour(names[author]) if author in names else 0
            character = page.text[i]
            _put(screen, y, x + 1, max(character, " "), attribute)

    def _cell(self, slug: str, weights: Mapping[str, float]) -> str:
        level = self.mixer.levels.get(slug, 0.0)
        share = weights.get(slug, 0.0)
        return f"{slug[:14]:14} [{bar(level)}] {share:4.0%}"

    def _state_line(self) -> str:
        view = self.link.view
        if not self.link.alive or view.hello is None:
            return "Waiting for the engine ..."
        sentence = view.status.sentence if view.status else ""
        hello = view.hello
        return f"{sentence}  pace {hello.pace:.0f}, temperature {hello.temperature:.2f}"

    def _colour(self, slug: str) -> int:
        if not curses.has_colors() or curses.COLORS < 256:
            return 0
        if slug not in self._colours:
            pair = len(self._colours) + 1
            curses.init_pair(pair, _nearest_of_256(self.link.view.styles[slug].colour), -1)
            self._colours[slug] = curses.color_pair(pair)
        return self._colours[slug]


def _nearest_of_256(colour: str) -> int:
    """Return the place of a #rrggbb colour in the terminal's 6 x 6 x 6 cube."""
    red, green, blue = (round(int(colour[i : i + 2], 16) / 255 * 5) for i in (1, 3, 5))
    return 16 + 36 * red + 6 * green + blue


def _put(screen: "curses.window", y: int, x: int, text: str, attribute: int) -> None:
    # The window may have become smaller than it was a moment ago.
    with contextlib.suppress(curses.error):
        screen.addstr(y, x, text, attribute)
