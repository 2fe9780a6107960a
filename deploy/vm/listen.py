"""Run inside the machine by the piece's own Python: say what the engine types, and when.

A line each: `TIME p INDEX CODE …` for the page as it stands when it is first seen, with the index
after its last character; `TIME c CODE` for a character; `TIME w STYLE=WEIGHT …` when the mixture
changes; and `TIME .` a few times a second in between. Times are seconds of the machine's own clock.
A name as argument is the file, or the line, that it is said to.
"""

import sys
import time
from pathlib import Path
from typing import TextIO

from appliance.stage.link import Link


def main(out: TextIO) -> None:
    """Listen for ever."""
    index, mixture, beat = -1, "", 0.0
    with Link(("127.0.0.1", 7770), "127.0.0.1", 0, time.monotonic) as link:
        while True:
            link.poll()
            now, page = time.time(), link.view.page
            if index < 0 and link.view.whole:
                index = page.end
                codes = " ".join(str(ord(character)) for character in page.text)
                out.write(f"{now:.3f} p {index} {codes}\n")
            elif index >= 0 and page.end > index:
                new = page.text[-(page.end - index) :]
                out.writelines(f"{now:.3f} c {ord(character)}\n" for character in new)
                index = page.end
            weights = " ".join(f"{s}={w:.3f}" for s, w in sorted(link.view.weights.items()) if w)
            if weights != mixture:
                mixture = weights
                out.write(f"{now:.3f} w {weights}\n")
            if now - beat > 0.2:
                beat = now
                out.write(f"{now:.3f} .\n")
            out.flush()
            time.sleep(0.02)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with Path(sys.argv[1]).open("w", encoding="ascii") as told:
            main(told)
    main(sys.stdout)
