"""The piece in a terminal: the text as it is typed, bars, and keys that move the mixture."""

import contextlib
import curses
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event

from appliance.stage.desk import Desk
from appliance.stage.keys import Keys
from appliance.stage.lines import Cell, wrap

FRAME = 0.02  # seconds
HELP = (
    "left/right choose  up/down weight  Enter alone  a on/off  -/+ pace  [/] temperature  "
    "space hold  r new text  q quit"
)
NAMES = {
    curses.KEY_LEFT: "left", curses.KEY_RIGHT: "right", curses.KEY_UP: "up",
    curses.KEY_DOWN: "down", curses.KEY_ENTER: "enter", 10: "enter", 13: "enter",
}  # fmt: skip
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
    """Draws a desk with curses and turns keys into what hands do."""

    def __init__(self, desk: Desk, until: Event, clock: Callable[[], float]) -> None:
        self.desk = desk
        self._until, self._clock = until, clock
        self.keys = Keys()
        self._colours: dict[str, int] = {}

    def run(self) -> None:
        """Play until q is pressed, or until the event is set."""
        curses.wrapper(self._loop)

    def _loop(self, screen: "curses.window") -> None:
        curses.curs_set(0)
        curses.use_default_colors()
        screen.nodelay(True)
        while not self._until.is_set():
            now = self._clock()
            before = self.desk.mixer.levels
            heard = self.desk.link.poll()
            self.desk.follow(heard, now)
            self._keep_choice()
            key = screen.getch()
            if key == ord("q"):
                return
            if key != curses.ERR:
                self.press(key, now)
            self.desk.play(now)
            self.desk.flush(now)
            moved = key != curses.ERR or before != self.desk.mixer.levels
            if heard or moved or not self.desk.link.alive:
                self._draw(screen)
            if key == curses.ERR:
                time.sleep(FRAME)

    @property
    def chosen(self) -> str:
        """The style that the keys play."""
        return self.keys.chosen

    def _keep_choice(self) -> None:
        if self.keys.keep(self.desk):
            self._colours = {}

    def press(self, key: int, now: float) -> None:
        """Do what a key says."""
        self.keys.press(NAMES.get(key) or (chr(key) if 0 <= key < 128 else ""), self.desk, now)

    # --- picture ------------------------------------------------------------------------------

    def _draw(self, screen: "curses.window") -> None:
        height, width = screen.getmaxyx()
        view = self.desk.link.view
        shown = shown_styles(self.desk.slugs, self.desk.circle, self.chosen)
        columns = max(1, width // CELL)
        rows = -(-len(shown) // columns)
        top = max(1, height - rows - 3)  # of the panel; the text stands above it
        screen.erase()
        for y, line in enumerate(wrap(view.page.text, width - 2, top - 1)):
            self._draw_line(screen, y, line)
        _put(screen, top - 1, 0, "-" * (width - 1), curses.A_DIM)
        for i, slug in enumerate(shown):
            y, x = top + i // columns, (i % columns) * CELL
            cell = self._cell(slug, self.desk.mixer.weights())
            mark = curses.A_REVERSE if slug == self.chosen else 0
            _put(screen, y, x, cell[: CELL - 1], self._colour(slug) | mark)
        _put(screen, height - 2, 0, self._state_line()[: width - 1], curses.A_BOLD)
        _put(screen, height - 1, 0, HELP[: width - 1], curses.A_DIM)
        screen.refresh()

    def _draw_line(self, screen: "curses.window", y: int, line: list[Cell]) -> None:
        page, names = self.desk.link.view.page, self.desk.link.view.by_author
        for i, x in line:
            author = page.authors[i]
            attribute = self._colour(names[author]) if author in names else 0
            character = page.text[i]
            _put(screen, y, x + 1, max(character, " "), attribute)

    def _cell(self, slug: str, weights: Mapping[str, float]) -> str:
        level = self.desk.mixer.levels.get(slug, 0.0)
        share = weights.get(slug, 0.0)
        return f"{slug[:14]:14} [{bar(level)}] {share:4.0%}"

    def _state_line(self) -> str:
        view = self.desk.link.view
        if not self.desk.link.alive or view.hello is None:
            return "Waiting for the engine ..."
        sentence = view.status.sentence if view.status else ""
        hello = view.hello
        return f"{sentence}  pace {hello.pace:.0f}, temperature {hello.temperature:.2f}"

    def _colour(self, slug: str) -> int:
        if not curses.has_colors() or curses.COLORS < 256:
            return 0
        if slug not in self._colours:
            pair = len(self._colours) + 1
            curses.init_pair(pair, _nearest_of_256(self.desk.link.view.styles[slug].colour), -1)
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
