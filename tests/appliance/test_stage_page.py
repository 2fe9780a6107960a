"""What a real window shows of the text, and of what may come next."""

import itertools

import numpy as np
import pygame

from appliance import wire
from appliance.stage.app import App
from appliance.stage.panels.joint import JointPanel
from appliance.stage.panels.text import AHEAD, TextPanel
from appliance.stage.theme import contrast, readable, rgb
from tests.puppet import Clock
from tests.staging import (
    NIGHT,
    STYLES,
    Typing,
    app,
    colours,
    drag,
    greeted,
    panel,
    pixels,
    puppet,
    slider_place,
    staged,
)

FIXTURES = (app, puppet)


def test_text_is_shown_in_the_colour_and_the_cut_of_its_author(app: App, puppet: Typing) -> None:
    puppet.write("mmmmmmmm", author=1)
    app.frame()
    seen = colours(app.screen, app.panel("text"))
    assert readable(rgb(STYLES["linux"]), NIGHT.ground, NIGHT.far) in seen
    assert NIGHT.ground in seen
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    hands = {slug: text._hand(app.desk, wire.author(i)) for i, slug in enumerate(STYLES)}
    assert len({cut for _, cut in hands.values()}) == len(STYLES)


def test_a_hand_over_is_seen_without_colours(app: App, puppet: Typing) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("aa", author=0)
    puppet.write("aa", author=1)
    app.frame()
    strip = text._strips[text._lines.count - 1]
    glyphs = [
        pygame.surfarray.array3d(strip).astype(int).max(axis=2)[
            text._margin + i * text._advance : text._margin + (i + 1) * text._advance
        ] > 90
        for i in range(4)
    ]  # fmt: skip
    assert np.array_equal(glyphs[0], glyphs[1])
    assert not np.array_equal(glyphs[1], glyphs[2])


def test_what_may_come_next_stands_after_the_caret_before_it_comes(
    app: App, puppet: Typing
) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("l", author=1)
    app.frame()
    assert not list(text._may)  # nobody knows yet
    puppet.foretell({"o": 0.6, "x": 0.3, "y": 0.09, "z": 0.01})
    app.frame()
    caret, _ = text._caret(app.desk, 0.0)
    first, *others = text._may
    assert [chr(may.code) for may in text._may] == ["o", "x", "y"]
    assert first.size > others[0].size
    assert first.place[0] >= caret[0] + caret[2]
    assert all(may.place[1] >= text._foot for may in others)
    seen = colours(app.screen, app.panel("text"))
    assert first.colour in seen
    for may in text._may:  # in nobody's colour, and to be read
        assert contrast(may.colour, NIGHT.ground) >= 3.0
    puppet.write("o", author=1)
    app.frame()
    assert not list(text._may)
    assert first.colour not in colours(app.screen, app.panel("text"))


def test_white_space_that_may_come_is_shown_by_a_sign(app: App, puppet: Typing) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("l", author=1)
    app.frame()
    puppet.foretell({" ": 1.0})
    app.frame()
    (space,) = text._may
    assert space.colour in colours(app.screen, app.panel("text"))


def test_the_caret_is_the_wider_the_more_is_open(app: App, puppet: Typing, clock: Clock) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    widths = {}
    for letters in ("a", "abcdefgh"):
        puppet.write("a", author=0)
        app.frame()
        puppet.foretell(dict.fromkeys(letters, 1.0 / len(letters)))
        for _ in range(60):
            clock.now += 1 / 60
            app.frame()
        widths[letters] = text._caret(app.desk, 0.0)[0][2]
    assert widths["abcdefgh"] > 3 * widths["a"]
    assert widths["abcdefgh"] < text._advance * AHEAD


def test_a_line_moves_up_by_and_by_and_old_lines_are_fainter(
    app: App, puppet: Typing, clock: Clock
) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("first\n", author=0)
    app.frame()
    puppet.write("second\n", author=0)
    app.frame()
    clock.now += 1 / 60
    app.frame()
    assert 0 < text._rise < text._leading
    for _ in range(60):
        clock.now += 1 / 60
        app.frame()
    assert text._rise == 0.0
    lights = [text.light(row) for row in range(text.rows)]
    assert lights == sorted(lights, reverse=True)
    assert lights[0] == 1.0 and lights[-1] <= 0.62


