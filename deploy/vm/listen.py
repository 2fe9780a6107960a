"""Run inside the machine by the piece's own Python: say what the engine types, and when.

A line each: `TIME c CODE` for a character, `TIME w STYLE=WEIGHT …` when the mixture changes, and
`TIME .` a few times a second in between. Times are seconds of the machine's own clock.
"""

import sys
import time

from appliance.stage.link import Link


def main() -> None:
    """Listen for ever."""
    index, mixture, beat = -1, "", 0.0
    with Link(("127.0.0.1", 7770), "127.0.0.1", 0, time.monotonic) as link:
        while True:
            link.poll()
            now, page = time.time(), link.view.page
            if page.run is not None and page.end > index:
                new = page.text[-(page.end - index) :] if index >= 0 else ""
                index = page.end
                for character in new:
                    sys.stdout.write(f"{now:.3f} c {ord(character)}\n")
            weights = " ".join(f"{s}={w:.3f}" for s, w in sorted(link.view.weights.items()) if w)
            if weights != mixture:
                mixture = weights
                sys.stdout.write(f"{now:.3f} w {weights}\n")
            if now - beat > 0.2:
                beat = now
                sys.stdout.write(f"{now:.3f} .\n")
            sys.stdout.flush()
            time.sleep(0.02)


if __name__ == "__main__":
    main()
