"""Print the handbook: build/staff.pdf, one page to laminate, and build/handbook.pdf.

The pages are those of docs/, rendered by markdown-it-py and printed by Chromium. It fails if the
staff's page does not fit on one side.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from deploy.handbook import wiring

CLONE = Path(__file__).resolve().parents[2]
DOCS, BUILD = CLONE / "docs", CLONE / "build"
PAGES = (
    "operating", "hardware", "faders", "midi", "leap", "face", "osc-control", "screens",
    "installing", "image", "service", "updates", "reliability",
)  # fmt: skip
STAFF, TECHNICIAN = "## For the staff\n", "## For the technician\n"


class HandbookError(Exception):
    """A handbook that cannot be printed; the message is one sentence with what to do."""


def parted(markdown: str) -> tuple[str, str]:
    """Part docs/operating.md into the staff's page, under the piece's name, and the technician's.

    HandbookError where its two headings are gone.
    """
    _, begun, rest = markdown.partition(STAFF)
    staff, ended, technician = rest.partition(TECHNICIAN)
    if not (begun and ended):
        raise HandbookError(
            f"docs/operating.md has lost its headings {STAFF.strip()!r} and "
            f"{TECHNICIAN.strip()!r}: put them back"
        )
    return f"# static unsigned love\n{staff}", f"#{TECHNICIAN[2:]}{technician}"


def html(title: str, *parts: tuple[str, str]) -> str:
    """Return a page to print, of parts that each have a class and their Markdown."""
    render = MarkdownIt("commonmark").enable("table").render
    style = Path(__file__).with_name("print.css").read_text(encoding="utf-8")
    body = "".join(f'<div class="{kind}">{render(text)}</div>' for kind, text in parts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}</style>{body}</html>"
    )


def chromium() -> str:
    """Return the browser's command; HandbookError where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise HandbookError("Chromium prints the handbook: `sudo apt install chromium`")


def print_pdf(text: str, to: Path) -> int:
    """Print HTML, whose pictures lie in docs/, as PDF; return how many pages it has."""
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "page.html")
        base = f'<base href="{DOCS.as_uri()}/">'
        source.write_text(text.replace("<style>", f"{base}<style>", 1), encoding="utf-8")
        command = [chromium(), "--headless=new", "--disable-gpu", f"--user-data-dir={scratch}/it"]
        command += ["--no-sandbox", "--no-pdf-header-footer", f"--print-to-pdf={to}"]
        said = subprocess.run(
            [*command, source.as_uri()], capture_output=True, text=True, timeout=300, check=False
        )
    if said.returncode or not to.exists():
        raise HandbookError(f"Chromium did not print {to.name}: {said.stderr.strip()[-300:]}")
    return pages(to.read_bytes())


def print_staff(markdown: str, to: Path) -> None:
    """Print the staff's page; HandbookError if it takes more than one side."""
    count = print_pdf(html("For the staff", ("staff", markdown)), to)
    if count != 1:
        raise HandbookError(f"the staff's page takes {count} sides, not one: shorten it")


def pages(pdf: bytes) -> int:
    """Count the pages of a PDF whose page objects lie open, as Chromium's do."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def main(argv: list[str] | None = None) -> int:
    """Print both; return an exit status."""
    argparse.ArgumentParser(prog="make handbook", description=__doc__).parse_args(argv)
    BUILD.mkdir(exist_ok=True)
    wiring.DRAWING.write_text(wiring.drawing(), encoding="utf-8")
    read = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in PAGES}
    try:
        staff, technician = parted(read.pop("operating"))
        print_staff(staff, BUILD / "staff.pdf")
        rest = (("page", text) for text in (technician, *read.values()))
        whole = html("Handbook", ("staff", staff), *rest)
        count = print_pdf(whole, BUILD / "handbook.pdf")
    except HandbookError as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    print(f"{BUILD / 'staff.pdf'}: 1 page\n{BUILD / 'handbook.pdf'}: {count} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
