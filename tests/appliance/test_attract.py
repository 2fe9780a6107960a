"""The ghost hand, frame by frame, with a clock that the test turns."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest

from appliance.controls.attract import NEAR, Attract, between, destination
from appliance.controls.control import Event, Shown
from appliance.controls.puck import places

FRAME = 1 / 60
SETTINGS = Attract.Settings(after=60.0, rest=5.0, travel=7.0)
STYLES = tuple("abcdefgh")


class Gallery:
    """A room with a puck, in which time passes and now and then somebody touches something."""

    def __init__(self, styles: Sequence[str] = STYLES) -> None:
        self.attract = Attract(SETTINGS)
        self.now = self.touched = 1000.0
        self.puck = (0.5, 0.5)
        self.styles = tuple(styles)

    def frame(self, seconds: float = FRAME) -> list[Event]:
        """Let time pass and lay the puck where the ghost wants it."""
        self.now += seconds
        shown = Shown(
            self.now, active=self.styles, puck=self.puck, idle=self.now - self.touched
        )  # fmt: skip
        events = list(self.attract.poll(shown))
        moved = {event.what: event.value for event in events}
        self.puck = (moved.get("puck/x", self.puck[0]), moved.get("puck/y", self.puck[1]))
        return events

    def leave(self) -> None:
        """Go away for long enough."""
        self.frame(SETTINGS.after)

    def nearest(self) -> int:
        """Return the number of the style that is nearest to the puck."""
        x, y = (2 * at - 1 for at in self.puck)
        return min(
            range(len(self.styles)),
            key=lambda i: math.dist(places(len(self.styles))[i], (x, y)),
        )


def test_it_waits_until_nobody_has_touched_the_piece_for_a_while() -> None:
    gallery = Gallery()
    assert gallery.frame(SETTINGS.after - 1.0) == []
    assert gallery.attract.health().sentence == "attract waits for 60 s without a touch."
    events = gallery.frame(1.0)
    assert [event.what for event in events] == ["puck/x", "puck/y"]
    assert {event.when for event in events} == {gallery.now}
    assert "plays" in gallery.attract.health().sentence


def test_it_is_a_hand_that_yields_and_has_no_fader() -> None:
    assert Attract.yields
    assert not Attract.takes_over


def test_it_is_silent_in_the_frame_after_a_touch_and_waits_anew() -> None:
    gallery = Gallery()
    gallery.leave()
    for _ in range(30):
        assert gallery.frame()
    gallery.touched = gallery.now
    assert gallery.frame() == []
    assert gallery.frame(SETTINGS.after - 1.0) == []
    assert gallery.frame(1.0)


def test_it_goes_on_from_where_the_puck_lies() -> None:
    gallery = Gallery()
    gallery.puck = (0.9, 0.3)
    gallery.leave()
    assert gallery.puck == pytest.approx((0.9, 0.3))


def test_with_nobody_on_the_circle_there_is_nowhere_to_go() -> None:
    gallery = Gallery(styles=())
    gallery.leave()
    assert gallery.frame() == []


def test_its_way_has_no_jump_even_when_the_circle_changes() -> None:
    gallery = Gallery()
    gallery.leave()
    way = [gallery.puck]
    for frame in range(40 * 60):
        if frame == 1000:
            gallery.styles = STYLES[:5]
        if frame == 1300:
            gallery.styles = STYLES[:3]
        gallery.frame()
        way.append(gallery.puck)
    # From edge to edge in seven seconds, at the middle of the way by pi/2 times the mean speed.
    fastest = NEAR / SETTINGS.travel * math.pi / 2 * FRAME
    assert max(math.dist(a, b) for a, b in pairwise(way)) <= fastest * 1.001


def test_it_rests_at_a_style_without_a_word() -> None:
    gallery = Gallery()
    gallery.leave()
    words = [len(gallery.frame()) for _ in range(12 * 60)]
    moving = sum(map(bool, words)) * FRAME
    assert moving == pytest.approx(SETTINGS.travel, abs=3 * FRAME)
    x, y = gallery.puck
    assert math.dist((0.5, 0.5), (x, y)) == pytest.approx(NEAR / 2, abs=0.01)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 16, 24])
def test_it_comes_to_every_style_before_long(count: int) -> None:
    gallery = Gallery([str(i) for i in range(count)])
    gallery.leave()
    visited = []
    for _ in range(3 * count):
        gallery.frame(SETTINGS.travel + 1.0)  # it has arrived
        visited.append(gallery.nearest())
        gallery.frame(SETTINGS.rest)
    assert set(visited) == set(range(count))


@pytest.mark.parametrize("count", range(2, 25))
def test_it_visits_every_style_before_it_returns_to_one(count: int) -> None:
    ways = [destination(leg, count) for leg in range(100)]
    assert all(math.dist(a, b) > 0.1 for a, b in pairwise(ways))
    assert all(len(set(ways[i : i + count])) == count for i in range(100 - count))


def test_alone_it_stays() -> None:
    assert len({destination(leg, 1) for leg in range(5)}) == 1


@pytest.mark.parametrize(
    ("way", "at"), [(-1.0, 0.0), (0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (9.0, 1.0)]
)
def test_a_way_begins_and_ends_where_it_should(way: float, at: float) -> None:
    assert between((0.0, 0.0), (1.0, -1.0), way) == pytest.approx((at, -at))
