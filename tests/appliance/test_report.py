"""What the engine says of itself: a word, a sentence, remarks, and the technician's page."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance import wire
from appliance.engine.archive import Archive
from appliance.engine.report import page_of, remarks_on, state_of
from appliance.service.day import Now
from appliance.service.status_page import Line
from appliance.service.vitals import Vitals
from appliance.update.outcome import Outcome

OPEN = Now(is_open=True)
CLOSED = Now(is_open=False, sentence="Closed until 10:00.")
DOUBT = Now(is_open=True, sentence="The clock cannot be believed.")
STATUS = wire.Status("typing", "Typing 14 characters a second.", 14.0, 99, 0, 0, 0, 1.0, "CPU")
WELL = Vitals(celsius=50.0, throttled=0, disk_free=10**10, memory=10**8)
KEPT = Outcome("kept", "2.0.0", "Release 2.0.0 is kept.", well=True, at="2026-11-22T12:00:00")


@pytest.mark.parametrize(
    ("today", "held", "weighed", "mute", "characters", "state"),
    [
        (OPEN, False, True, False, 5, "typing"),
        (OPEN, False, True, False, 0, "starting"),
        (OPEN, False, True, True, 5, "starting"),
        (OPEN, False, False, True, 5, "silent"),
        (OPEN, True, False, True, 5, "held"),
        (CLOSED, True, False, True, 5, "closed"),
    ],
)
def test_what_it_is_doing_in_a_word(
    today: Now, held: bool, weighed: bool, mute: bool, characters: int, state: str
) -> None:
    found, sentence = state_of(
        today, held=held, weighed=weighed, mute=mute, characters=characters, pace=14.2, styles=3
    )
    assert found == state
    assert sentence.endswith(".")


def test_nothing_wrong_is_nothing_to_remark() -> None:
    assert remarks_on(OPEN, resting=0, archive="", forgetful=False) == []
    # Why it is closed is its state, not a remark.
    assert remarks_on(CLOSED, resting=0, archive="", forgetful=False) == []


def test_everything_wrong_is_a_sentence_each() -> None:
    found = remarks_on(DOUBT, resting=2, archive="The archive cannot be written.", forgetful=True)
    assert len(found) == 4
    assert all(sentence.endswith(".") for sentence in found)


@pytest.mark.parametrize("well", [True, False])
def test_what_became_of_an_update_is_on_the_page(well: bool) -> None:
    update = replace(KEPT, well=well)
    page = page_of(STATUS, {"a": 1.0}, WELL, None, (), 60.0, OPEN, update)
    [line] = [line for line in page.lines if line.name == "update"]
    assert (line.sentence, line.well) == (KEPT.sentence, well)


@pytest.mark.parametrize(
    ("computing", "words"),
    [
        ("", "The processor itself computes. It has 50 °C."),
        ("CPUExecutionProvider computes", "The processor itself computes. It has 50 °C."),
        (
            "CPUExecutionProvider computes; Crash is left out: it crashed",
            "The processor itself computes; Crash is left out: it crashed. It has 50 °C.",
        ),
    ],
)
def test_who_computes_is_said_in_words(computing: str, words: str) -> None:
    page = page_of(replace(STATUS, computing=computing), {}, WELL, None, (), 60.0, OPEN)
    [line] = [line for line in page.lines if line.name == "processor"]
    assert line.sentence == words


def test_a_slow_machine_is_told_what_eases_it() -> None:
    page = page_of(replace(STATUS, late=40.0), {}, WELL, None, (), 60.0, OPEN)
    [line] = [line for line in page.lines if not line.well]
    assert line.name == "rhythm"
    assert "typing.pace" in line.sentence


@pytest.mark.parametrize("names", [("fault",), ("damage",), ("fault", "damage")])
def test_what_is_wrong_with_the_archive_is_on_the_page(tmp_path: Path, names: list[str]) -> None:
    archive = Archive(tmp_path / "archive.sqlite", 1)
    for name in names:
        setattr(archive, name, f"The {name}.")
    page = page_of(STATUS, {"a": 1.0}, WELL, archive, (), 60.0, OPEN)
    assert [line for line in page.lines if not line.well] == [
        Line("archive", f"The {names[0]}.", well=False)
    ]


def test_without_an_update_the_page_speaks_of_none() -> None:
    page = page_of(STATUS, {"a": 1.0}, WELL, None, (), 60.0, OPEN)
    assert [line.name for line in page.lines if not line.well] == []
    assert "update" not in {line.name for line in page.lines}
