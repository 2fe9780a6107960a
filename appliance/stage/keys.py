"""What the keys of a desk do, in the window and in the terminal alike."""

from appliance.stage.desk import Desk

STEP = 0.1  # of a fader, a key press


class Keys:
    """The keyboard's hand: it has chosen one style, and plays that."""

    def __init__(self) -> None:
        self.chosen = ""

    def keep(self, desk: Desk) -> bool:
        """Choose a style that exists; tell whether the choice is another than before."""
        if self.chosen in desk.slugs:
            return False
        self.chosen = desk.slugs[0] if desk.slugs else ""
        return True

    def press(self, key: str, desk: Desk, now: float) -> None:
        """Do what a key says: a character, or `left`, `right`, `up`, `down`, `enter`."""
        slugs, hello = desk.slugs, desk.link.view.hello
        self.keep(desk)
        if not slugs or hello is None:
            return
        at = slugs.index(self.chosen)
        level = desk.mixer.levels[self.chosen]
        match key:
            case "left":
                self.chosen = slugs[at - 1]
            case "right" | "\t":
                self.chosen = slugs[(at + 1) % len(slugs)]
            case "up":
                desk.set_level(self.chosen, round(level + STEP, 3), now)
            case "down":
                desk.set_level(self.chosen, round(level - STEP, 3), now)
            case "enter":
                desk.alone(self.chosen, now)
            case "a":
                desk.toggle(self.chosen, now)
            case "+" | "=":
                desk.set_tempo(now, pace=min(100.0, max(1.0, hello.pace * 1.25)))
            case "-":
                desk.set_tempo(now, pace=max(1.0, hello.pace / 1.25))
            case "]":
                desk.set_tempo(now, temperature=min(2.0, hello.temperature + 0.05))
            case "[":
                desk.set_tempo(now, temperature=max(0.0, hello.temperature - 0.05))
            case " ":
                desk.set_tempo(now, hold=1 - hello.hold)
            case "r":
                desk.reset(now)
