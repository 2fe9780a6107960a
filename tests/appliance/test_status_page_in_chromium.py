"""The technician's page of a real engine with the shipped models, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import wire
from appliance.service.status_page import Line, Report, StatusPage
from appliance.stage.link import Link
from tests.chromium import PROGRAM, Browser
from tests.conftest import wait_for
from tests.watched import WatchedEngine

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed")

SIZES = {"phone": (390, 844), "small phone": (320, 568), "desktop": (1280, 800)}
# Every cell that has a text: whether it is shown, and no part of it lies beyond an edge.
CUT_OFF = """[...document.querySelectorAll("h1,h2,p,th,td,button,input")].filter(cell => {
  const place = cell.getBoundingClientRect(), style = getComputedStyle(cell);
  return !place.width || !place.height || place.left < 0 || place.right > innerWidth
    || cell.scrollWidth > cell.clientWidth + 1 && style.display !== "inline"
    || style.visibility !== "visible" || style.opacity !== "1";
}).map(cell => cell.textContent)"""
WORST = Report(
    "typing",
    "Typing 14 characters a second with 24 styles. The archive cannot be written (full): check it.",
    (
        Line("disk", "9 GB are free."),
        Line(
            "a/part/with/a/name/that/has/no/end/and/no/space", "/" + "very_long_path/" * 20, False
        ),
        Line("power", "<b>The voltage</b> is too low now.", well=False),
    ),
    {f"a_style_of_a_long_name_{n}": 1 / 24 for n in range(24)},
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[WatchedEngine]:
    made = WatchedEngine(tmp_path)
    yield made
    made.stop()


def scrolls_sideways(browser: Browser) -> bool:
    wide, seen = browser.run("[document.documentElement.scrollWidth, innerWidth]")
    return bool(wide > seen)


@pytest.mark.parametrize("size", SIZES)
def test_a_typing_engine_is_read_without_scrolling_sideways(
    browser: Browser, engine: WatchedEngine, link: Link, size: str, tmp_path: Path
) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 20)
    browser.size(*SIZES[size], phone=size != "desktop")
    browser.open(engine.address)
    text = browser.run("document.body.innerText")
    for shown in ("Typing ", "rhythm", "archive", "The mixture", "austen", "40%"):
        assert shown in text
    assert browser.run("innerWidth") == SIZES[size][0]
    assert not scrolls_sideways(browser)
    assert browser.run(CUT_OFF) == []
    # The verdict, whichever it is on this machine, is seen without a finger on the screen.
    assert browser.run("document.getElementById('verdict').innerText")[0] in "✓✗"
    assert browser.run("document.getElementById('verdict').getBoundingClientRect().bottom") < 200
    # Nobody else is asked for anything.
    assert {url for url in browser.asked if not url.startswith("data:")} == {engine.address}
    assert browser.said == []
    browser.photograph(tmp_path / f"{size}.png")
    assert (tmp_path / f"{size}.png").read_bytes().startswith(b"\x89PNG")


def test_it_renews_itself_and_says_when_nobody_answers(
    browser: Browser, engine: WatchedEngine, link: Link
) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 20)
    browser.size(*SIZES["phone"], phone=True)
    browser.open(engine.address)
    browser.run("window.stays = true")
    link.send(wire.Hold(1))
    wait_for(link, lambda: link.view.status and link.view.status.state == "held")
    browser.until("document.body.innerText", lambda text: "The typewriter is held." in text)
    assert " held" in browser.run("window.stays && document.title")  # and it is the same page
    engine.kill()
    browser.until("document.getElementById('age').className", lambda name: name == "ill")
    assert "No answer. What stands here is of" in browser.run("document.body.innerText")
    assert "The typewriter is held." in browser.run("document.body.innerText")
    engine.start("--seed", "1")
    browser.until("document.body.innerText", lambda text: "Typing " in text)
    assert browser.run("document.getElementById('age').className") == ""


@pytest.mark.parametrize("size", SIZES)
def test_whatever_is_told_fits_and_what_wants_a_hand_stands_first(
    browser: Browser, size: str
) -> None:
    with StatusPage("127.0.0.1", 0, "", lambda: WORST) as page:
        browser.size(*SIZES[size], phone=size != "desktop")
        browser.open(f"http://127.0.0.1:{page.address[1]}/")
        assert not scrolls_sideways(browser)
        assert browser.run(CUT_OFF) == []
        assert "2 things want a hand." in browser.run("document.body.innerText")
        marks = browser.run("[...document.querySelectorAll('th')].map(th => th.textContent[0])")
        assert marks[:3] == ["✗", "✗", "✓"]
        assert "<b>The voltage</b>" in browser.run("document.body.innerText")


def test_beyond_loopback_a_phone_is_asked_for_the_token(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The browser is on this machine: what the server takes for this machine is changed.
    monkeypatch.setattr("appliance.service.status_page.is_near", lambda _: False)
    report = Report("typing", "Typing 14 characters a second with 3 styles.")
    with StatusPage("127.0.0.1", 0, "a-long-secret", lambda: report) as page:
        address = f"http://127.0.0.1:{page.address[1]}/"
        browser.size(*SIZES["phone"], phone=True)
        browser.open(address)
        assert "Which token?" in browser.run("document.body.innerText")
        assert "Typing" not in browser.run("document.documentElement.outerHTML")
        assert browser.run(CUT_OFF) == []
        for given, shown in (("a-long-guess!", "Which token?"), ("a-long-secret", "Typing 14")):
            browser.run(f"document.forms[0].token.value = '{given}'; window.before = true")
            browser.run("document.forms[0].requestSubmit()")
            browser.until("!window.before && document.readyState === 'complete'")
            assert shown in browser.run("document.body.innerText")
        # It renews itself with the token that it was opened with.
        browser.until("document.getElementById('age').textContent", lambda t: "As of" in t)
        assert browser.run("location.search") == "?token=a-long-secret"
