"""All controls as one, with controls that do what a test wants of them."""

import logging
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from appliance import known_controls, settings
from appliance.controls import hands as module
from appliance.controls.attract import Attract
from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.hands import TRY_AGAIN, Hands, switched_on
from appliance.settings import Loaded, SettingsError, Table


class Puppet(Control):
    """A control on strings."""

    class Settings(Table):
        """What a control of someone else's may have to say."""

        seconds: float = 1.0

    def __init__(self, settings: Table | None = None) -> None:
        super().__init__(settings or self.Settings())
        self.fails: set[str] = set()  # what goes wrong
        self.events: list[Event] = []  # what is moved next
        self.opened = self.closed = 0

    def _do(self, what: str) -> None:
        if what in self.fails:
            raise RuntimeError(f"{what}: no such device\nand more that nobody reads")

    def open(self) -> None:
        self._do("open")
        self.opened += 1

    def poll(self, shown: Shown) -> Iterable[Event]:
        self._do("poll")
        moved, self.events = self.events, []
        return moved

    def close(self) -> None:
        self.closed += 1
        self._do("close")

    def health(self) -> Health:
        self._do("health")
        return Health("here.")

    def plays(self) -> Mapping[str, str]:
        self._do("plays")
        return {"linux": "3"}

    def learn(self, what: str | None) -> bool:
        self._do("learn")
        return what != "nothing"

    def learned(self) -> str | None:
        self._do("learned")
        return "fader 3 is linux."


class Box(Puppet):
    takes_over = True


class Ghost(Puppet):
    yields = True


def event(what: str, when: float = 0.0, hand: str = "") -> Event:
    return Event(what, 0.5, when, hand)


def whats(hands: Hands, now: float = 0.0) -> list[str]:
    return [move.event.what for move in hands.poll(Shown(now))]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "appliance.controls")
    return caplog


def test_all_are_opened_and_all_are_closed() -> None:
    first, second = Puppet(), Puppet()
    first.fails = {"close"}
    with Hands({"first": first, "second": second}):
        assert (first.opened, second.opened) == (1, 1)
    assert (first.closed, second.closed) == (1, 1)


def test_the_earliest_comes_first_whichever_control_it_is_of() -> None:
    first, second = Puppet(), Puppet()
    first.events = [event("pace", 2.0), event("reset", 4.0)]
    second.events = [event("hold", 1.0), event("temperature", 3.0)]
    with Hands({"first": first, "second": second}) as hands:
        assert whats(hands) == ["hold", "pace", "temperature", "reset"]
        assert whats(hands) == []


def test_a_move_says_whose_hand_it_was_and_what_is_known_of_it() -> None:
    box, plain = Box(), Puppet()
    box.events = [event("level/a", hand="fader 3")]
    plain.events = [event("reset")]
    with Hands({"box": box, "plain": plain}) as hands:
        first, second = hands.poll(Shown(0.0))
    assert (first.hand, first.takes_over, first.yields) == ("box fader 3", True, False)
    assert (second.hand, second.takes_over, second.yields) == ("plain", False, False)


@pytest.mark.parametrize("order", [("ghost", "hand"), ("hand", "ghost")])
def test_a_ghost_is_silent_in_the_frame_in_which_a_hand_moves(order: tuple[str, str]) -> None:
    controls = {"ghost": Ghost(), "hand": Puppet()}
    with Hands({name: controls[name] for name in order}) as hands:
        controls["ghost"].events = [event("puck/x")]
        [move] = hands.poll(Shown(0.0))
        assert move.yields
        controls["ghost"].events = [event("puck/x"), event("puck/y")]
        controls["hand"].events = [event("reset", when=9.0)]
        assert whats(hands) == ["reset"]


@pytest.mark.parametrize("fails", ["open", "poll"])
def test_a_control_that_fails_is_closed_named_once_and_opened_again(
    log: pytest.LogCaptureFixture, fails: str
) -> None:
    bad, good = Puppet(), Puppet()
    bad.fails = {fails, "close"}
    with Hands({"bad": bad, "good": good}) as hands:
        now = 100.0
        for _ in range(30):
            good.events = [event("reset")]
            assert whats(hands, now) == ["reset"]
            now += 1.0
        assert bad.closed >= 5
        assert hands.health() == {
            "good": Health("here."),
            "bad": Health(
                f"the control bad has failed ({fails}: no such device) and is tried again.",
                well=False,
            ),
        }
        assert log.messages == [
            f"the control bad has failed ({fails}: no such device): it is opened again",
            "the control bad did not close (close: no such device)",
        ]
        log.clear()
        bad.fails, opened = set(), bad.opened
        assert whats(hands, now + TRY_AGAIN) == []
        assert bad.opened == opened + 1
        assert hands.health()["bad"] == Health("here.")
        assert log.messages == ["the control bad is back"]
        log.clear()
        bad.fails = {"poll"}
        whats(hands, now + TRY_AGAIN + 1.0)
        assert len(log.messages) == 1, "it is named anew when it fails anew"


def test_it_is_left_alone_for_a_while_before_it_is_opened_again() -> None:
    bad = Puppet()
    bad.fails = {"poll"}
    with Hands({"bad": bad}) as hands:
        whats(hands, 100.0)
        bad.fails = set()
        whats(hands, 100.0 + TRY_AGAIN - 0.1)
        assert bad.opened == 1
        whats(hands, 100.0 + TRY_AGAIN)
        assert bad.opened == 2


def test_what_is_no_event_is_the_control_s_own_fault() -> None:
    bad, good = Puppet(), Puppet()
    good.events = [event("reset")]
    stranger: list = ["reset"]  # type: ignore[type-arg]  # someone else's package has no types
    bad.events = stranger
    with Hands({"bad": bad, "good": good}) as hands:
        assert whats(hands) == ["reset"]
        assert not hands.health()["bad"].well


