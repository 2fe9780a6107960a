"""docs/osc.md says what the code does: addresses, types, ranges, examples, numbers."""

import re
import shlex
from collections.abc import Iterator

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from appliance import osc, page, wire
from appliance.engine import keeper, listeners, manuscript, server, sheet
from appliance.settings import Loaded
from appliance.stage import link
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "osc.md").read_text(encoding="utf-8")
SECTIONS = {"To the engine": wire.INWARD, "From the engine": wire.OUTWARD}
HEADING = re.compile(r"^### `(/[a-z/]+)` (?:`([a-z*]+)`|no arguments)$", re.MULTILINE)
ADDRESS = re.compile(r"(?<![\w./:\])])/[a-z]+(?:/[a-z]+)*(?![\w/]*\.\w)")


def section(title: str) -> str:
    """Return the text under a heading of the second level."""
    return re.split(r"^## ", PAGE.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]


def entries(title: str) -> Iterator[tuple[str, str, str]]:
    """Yield address, type tags and text of each entry of a section."""
    text = section(title)
    heads = list(HEADING.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=True):
        yield head[1], head[2] or "", text[head.end() : end]


ENTRIES = [(title, *entry) for title in SECTIONS for entry in entries(title)]
entry_of_each = pytest.mark.parametrize(
    ("title", "address", "types", "text"), ENTRIES, ids=[f"{e[0]} {e[1]}" for e in ENTRIES]
)


@pytest.mark.parametrize("title", SECTIONS)
def test_every_address_with_its_types_stands_in_the_page_once(title: str) -> None:
    described = [(address, types) for address, types, _ in entries(title)]
    assert sorted(described) == sorted((m.address, m.types) for m in SECTIONS[title].values())
    assert section(title).count("\n### ") == len(described)


def test_no_other_address_stands_in_the_page() -> None:
    assert set(ADDRESS.findall(PAGE)) == set(wire.INWARD) | set(wire.OUTWARD)


def rows(text: str) -> list[list[str]]:
    """Return the cells of an entry's table."""
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@entry_of_each
def test_the_table_has_a_row_for_each_argument(
    title: str, address: str, types: str, text: str
) -> None:
    assert "".join(row[1] for row in rows(text)) == types.rstrip("*")
    assert all(len(row) == 4 for row in rows(text))


def examples(text: str) -> list[list[str]]:
    """Return address, type tags and values of each example of an entry."""
    [block] = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    words = [shlex.split(line.replace("[512 bytes]", "BLOB")) for line in block.splitlines()]
    return [w[3:] if w[:3] == ["oscsend", "localhost", "7770"] else w for w in words]


def value(tag: str, word: str) -> int | float | str | bytes:
    match tag:
        case "i":
            return int(word)
        case "f":
            return float(word)
        case "b":
            return bytes(512)
    return word


def datagram(address: str, tags: str, words: list[str]) -> bytes:
    builder = OscMessageBuilder(address=address)
    for tag, word in zip(tags, words, strict=True):
        builder.add_arg(value(tag, word), tag)
    return builder.build().dgram


@entry_of_each
def test_the_examples_are_of_the_language(title: str, address: str, types: str, text: str) -> None:
    for example in examples(text):
        assert example[0] == address
        tags = example[1] if len(example) > 1 else ""
        if types.endswith("*"):
            assert tags.replace(types[:-1], "") == ""
        else:
            assert tags == types
        [message] = wire.decode(datagram(address, tags, example[2:]), SECTIONS[title])
        assert isinstance(message, SECTIONS[title][address])
        assert wire.decode(wire.encode(message), SECTIONS[title]) == [message]


RANGES = [
    (address, i, row[1], *(float(end) for end in row[2].split(" to ")))
    for title, address, _, text in ENTRIES
    for i, row in enumerate(rows(text))
    if title == "To the engine" and re.fullmatch(r"[\d.]+ to [\d.]+", row[2])
]


@pytest.mark.parametrize(("address", "argument", "tag", "low", "high"), RANGES)
def test_a_range_is_the_one_that_is_obeyed(
    address: str, argument: int, tag: str, low: float, high: float
) -> None:
    [text] = [text for title, a, _, text in ENTRIES if (title, a) == ("To the engine", address)]
    _, tags, *words = examples(text)[0]

    def refused(number: float) -> bool:
        changed = [*words]
        changed[argument] = str(int(number) if tag == "i" else number)
        try:
            wire.decode(datagram(address, tags, changed), wire.INWARD)
        except wire.WireError:
            return True
        return False

    step = 1 if tag == "i" else (high - low) / 1_000
    assert not refused(low) and not refused(high)
    assert refused(low - step) and refused(high + step)


def test_every_number_with_a_range_was_tried() -> None:
    bounded = {(address, argument) for address, argument, *_ in RANGES}
    assert bounded == {
        ("/weights", 1), ("/weight", 1), ("/puck", 0), ("/puck", 1), ("/temperature", 0),
        ("/pace", 0), ("/hold", 0), ("/subscribe", 0),
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        f"`{Loaded.read().settings.engine.host}`, port\n{Loaded.read().settings.engine.port}",
        f"more than {wire.LARGEST:,} bytes",
        f"none and {wire.MOST_STYLES} included",
        f"At most {listeners.MOST_LISTENERS} listeners",
        f"**every {link.RENEW_EVERY:.0f}\nseconds**",
        f"{listeners.SUBSCRIBED_FOR:.0f} seconds after the last one",
        f"its last {page.LONGEST:,} characters",
        f"1 to {sheet.TAIL} characters",
        f"{wire.VERSION} today",
        "48 + number",
        "1 to 2,000 characters",
    ],
)
def test_the_numbers_are_those_of_the_code(words: str) -> None:
    assert words in PAGE


def test_the_words_for_numbers_are_those_of_the_code() -> None:
    assert (osc.DEEPEST, "three deep" in PAGE) == (3, True)
    assert (manuscript.MOST_WAITING, "eight lines wait" in PAGE) == (8, True)
    assert (server.STATUS_EVERY, link.RETRY_EVERY, keeper.KEEP_EVERY) == (1.0, 1.0, 1.0)
    assert (link.GONE_AFTER, "for three seconds" in PAGE) == (3.0, True)
    assert [wire.author(number) for number in (0, 9, 10, 23)] == ["0", "9", ":", "G"]
    assert wire.NOBODY == " "
