"""The real window and event loop, with an engine whose words the test chooses."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from appliance import wire
from appliance.controls.puck import places
from appliance.settings import Loaded
from appliance.stage.app import App
from appliance.stage.desk import Desk
from appliance.stage.layout import arrange
from appliance.stage.link import Link
from appliance.stage.theme import GROUND, blend, rgb, typeface
from tests.puppet import Clock, Puppet

STYLES = {"bible": "#16b3eb", "linux": "#d49915", "love_songs": "#20ccf0", "trump": "#ffb895"}
RUN = 4711


class Typing(Puppet):
    """An engine that greets and types what the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.text = self.authors = ""
        self.came: list[wire.Message] = []  # and was not asked for yet

    def greet(self, active: tuple[str, ...] = ("bible", "linux", "love_songs")) -> None:
        assert self.heard() == [wire.Subscribe(0, wire.VERSION)]
        self.say(
            wire.Hello(wire.VERSION, RUN, "linear", 0.7, 14.0, 0),
            *(
                wire.StyleIs(i, slug, slug.title(), colour, "")
                for i, (slug, colour) in enumerate(STYLES.items())
            ),
        )
        self.say(
            wire.ActiveAre(active),
            wire.WeightsAre((("bible", 0.5), ("linux", 0.5))),
            wire.Text(RUN, 0, 0, "", ""),
        )

    def type(self, text: str, author: int) -> None:
        """Type a text as one style's."""
        for character in text:
            self.text += character
            self.authors += wire.author(author)
            sharp = np.zeros(128)
            sharp[ord(character)] = 1.0
            self.say(
                wire.Character(
                    RUN, len(self.text) - 1, 0, self.text[-240:], self.authors[-240:], 0.0
                ),
                wire.WeightsAre((("bible", 0.5), ("linux", 0.5))),
                wire.JointIs(wire.blob(sharp)),
                wire.Distribution(wire.blob(sharp), "bible"),
            )


@pytest.fixture
def puppet() -> Iterator[Typing]:
    made = Typing()
    yield made
    made.socket.close()


@pytest.fixture
def app(puppet: Typing, clock: Clock) -> Iterator[App]:
    settings = Loaded.read().settings
    at_once = settings.controls.model_copy(update={"smoothing": 0.0})
    with (
        Link(puppet.socket.getsockname(), "127.0.0.1", 0, clock) as link,
        App(Desk(link, at_once), settings.stage, clock) as opened,
    ):
        opened.frame()
        puppet.greet()
        assert opened.frame()
        yield opened


def post(kind: int, at: tuple[float, float], **more: Any) -> None:
    pygame.event.post(pygame.event.Event(kind, pos=at, touch=False, **more))


def drag(app: App, start: tuple[float, float], end: tuple[float, float]) -> None:
    post(pygame.MOUSEBUTTONDOWN, start, button=1)
    post(pygame.MOUSEMOTION, end, buttons=(1, 0, 0), rel=(0, 0))
    post(pygame.MOUSEBUTTONUP, end, button=1)
    assert app.frame()


def finger(kind: int, number: int, app: App, at: tuple[float, float]) -> None:
    width, height = app.screen.get_size()
    pygame.event.post(pygame.event.Event(kind, finger_id=number, x=at[0] / width, y=at[1] / height))


def puck_place(app: App, x: float, y: float) -> tuple[float, float]:
    """Return the screen's point of a place in the circle."""
    panel = app.panel("puck")
    radius = round(min(panel.size) * 0.36)
    return panel.centerx + x * radius, panel.centery + y * radius


def said(puppet: Typing, kind: type[wire.Message]) -> wire.Message:
    """Return the next message of a kind that the stage has sent."""
    puppet.came += puppet.heard()
    while not isinstance(puppet.came[0], kind):
        puppet.came.pop(0)
    return puppet.came.pop(0)


def test_dragging_the_puck_to_a_style_plays_it_alone_in_the_same_frame(
    app: App, puppet: Typing
) -> None:
    x, y = places(3)[1]
    drag(app, puck_place(app, 0, 0), puck_place(app, x, y))
    weights = said(puppet, wire.Weights)
    assert isinstance(weights, wire.Weights)
    assert dict(weights.pairs)["linux"] > 0.99
    # The white puck is already there, drawn in the frame that read the finger.
    at = tuple(round(v) for v in puck_place(app, x, y))
    assert app.screen.get_at(at)[:3] == (255, 255, 255)


def test_dragging_a_slider_to_the_top_and_another_to_the_bottom(app: App, puppet: Typing) -> None:
    panel = app.panel("sliders")
    first, second = panel.x + panel.width / 6, panel.x + panel.width / 2
    drag(app, (first, panel.centery), (first, panel.y))
    drag(app, (second, panel.centery), (second, panel.bottom - 1))
    assert app.desk.mixer.levels["bible"] == 1.0
    assert app.desk.mixer.levels["linux"] == 0.0
    said(puppet, wire.Weights)
    assert said(puppet, wire.Weights) == wire.Weights(
        (("bible", 1.0), ("linux", 0.0), ("love_songs", 0.0))
    )