def test_lines_stay_broken_where_they_are_while_text_flows(app: App, puppet: Typing) -> None:
    text = panel(app, "text")
    assert isinstance(text, TextPanel)
    puppet.write("the quick brown fox jumps over the lazy dog and on " * 8, author=0)
    app.frame()
    before = {text._lines.first + i: line.cells[0] for i, line in enumerate(text._lines.lines)}
    puppet.write("and the story goes on and on " * 3, author=1)
    app.frame()
    for i, line in enumerate(text._lines.lines[:-4]):
        assert before[text._lines.first + i] == line.cells[0]


# --- what is expected -------------------------------------------------------------------------


def test_bars_glide_to_what_is_expected(app: App, puppet: Typing, clock: Clock) -> None:
    for name in ("joint", "sliders"):
        puppet.write("s", author=0)
        for _ in range(90):
            clock.now += 1 / 60
            app.frame()
        first = pixels(app, name)
        puppet.write("u", author=0, chances={"r": 0.4}, entropy=1.0)
        app.frame()
        moving = [pixels(app, name)]
        for _ in range(90):
            clock.now += 1 / 60
            app.frame()
            moving.append(pixels(app, name))
        steps = [not np.array_equal(a, b) for a, b in itertools.pairwise(moving)]
        assert np.array_equal(moving[0][:, -3:], first[:, -3:])
        assert sum(steps) > 3
        assert not steps[-1]


def test_as_many_characters_are_named_as_is_said_and_none_covers_another(
    app: App, puppet: Typing, clock: Clock
) -> None:
    joint = panel(app, "joint")
    assert isinstance(joint, JointPanel)
    puppet.write("e", author=0)
    app.frame()
    puppet.foretell(dict.fromkeys("lmnop", 0.2))
    for _ in range(300):
        clock.now += 1 / 60
        app.frame()
    assert sorted(map(chr, joint.named)) == list("lmnop")
    for a, b in itertools.combinations(joint.named.values(), 2):
        assert not a.colliderect(b)
    assert round(2.0**joint._bits) == 5


def test_the_joint_tells_the_next_character_and_not_the_last(
    app: App, puppet: Typing, clock: Clock
) -> None:
    joint = panel(app, "joint")
    assert isinstance(joint, JointPanel)
    puppet.write("q", author=0)
    puppet.foretell({"u": 1.0})
    clock.now += 1.0
    app.frame()
    assert list(joint.named) == [ord("u")]


def test_styles_below_the_threshold_are_visibly_silent(app: App, puppet: Typing) -> None:
    puppet.write("s", author=0)
    app.frame()
    before = pixels(app, "sliders")
    drag(app, slider_place(app, "love_songs", 0.0), slider_place(app, "love_songs", 1.0))
    puppet.write("e", author=2, weights=(("bible", 0.3), ("linux", 0.3), ("love_songs", 0.4)))
    app.frame()
    awake = pixels(app, "sliders")
    assert not np.array_equal(awake, before)
    drag(app, slider_place(app, "love_songs", 1.0), slider_place(app, "love_songs", 0.0))
    assert not np.array_equal(pixels(app, "sliders"), awake)


def test_a_dark_style_is_made_light_enough_to_be_read_from_afar(
    puppet: Typing, clock: Clock
) -> None:
    puppet.styles = {"bible": "#101040", "linux": "#d49915"}
    with staged(puppet, clock) as opened:
        greeted(opened, puppet, active=("bible", "linux"))
        puppet.write("m" * 9, author=0)
        opened.frame()
        page = panel(opened, "text")
        assert isinstance(page, TextPanel)
        left, top = opened.panel("text").topleft
        line = top + page._foot - page._leading
        first = pygame.Rect(left, line, 3 * page._margin, page._leading)
        seen = [(r, g, b) for r, g, b in colours(opened.screen, first)]
        lightest = max(contrast(colour, NIGHT.ground) for colour in seen)
        assert lightest >= NIGHT.far
