"""Cleans what was spoken or posted: transcripts of speeches, tweets, a book in one line."""

import csv
import html
import io
import json
import re
from typing import Final

from export.cleaners import spans
from export.cleaners.archive import members
from export.cleaners.ascii import to_ascii
from export.corpora import CorpusError, Source

_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_NOT_SPOKEN: Final = re.compile(
    r"SPEECH \d+\s*$|(?:Woman|Man|Question|Audience|Crowd|Moderator)[^.:]{0,20}:"
    r"|.*\b(?:PDF file|Transcript provided|NOTE:)|[.\s]+$"
)
_REMARK: Final = re.compile(
    r"\s*[\[(](?:applause|laughter|laughs?|cheers?|cheering|booing|boos|crosstalk|inaudible"
    r"|ph|sic|audience|crowd|music|video|begin|end|unintelligible|phonetic|commercial|break"
    r"|silence|timer|demonstrates?|points?|gestures?|reads?|reading|pause|bell|chant\w*)"
    r"[^\])]{0,60}[\])]", re.IGNORECASE)  # fmt: skip
_URL: Final = re.compile(r"https?:\S+|www\.\S+|\b(?:bit\.ly|t\.co|ow\.ly|youtu\.be)/\S+")
_RETWEET: Final = re.compile(r"^(?:RT\b|\")?\s*RT @|^RT\b|\bvia @")
_HANDLE: Final = re.compile(r"@\w+")
_ANNOUNCEMENT: Final = re.compile(
    r"HHDL|\bHis Holiness\b|\bDalai Lama\b|\b(?:watch|listen|live|webcast"
    r"|photos?|pictures?|video|interview|transcript|tickets?|click|link|tweet(?:s|ed)?|website"
    r"|webpage|streamed|broadcast|audio|podcast|Facebook|Twitter|Instagram|YouTube)\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])[\"')]*\s+(?=[\"'(]*[A-Z])")
_ENDED: Final = re.compile(r"[.!?][\"')]*$")
_UNBROKEN_PARAGRAPH: Final = 500
_UNBROKEN_NOTE: Final = re.compile(r"\s*\[Note \d+\.[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]|\{\d+\}")


def clean_speeches(source: Source, data: bytes) -> list[str]:
    """Return the paragraphs of a file of speeches, without its headings and bracketed remarks."""
    return _spoken(spans.select(source, data.decode(source.encoding).splitlines()))


def clean_transcripts(source: Source, data: bytes) -> list[str]:
    """Return the paragraphs of an archive of transcripts that open with a block of facts."""
    paragraphs: list[str] = []
    for name, text in members(source, data):
        spoken, count = _FRONT_MATTER.subn("", text.replace("\r\n", "\n"))
        if not count:
            raise CorpusError(f"{source.file}: {name} does not open with a block between ---")
        paragraphs += _spoken(spoken.splitlines())
    return paragraphs


def clean_tweets(source: Source, data: bytes) -> list[str]:
    """Return the sayings among the tweets of a CSV or JSON file, one a paragraph.

    Retweets, answers and announcements are left out, and tweets that are nothing without their
    address.
    """
    text = data.decode(source.encoding)
    if source.file.endswith(".json"):
        tweets = [tweet["full_text"] for tweet in json.loads(text)["tweets"]]
    else:
        tweets = [row["text"] for row in csv.DictReader(io.StringIO(text))]
    sayings: list[str] = []
    for tweet in tweets:
        saying = _saying(tweet)
        if saying:
            sayings.append(saying)
    if not sayings:
        raise CorpusError(f"{source.file}: holds no tweets")
    return sayings


def clean_unbroken(source: Source, data: bytes) -> list[str]:
    """Return a book whose paragraphs are lost in paragraphs of some sentences each."""
    text = spans.drop_text(source, to_ascii(data.decode(source.encoding)))
    return _broken(" ".join(_UNBROKEN_NOTE.sub(" ", text).split()))


def _broken(text: str) -> list[str]:
    """Cut a text at ends of sentences into paragraphs of at least 500 characters."""
    paragraphs: list[str] = []
    begin = 0
    for found in _SENTENCE.finditer(text):
        if found.start() - begin >= _UNBROKEN_PARAGRAPH:
            paragraphs.append(text[begin : found.end()].strip())
            begin = found.end()
    return [*paragraphs, text[begin:].strip()]


def _spoken(lines: list[str]) -> list[str]:
    found = (" ".join(_REMARK.sub("", to_ascii(line)).split()).lstrip(". ") for line in lines)
    spoken = (line for line in found if line and not _NOT_SPOKEN.match(line))
    return [part for line in spoken for part in _broken(line) if part]


def _saying(tweet: str) -> str | None:
    text = html.unescape(html.unescape(tweet))
    if _RETWEET.search(text) or _ANNOUNCEMENT.search(text) or _HANDLE.search(text):
        return None
    text = to_ascii(_URL.sub("", text)).replace("#", "")
    text = " ".join(text.split())
    # What ended in an address, or is cut short, is no whole sentence.
    if len(text) < 30 or text.endswith("...") or not _ENDED.search(text):
        return None
    return text
