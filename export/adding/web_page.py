"""The text of an HTML page, as its reader sees it."""

import html.parser
import itertools
import re

# Elements that stand in a paragraph of their own, and those whose content is no text.
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = {"p", "div", "br", "li", "tr", "pre", "blockquote", "section", "article", "table",
          "main", *HEADINGS}  # fmt: skip
UNSEEN = {"title", "script", "style", "nav", "template", "svg"}
# What ends a menu that nobody closed: where the page's own text begins, or else its own beginning,
# since a menu among the text is better than no text.
BY_ITS_END, BY_THE_TEXT = frozenset[str](), frozenset({*HEADINGS, "main", "article"})
AT_ONCE = frozenset({"nav"})


class _Page(html.parser.HTMLParser):
    """Collects what a reader of a page sees.

    Where the end of `head` is left out, as HTML allows, the first element of a body ends it. A
    menu ends by its own end, or at the beginning of an element that is named in `ends`.
    """

    def __init__(self, ends: frozenset[str]) -> None:
        super().__init__()
        self.parts: list[tuple[bool, str]] = []  # whether its lines are to stay, and the text
        self._ends = ends
        self._unseen: list[str] = []  # elements, from the outermost to the innermost
        self._in_head = False
        self._as_it_is = 0  # how many `pre` are open

    @property
    def in_menu(self) -> bool:
        """Whether a menu is open."""
        return "nav" in self._unseen

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the parser's own signature
        if tag in UNSEEN:
            self._unseen.append(tag)
        if tag in self._ends and self.in_menu:
            del self._unseen[self._unseen.index("nav") :]
        self._in_head = tag == "head" or (self._in_head and tag not in {"body", *BLOCKS})
        if tag in BLOCKS:
            self._break("\n" if tag == "br" else "\n\n")
        self._as_it_is += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            last = len(self._unseen) - 1 - self._unseen[::-1].index(tag)
            del self._unseen[last:]
        self._in_head = self._in_head and tag != "head"
        self._as_it_is = max(0, self._as_it_is - (tag == "pre"))
        if tag in BLOCKS and tag != "br":
            self._break("\n\n")

    def handle_data(self, data: str) -> None:
        if not (self._unseen or self._in_head):
            as_it_is = self._as_it_is > 0
            self.parts.append((as_it_is, data if as_it_is else re.sub(r"\s+", " ", data)))

    def _break(self, ends: str) -> None:
        self.parts.append((self._as_it_is > 0, ends))


def seen_text(page: str) -> str:
    """Return the text of an HTML page, a line a paragraph, but of `pre` the lines as they are."""
    page = page.replace("\r\n", "\n").replace("\r", "\n")
    for ends in (BY_ITS_END, BY_THE_TEXT, AT_ONCE):
        parser = _Page(ends)
        parser.feed(page)
        parser.close()
        if not parser.in_menu:
            break
    text = ""
    for as_it_is, parts in itertools.groupby(parser.parts, key=lambda part: part[0]):
        lines = "".join(part for _, part in parts).split("\n")
        text += "\n".join(line.rstrip() if as_it_is else line.strip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
