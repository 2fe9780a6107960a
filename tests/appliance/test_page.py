import string

from hypothesis import given
from hypothesis import strategies as st

from appliance.page import LONGEST, Page
from appliance.wire import Character, Text, author

TAIL = 8


def letters(text: str) -> str:
    return "".join(author(ord(c) % 7) for c in text)


def engine_says(text: str, run: int, start: int = 0) -> list[Character]:
    """Return what an engine sends that types this text."""
    authors = letters(text)
    return [
        Character(run, start + i, start, text[: i + 1][-TAIL:], authors[: i + 1][-TAIL:], 0.0)
        for i in range(len(text))
    ]


def whole(text: str, run: int, start: int = 0) -> Text:
    return Text(run, start, start + len(text), text, letters(text))


texts = st.text(string.ascii_lowercase + " \n", min_size=1, max_size=60)


@given(texts, st.data())
def test_lost_doubled_and_late_datagrams_leave_the_right_text(
    text: str, data: st.DataObject
) -> None:
    sent = engine_says(text, run=1)
    came = data.draw(st.lists(st.sampled_from(sent), max_size=120))
    page = Page()
    for message in came:
        page.take(message)
        assert text[: page.end].endswith(page.text)
    page.take(sent[-1])
    assert page.end == len(text)
    if not page.whole:
        page.take(whole(text, run=1))
    assert page.text == text
    assert page.authors == letters(text)


def test_a_stage_that_joins_late_shows_the_tail_and_asks_for_the_page() -> None:
    page = Page()
    page.take(engine_says("once upon a time", run=1)[-1])
    assert page.text == "n a time"
    assert not page.whole
    page.take(whole("once upon a time", run=1))
    assert (page.text, page.whole) == ("once upon a time", True)


def test_a_new_page_replaces_the_old_and_late_letters_of_the_old_are_ignored() -> None:
    page = Page()
    old = engine_says("old text", run=1)
    for message in old:
        page.take(message)
    page.take(whole("new", run=1, start=8))
    assert not page.take(old[-1])
    assert page.text == "new"


def test_an_engine_that_returned_is_believed_and_the_dead_one_is_not() -> None:
    page = Page()
    dead = engine_says("the dead engine was ahead", run=7)
    for message in dead:
        page.take(message)
    page.take(whole("the dead engine", run=2))
    assert page.text == "the dead engine"
    assert not page.take(dead[-1])
    for message in engine_says("the dead engine is back", run=2)[15:]:
        page.take(message)
    assert page.text == "the dead engine is back"


@given(st.data())
def test_a_dead_engine_that_is_heard_late_changes_nothing(data: st.DataObject) -> None:
    dead, text = engine_says("the dead engine was ahead", run=7), "the dead engine is back"
    page = Page()
    for message in dead:
        page.take(message)
    page.take(whole(text[:15], run=2))
    for message in engine_says(text, run=2)[15:]:
        for late in data.draw(st.lists(st.sampled_from(dead), max_size=3)):
            assert not page.take(late)
        assert page.take(message)
    assert page.run == 2
    assert page.text == text


def test_an_engine_that_was_taken_for_dead_is_believed_after_a_silence() -> None:
    page = Page()
    page.take(whole("alive", run=2))
    page.take(whole("a stray page", run=7))
    assert not page.take(whole("alive", run=2))
    page.forget_ended()
    assert page.take(whole("alive", run=2))
    assert page.text == "alive"


def test_a_page_that_letters_have_overtaken_fills_the_gap_before_them() -> None:
    page = Page()
    text = "once upon a time"
    for message in engine_says(text, run=1)[12:]:
        page.take(message)
    assert not page.whole
    assert not page.take(whole(text[:3], run=1))  # too short: a gap would stay
    assert not page.whole
    assert not page.take(whole(text[:9], run=1))  # late, and yet all that was missing
    assert (page.text, page.authors, page.whole) == (text, letters(text), True)


def test_a_long_text_keeps_its_end() -> None:
    page = Page()
    text = "abcdefgh" * (LONGEST // 4)
    for message in engine_says(text, run=1):
        page.take(message)
    assert page.text == text[-LONGEST:]
    assert page.whole