def test_a_tap_wakes_a_style_and_another_sends_it_to_sleep(app: App, puppet: Typing) -> None:
    panel = app.panel("styles")
    trump = (panel.x + panel.width * 0.75, panel.y + panel.height * 0.75)
    before = app.screen.get_at((panel.centerx + 10, int(trump[1])))
    drag(app, trump, trump)
    assert said(puppet, wire.Active) == wire.Active(("bible", "linux", "love_songs", "trump"))
    after = app.screen.subsurface(panel).copy()
    assert any(
        after.get_at((x, y))[:3] == rgb(STYLES["trump"])
        for x in range(panel.width // 2, panel.width)
        for y in range(panel.height // 2, panel.height)
    )
    drag(app, trump, trump)
    assert said(puppet, wire.Active) == wire.Active(("bible", "linux", "love_songs"))
    assert app.screen.get_at((panel.centerx + 10, int(trump[1]))) == before


def test_two_fingers_play_two_things_at_once(app: App) -> None:
    sliders = app.panel("sliders")
    finger(pygame.FINGERDOWN, 1, app, puck_place(app, 0.2, 0.2))
    finger(pygame.FINGERDOWN, 2, app, (sliders.x + 5, sliders.centery))
    finger(pygame.FINGERMOTION, 1, app, puck_place(app, -0.5, 0.1))
    finger(pygame.FINGERMOTION, 2, app, (sliders.x + 5, sliders.y + 1))
    app.frame()
    assert app.desk.mixer.levels["bible"] == 1.0
    finger(pygame.FINGERUP, 2, app, (0, 0))
    finger(pygame.FINGERMOTION, 1, app, puck_place(app, -0.6, 0.1))
    app.frame()
    assert app.desk.puck == pytest.approx((-0.6, 0.1), abs=0.02)


def test_a_finger_that_strays_stays_with_its_slider(app: App) -> None:
    sliders = app.panel("sliders")
    finger(pygame.FINGERDOWN, 1, app, (sliders.x + 5, sliders.centery))
    finger(pygame.FINGERMOTION, 1, app, (sliders.right + 100, sliders.y + 1))
    app.frame()
    assert app.desk.mixer.levels["bible"] == 1.0
    assert app.desk.mixer.levels["love_songs"] == 0.0


def test_text_is_shown_in_the_colour_of_its_author(app: App, puppet: Typing) -> None:
    puppet.type("mmmmmmmm", author=1)
    app.frame()
    panel = app.screen.subsurface(app.panel("text"))
    ink = blend(rgb(STYLES["linux"]), (236, 233, 226), 0.8)
    seen = {
        panel.get_at((x, y))[:3] for x in range(0, panel.get_width(), 2)
        for y in range(panel.get_height() // 2, panel.get_height())
    }  # fmt: skip
    assert ink in seen
    assert GROUND in seen


def test_frames_go_on_and_text_stays_when_the_engine_dies(
    app: App, puppet: Typing, clock: Clock
) -> None:
    puppet.type("still here", author=0)
    app.frame()
    clock.now += 60.0
    for _ in range(10):
        assert app.frame()
    assert app.desk.link.view.page.text == "still here"
    assert not app.desk.link.alive
    assert app._drawn["status"] == "Waiting for the engine …"


def test_nothing_is_drawn_while_nothing_changes(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.frame()
    drawn: list[object] = []
    monkeypatch.setattr(pygame.display, "update", drawn.append)
    for _ in range(5):
        app.frame()
    assert drawn == []


def test_weights_from_another_hand_move_faders_and_puck(
    app: App, puppet: Typing, clock: Clock
) -> None:
    puppet.say(wire.WeightsAre((("love_songs", 1.0),)))
    clock.now += 1.0
    app.frame()
    assert app.desk.mixer.weights()["love_songs"] == 1.0
    assert app.desk.puck == pytest.approx(tuple(places(3)[2]), abs=1e-6)


def test_a_puck_from_outside_is_a_hand(app: App, puppet: Typing) -> None:
    x, y = (places(3)[0] + 1.0) / 2.0
    puppet.say(wire.Puck(float(x), float(y)))
    app.frame()
    weights = said(puppet, wire.Weights)
    assert isinstance(weights, wire.Weights)
    assert dict(weights.pairs)["bible"] > 0.99


def test_an_engine_of_another_version_is_named(app: App, puppet: Typing) -> None:
    puppet.say(wire.Hello(99, RUN, "linear", 0.7, 14.0, 0))
    app.frame()
    assert "another version" in str(app._drawn["status"])


def test_escape_closes_the_window(app: App) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE))
    assert not app.frame()


@pytest.mark.parametrize(
    "size", [(1024, 600), (1280, 720), (1920, 1080), (3840, 2160), (600, 1024), (1080, 1920)]
)
def test_panels_fill_the_screen_and_do_not_overlap(size: tuple[int, int]) -> None:
    layout = arrange(*size)
    rects = [getattr(layout, name) for name in layout.__dataclass_fields__]
    screen = pygame.Rect((0, 0), size)
    assert all(screen.contains(rect) for rect in rects)
    assert sum(rect.width * rect.height for rect in rects) == size[0] * size[1]
    assert not any(a.colliderect(b) for i, a in enumerate(rects) for b in rects[i + 1 :])


def test_the_typeface_is_installed_and_not_copied() -> None:
    assert typeface().is_file()
    assert "site-packages" in str(typeface())
