"""What a real window shows when things are not as they should be."""

import logging

import numpy as np
import pygame
import pytest

from appliance import wire
from appliance.stage.app import App
from appliance.stage.panels.status import StatusPanel
from appliance.stage.panels.text import TextPanel
from tests.puppet import Clock
from tests.staging import (
    NIGHT,
    SETTINGS,
    Typing,
    app,
    colours,
    drag,
    greeted,
    key,
    panel,
    puppet,
    slider_place,
    staged,
)

FIXTURES = (app, puppet)


def notice(app: App) -> str:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    return text._notice(app.desk)


def test_frames_go_on_and_text_stays_when_the_engine_dies(
    app: App, puppet: Typing, clock: Clock
) -> None:
    puppet.write("still here", author=0)
    app.frame()
    assert notice(app) == ""
    clock.now += 60.0
    for _ in range(10):
        assert app.frame()
    assert app.desk.link.view.page.text == "still here"
    assert not app.desk.link.alive
    assert notice(app) == "The writers are waking …"
    assert NIGHT.ink in colours(app.screen, app.panel("text"))


def test_silence_and_hold_are_said(app: App, puppet: Typing) -> None:
    puppet.write("x", author=0)
    for slug in ("bible", "linux"):
        drag(app, slider_place(app, slug, 0.5), slider_place(app, slug, 0.0))
    assert notice(app).startswith("Silence")
    drag(app, slider_place(app, "bible", 0.0), slider_place(app, "bible", 1.0))
    assert notice(app) == ""
    app.desk.set_tempo(100.0, hold=1)
    assert notice(app) == "Paused"


def test_the_technicians_sentence_is_shown_when_asked_for(app: App, puppet: Typing) -> None:
    assert "status" not in app.pictures["instrument"].layout
    key(pygame.K_i, "i")
    app.frame()
    status = panel(app, "status")
    assert isinstance(status, StatusPanel)
    assert status.sentence == "The engine does not answer."
    assert app.panel("status").bottom <= app.screen.get_height()
    key(pygame.K_i, "i")
    app.frame()
    assert "status" not in app.pictures["instrument"].layout


def test_an_engine_of_another_version_is_named(app: App, puppet: Typing) -> None:
    puppet.say(wire.Hello(99, 4711, "linear", 0.7, 14.0, 0))
    app.frame()
    status = panel(app, "status")
    assert isinstance(status, StatusPanel)
    assert "another version" in status.sentence


def test_sentences_may_be_in_any_language_and_missing_letters_are_named(
    puppet: Typing, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    words = SETTINGS.words
    with staged(puppet, clock) as app:
        app._looks.words = words.model_copy(update={"circle": "Двигай точку", "held": "一時停止"})
        with caplog.at_level(logging.ERROR, "appliance.stage"):
            greeted(app, puppet)
        assert [r.message for r in caplog.records if "一" in r.message]
        assert not [r.message for r in caplog.records if "Д" in r.message]


def test_a_foreign_engine_that_talks_nonsense_is_drawn_all_the_same(
    app: App, puppet: Typing, clock: Clock
) -> None:
    strange = np.full(128, 3e38)
    strange[ord("x")] = 7.0
    puppet.say(
        wire.Character(4711, 0, 0, "a", "z", 7.0),
        wire.WeightsAre((("nobody", 3.0),)),
        wire.JointIs(wire.blob(strange)),
        wire.Distribution(wire.blob(strange), "nobody"),
        wire.Distribution(wire.blob(-strange), "linux"),
    )
    puppet.say(wire.Next(wire.blob(-strange), 4711, 0))
    for _ in range(20):
        clock.now += 1 / 60
        assert app.frame()
    assert app.desk.link.view.page.text == "a"