ASKED: dict[str, tuple[Callable[[Hands], object], object]] = {
    "plays": (lambda hands: hands.plays(), {}),
    "learn": (lambda hands: hands.learn("reset"), False),
    "learned": (lambda hands: hands.learned(), None),
}


@pytest.mark.parametrize("name", list(ASKED))
def test_a_question_that_a_control_cannot_bear_is_answered_without_it(name: str) -> None:
    ask, nothing = ASKED[name]
    bad, good = Puppet(), Puppet()
    bad.fails = {name}
    with Hands({"bad": bad}) as hands:
        assert ask(hands) == nothing
        assert bad.closed == 1
        assert not hands.health()["bad"].well
    with Hands({"bad": bad, "good": good}) as hands:
        assert ask(hands) == ask(Hands({"good": good}))


def test_a_control_that_cannot_say_how_it_is_plays_on() -> None:
    bad = Puppet()
    bad.fails = {"health"}
    with Hands({"bad": bad}) as hands:
        assert hands.health()["bad"] == Health(
            "bad cannot say how it is (health: no such device).", well=False
        )
        bad.events = [event("reset")]
        assert whats(hands) == ["reset"]


@pytest.mark.parametrize("answer", ["well", None, ("well", True)])
def test_a_health_that_is_none_is_the_control_s_own_fault(answer: Any) -> None:
    bad, good = Puppet(), Puppet()
    bad.health = lambda: answer  # type: ignore[method-assign]  # someone else's package
    with Hands({"bad": bad, "good": good}) as hands:
        assert hands.health()["good"] == Health("here.")
        assert "and no Health" in hands.health()["bad"].sentence
        assert not hands.health()["bad"].well


def test_labels_that_are_none_are_the_control_s_own_fault() -> None:
    bad, good = Puppet(), Puppet()
    nothing: Any = lambda: None  # noqa: E731  # someone else's package
    bad.plays = nothing  # type: ignore[method-assign]  # as above
    with Hands({"bad": bad, "good": good}) as hands:
        assert hands.plays() == {"linux": "3"}
        assert not hands.health()["bad"].well


def test_learning_is_offered_to_all() -> None:
    with Hands({"attract": Attract(Attract.Settings.model_validate({})), "box": Box()}) as hands:
        assert hands.learn("level/linux")
        assert not hands.learn("nothing")
        assert hands.learned() == "fader 3 is linux."
        assert hands.plays() == {"linux": "3"}


# --- which controls there are --------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Loaded]:
    """Return a reader of settings, with one entry point of another package beside ours."""

    def read(text: str, value: str = f"{__name__}:Puppet") -> Loaded:
        points = {"other": EntryPoint("other", value, known_controls.GROUP)}
        for user in (settings, module):
            monkeypatch.setattr(user, "known", lambda: known_controls.known() | points)
        path = tmp_path / "site.toml"
        path.write_text(text, encoding="utf-8")
        return Loaded.read(path)

    return read


def test_controls_are_made_with_their_own_tables(site: Callable[..., Loaded]) -> None:
    loaded = site(
        '[controls]\non = ["other", "attract"]\n[other]\nseconds = 3\n[attract]\nafter = 30\n',
        "appliance.controls.attract:Attract",
    )
    with pytest.raises(SettingsError, match=r"the key other\.seconds is unknown"):
        switched_on(loaded)
    loaded = site(
        '[controls]\non = ["other", "attract"]\n[other]\nrest = 3\n[attract]\nafter = 30\n',
        "appliance.controls.attract:Attract",
    )
    controls, faults = switched_on(loaded)
    assert list(controls) == ["other", "attract"]
    assert faults == {}
    assert controls["attract"].settings.after == 30
    assert controls["other"].settings.rest == 3


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("nowhere.to.be.found:Control", "No module named 'nowhere'"),
        ("appliance.controls.attract:Nobody", "no attribute 'Nobody'"),
        ("appliance.controls.control:Event", "Event is no Control"),
        ("appliance.controls.hands:log", "log is no Control"),
        ("appliance.controls.control:Control", "no attribute 'Settings'"),
    ],
)
def test_a_package_that_is_broken_is_named_and_the_others_play(
    site: Callable[..., Loaded], log: pytest.LogCaptureFixture, value: str, words: str
) -> None:
    controls, faults = switched_on(site('[controls]\non = ["other", "attract"]\n', value))
    assert list(controls) == ["attract"]
    with Hands(controls, faults) as hands:
        health = hands.health()["other"]
        assert not health.well
        assert health.sentence.startswith("the control other cannot be made (")
        assert words in health.sentence
        assert "take it out of controls.on, or mend its package" in health.sentence
        for now in range(20):
            hands.poll(Shown(float(now)))
    assert len(log.messages) == 1


def test_a_name_that_is_no_control_is_a_mistake_in_the_settings(
    site: Callable[..., Loaded],
) -> None:
    with pytest.raises(SettingsError, match=r"names mdi, which is no control, did you mean midi\?"):
        site('[controls]\non = ["mdi"]\n')


def test_a_name_that_stands_there_twice_is_one_control(site: Callable[..., Loaded]) -> None:
    controls, _ = switched_on(site('[controls]\non = ["attract", "attract"]\n'))
    assert list(controls) == ["attract"]


def test_a_shipped_name_is_never_overruled(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("attract", "some.other:Thing", known_controls.GROUP)]
    monkeypatch.setattr(known_controls, "entry_points", lambda group: points)
    assert known_controls.known()["attract"].value == known_controls.SHIPPED["attract"]
