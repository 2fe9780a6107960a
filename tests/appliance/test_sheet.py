from appliance import wire
from appliance.engine.memory import Memory
from appliance.engine.sheet import FARTHEST, TAIL, Sheet, last_words
from appliance.page import LONGEST


def test_what_is_written_has_an_author_for_each_character() -> None:
    sheet = Sheet()
    sheet.put("In")
    sheet.put(" t", "01")
    page = sheet.message(run=7)
    assert (page.run, page.start, page.end) == (7, 0, 4)
    assert (page.text, page.authors) == ("In t", "  01")


def test_only_the_end_is_kept_and_the_count_goes_on() -> None:
    sheet = Sheet()
    sheet.put("a" * LONGEST)
    sheet.put("bc", "00")
    assert (len(sheet.text), len(sheet.authors), sheet.end) == (LONGEST, LONGEST, LONGEST + 2)
    newest = sheet.newest(run=1, entropy=2.5)
    assert (newest.index, newest.entropy) == (LONGEST + 1, 2.5)
    assert len(newest.tail) == TAIL and newest.tail.endswith("abc")


def test_a_new_page_begins_where_the_last_ended() -> None:
    sheet = Sheet()
    sheet.put("old")
    sheet.begin()
    sheet.put("new")
    assert (sheet.start, sheet.end, sheet.text) == (3, 6, "new")


def test_authors_are_numbered_anew_when_a_page_is_taken_up() -> None:
    sheet = Sheet()
    memory = Memory(text="abc", authors="01 ", styles=("gone", "linux"), start=0, end=3)
    sheet.take_up(memory, {"linux": 5})
    assert sheet.authors == f" {wire.author(5)} "


def test_an_index_that_has_come_far_is_counted_anew() -> None:
    sheet = Sheet()
    sheet.take_up(Memory(text="far", authors="   ", start=0, end=FARTHEST), {})
    assert (sheet.start, sheet.end) == (0, 3)


def test_the_last_words_begin_where_a_word_begins() -> None:
    assert last_words("short") == "short"
    assert last_words("short" + "x" * TAIL + " and so on") == " and so on"
