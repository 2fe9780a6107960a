"""What the engine answers, without a network: datagrams in, datagrams out."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from appliance import wire
from appliance.commands.engine import opening_score, said
from appliance.engine.budget import REMEMBERED
from appliance.engine.ensemble import Ensemble
from appliance.engine.listeners import MOST_LISTENERS
from appliance.engine.manuscript import MOST_WAITING
from appliance.engine.memory import Memory, keep, recall
from appliance.engine.model import Model
from appliance.engine.score import Score
from appliance.engine.server import Server
from appliance.engine.session import Provider
from appliance.joint import Joint
from appliance.settings import Loaded, Settings
from tests.engine_room import STRANGER, Sent, ensemble, listening, make, say, sent, server

FIXTURES = (ensemble, sent, server)


def test_a_greeting_is_two_datagrams_and_the_page_comes_before_the_mixture(
    server: Server, sent: Sent
) -> None:
    say(server, wire.Subscribe(0, wire.VERSION))
    assert {to for _, to in sent.datagrams} == {STRANGER}
    [first, second] = sent.take()
    assert [type(m) for m in first] == [wire.Hello] + [wire.StyleIs] * 3
    assert [type(m) for m in second] == [wire.Text, wire.ActiveAre, wire.WeightsAre]
    say(server, wire.Subscribe(4000, wire.VERSION))
    assert {to for _, to in sent.datagrams} == {("127.0.0.1", 4000)}


def test_what_one_datagram_sets_is_told_once(server: Server, sent: Sent) -> None:
    listening(server, sent)
    say(server, wire.Active(("b", "c")), wire.Weights((("b", 1.0), ("c", 3.0))), wire.Pace(5.0))
    mixture, [hello] = sent.take()
    assert mixture == [
        wire.ActiveAre(("b", "c")), wire.WeightsAre((("b", 0.25), ("c", 0.75))),
    ]  # fmt: skip
    assert isinstance(hello, wire.Hello)
    assert hello.pace == 5.0


def test_a_line_that_is_sent_with_a_reset_stays_on_the_new_page(server: Server, sent: Sent) -> None:
    before = listening(server, sent)
    say(server, wire.Reset(), wire.Prime(" was nothing"))
    page = sent.take()[-1][0]
    assert isinstance(page, wire.Text)
    assert page.start == before.end
    assert page.text == "In the beginning was nothing"


def test_a_line_that_is_sent_with_a_reset_waits_for_a_word_that_must_be_finished(
    tiny: Path, ensemble: Ensemble, sent: Sent, tmp_path: Path
) -> None:
    memory = Memory(text="my ass", authors="      ", end=6)
    server = make(tiny, ensemble, sent, tmp_path, memory)
    before = listening(server, sent)
    say(server, wire.Reset(), wire.Prime(" was nothing"))
    [[page]] = sent.take()
    assert page == before
    server._text.sheet.put("ume")
    server._typewriter.follow("my assume")
    server._turn_if_settled()
    [[page]] = sent.take()
    assert isinstance(page, wire.Text)
    assert page.text == "In the beginning was nothing"


@pytest.mark.parametrize("line", ["\u65e5\u672c", "\x00\x01"])
def test_a_line_of_which_nothing_is_left_in_ascii_is_dropped(
    server: Server, sent: Sent, line: str
) -> None:
    listening(server, sent)
    if "\0" in line:
        server.datagram_received(b"/prime\0\0,s\0\0\x01\0\0\0", STRANGER)
    else:
        say(server, wire.Prime(line))
    assert sent.take() == []
    assert server.status().dropped == 1


def test_lines_that_wait_to_be_read_count_for_the_guard(server: Server, sent: Sent) -> None:
    listening(server, sent)
    say(server, wire.Prime(" what the fu"), wire.Prime("ck"))
    [[page]] = sent.take()
    assert isinstance(page, wire.Text)
    assert page.text == "In the beginning what the fu"
    assert server.status().dropped == 1


def test_a_flood_of_lines_is_dropped(server: Server, sent: Sent) -> None:
    listening(server, sent)
    for _ in range(20):
        say(server, wire.Prime(" and"))
    assert len(sent.take()) == MOST_WAITING
    assert server.status().dropped == 20 - MOST_WAITING


def test_a_listener_more_than_the_most_is_not_answered(server: Server, sent: Sent) -> None:
    for port in range(1, MOST_LISTENERS + 1):
        say(server, wire.Subscribe(port, wire.VERSION))
    sent.take()
    say(server, wire.Subscribe(2000, wire.VERSION))
    assert sent.take() == []
    say(server, wire.Subscribe(1, wire.VERSION))  # who listens already may go on
    assert len(sent.take()) == 2
    say(server, wire.Unsubscribe(1))
    say(server, wire.Subscribe(2000, wire.VERSION))
    assert len(sent.take()) == 2


def test_a_provider_that_has_failed_as_it_played_is_not_said_to_compute(
    tiny: Path, sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = {slug: Model(tiny / f"{slug}.onnx") for slug in "abc"}
    models["b"].provider = Provider("AcmeExecutionProvider")
    with Ensemble(models) as ensemble:
        server = make(tiny, ensemble, sent, tmp_path)
        monkeypatch.setattr(server, "_computing", "AcmeExecutionProvider computes")
        assert server.status().computing == "AcmeExecutionProvider computes"
        models["b"]._leave(RuntimeError("device lost"))
        assert server.status().computing == (
            "AcmeExecutionProvider computes; it failed with b.onnx (device lost), "
            "and the CPU plays on"
        )


def test_an_engine_does_not_listen_to_itself(server: Server, sent: Sent) -> None:
    server._listeners.own_port = 7770
    say(server, wire.Subscribe(7770, wire.VERSION))
    assert sent.take() == []
    assert server.status().dropped == 1
    say(server, wire.Puck(0.3, 0.7))  # it would pass it on to itself for ever
    assert sent.take() == []
    say(server, wire.Subscribe(7770, wire.VERSION), sender=("192.168.1.9", 4000))
    assert server.status().dropped == 2  # whom the site does not name


def test_an_index_that_comes_near_the_end_of_31_bits_is_counted_anew(
    tiny: Path, ensemble: Ensemble, sent: Sent, tmp_path: Path
) -> None:
    far = 2**31 - 1
    memory = Memory(text="far", authors="012", styles=("a", "b", "c"), start=far - 100, end=far)
    page = listening(make(tiny, ensemble, sent, tmp_path, memory), sent)
    assert (page.start, page.end, page.text, page.authors) == (0, 3, "far", "012")


def test_a_text_of_which_only_the_end_was_kept_begins_there(
    tiny: Path, ensemble: Ensemble, sent: Sent, tmp_path: Path
) -> None:
    memory = Memory(text="kept", authors="    ", start=0, end=9_000)
    page = listening(make(tiny, ensemble, sent, tmp_path, memory), sent)
    assert (page.start, page.end) == (8_996, 9_000)


# --- what is played when it returns -----------------------------------------------------------


def played(memory: Memory | None, slugs: str = "abc") -> tuple[Mapping[str, float], set[str]]:
    settings = Loaded.read().settings
    opening = settings.opening.model_copy(update={"mixture": {"c": 2.0}})
    styles = settings.styles.model_copy(update={"active": ["a", "c"]})
    settings = settings.model_copy(update={"opening": opening, "styles": styles})
    score = opening_score(settings, tuple(slugs), memory)
    return score.mixture(), set(score.active)


@pytest.mark.parametrize(
    ("memory", "weights", "active"),
    [
        (None, {"c": 1.0}, {"a", "c"}),
        (Memory(weights={"a": 1.0}, active=("a", "b")), {"a": 1.0}, {"a", "b"}),
        # It was silent: whoever switches it on finds it typing, with the styles as they were.
        (Memory(weights={}, active=("b",)), {"c": 1.0}, {"b", "c"}),
        # Some of the styles are gone, or all of them.
        (Memory(weights={"a": 0.5, "x": 0.5}, active=("a", "x")), {"a": 1.0}, {"a"}),
        (Memory(weights={"x": 1.0}, active=("x",)), {"c": 1.0}, {"a", "c"}),
    ],
)
def test_what_stood_is_played_as_far_as_it_can_be(
    memory: Memory | None, weights: dict[str, float], active: set[str]
) -> None:
    assert played(memory) == (weights, active)


def test_the_first_style_plays_where_none_of_the_opening_is_there() -> None:
    assert played(None, "ab") == ({"a": 1.0}, {"a"})


def test_what_was_set_is_taken_up_even_from_a_silence() -> None:
    settings = Loaded.read().settings
    memory = Memory(temperature=0.1, pace=3.0, joint="log-linear")
    score = opening_score(settings, ("a",), memory)
    assert (score.temperature, score.pace, score.joint) == (0.1, 3.0, Joint.LOG_LINEAR)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("typing", "pace", 9.0),
        ("typing", "temperature", 0.3),
        ("typing", "joint", Joint.LINEAR),
        ("styles", "active", ["b"]),
        ("opening", "mixture", {"b": 1.0}),
    ],
)
def test_a_setting_that_was_changed_since_is_in_force(
    server: Server, tmp_path: Path, section: str, key: str, value: object
) -> None:
    slugs = ("a", "b", "c")
    settings = with_setting(Loaded.read().settings, "opening", "mixture", {"a": 1.0})
    settings = with_setting(settings, "typing", "joint", Joint.LOG_LINEAR)
    say(server, wire.Active(slugs), wire.Weights((("c", 1.0),)))
    say(server, wire.Temperature(1.5), wire.Pace(30.0), wire.SetJoint("log-linear"))
    server._instead_of = said(settings)
    path = tmp_path / "engine.json"
    keep(path, server._memory())
    stood = opening_score(settings, slugs, recall(path))
    assert played_by(stood) == ({"c": 1.0}, set(slugs), 1.5, 30.0, "log-linear")
    changed = with_setting(settings, section, key, value)
    now = opening_score(changed, slugs, recall(path))
    expected = {
        "pace": ({"c": 1.0}, set(slugs), 1.5, 9.0, "log-linear"),
        "temperature": ({"c": 1.0}, set(slugs), 0.3, 30.0, "log-linear"),
        "joint": ({"c": 1.0}, set(slugs), 1.5, 30.0, "linear"),
        # The opening's style plays, and is woken if it must be.
        "active": ({"a": 1.0}, {"a", "b"}, 1.5, 30.0, "log-linear"),
        "mixture": ({"b": 1.0}, set(slugs), 1.5, 30.0, "log-linear"),
    }
    assert played_by(now) == expected[key]


def played_by(score: Score) -> tuple[Mapping[str, float], set[str], float, float, str]:
    """Return all that is in force."""
    return score.mixture(), set(score.active), score.temperature, score.pace, str(score.joint)


def with_setting(settings: Settings, section: str, key: str, value: object) -> Settings:
    """Return settings of which one is another."""
    table = getattr(settings, section).model_copy(update={key: value})
    return settings.model_copy(update={section: table})


def test_a_hold_and_a_silence_end_with_the_engine(server: Server, tmp_path: Path) -> None:
    say(server, wire.Hold(1), wire.Weights(()))
    path = tmp_path / "engine.json"
    keep(path, server._memory())
    score = opening_score(Loaded.read().settings, ("a", "b", "c"), recall(path))
    assert not score.hold
    assert score.weights.any()


# --- how it is ---------------------------------------------------------------------------------


def test_the_state_is_starting_until_the_first_character(server: Server) -> None:
    assert server.status().state == "starting"
    say(server, wire.Hold(1))
    assert server.status().state == "held"
    say(server, wire.Hold(0), wire.Weights(()))
    assert server.status().state == "silent"


def test_only_styles_that_are_heard_are_said_to_type(server: Server) -> None:
    server._pulse.characters = 1
    say(server, wire.Weights((("a", 1.0), ("b", 0.001))))
    assert "with 1 style" in server.status().sentence
    say(server, wire.Weights((("a", 1.0), ("b", 0.5))))
    assert "with 2 styles" in server.status().sentence


def test_what_is_counted_never_grows_beyond_what_the_wire_holds(server: Server) -> None:
    most = 2**31 - 1
    for counted in (most, most + 1, 2**40):
        server._dropped = server._pulse.characters = server._ensemble.renewals = counted
        [status] = wire.decode(wire.encode(server.status()), wire.OUTWARD)
        assert isinstance(status, wire.Status)
        assert (status.dropped, status.characters, status.renewals) == (most, most, most)


def test_on_a_slow_processor_the_lightest_rest_and_the_status_says_so(
    server: Server, ensemble: Ensemble
) -> None:
    say(server, wire.Active(("a", "b", "c")))
    say(server, wire.Weights((("a", 2.0), ("b", 3.0), ("c", 1.0))), wire.Pace(10.0))
    for _ in range(REMEMBERED):
        server._budget.note(3, 3 * 0.035)  # of the 80 ms there are
    server._tell_status()
    status = server.status()
    assert status.resting == 1
    assert "1 rest" in status.sentence
    ensemble.settle()
    heard = ensemble.opinions()
    assert heard is not None
    assert heard.slugs == ("a", "b")


def test_beyond_this_machine_only_those_are_obeyed_whom_the_settings_name(
    tiny: Path, ensemble: Ensemble, sent: Sent, tmp_path: Path
) -> None:
    server = make(tiny, ensemble, sent, tmp_path, allow=["192.168.1.0/24"])
    say(server, wire.Pace(9.0), sender=("10.0.0.7", 9))
    assert (server.score.pace, server.status().dropped) == (14.0, 1)
    say(server, wire.Pace(9.0), sender=("192.168.1.7", 9))
    assert server.score.pace == 9.0
    say(server, wire.Pace(8.0), sender=("127.0.0.1", 9))
    assert (server.score.pace, server.status().dropped) == (8.0, 1)
