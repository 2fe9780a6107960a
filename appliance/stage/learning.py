"""Teaching a fader which style it plays: choose a slider, then move the fader."""

from appliance.stage.desk import Desk

SHOWN = 6.0  # seconds, of what was learned


class Learning:
    """What the technician is told while a fader learns."""

    def __init__(self) -> None:
        self.choosing = False
        self._said = ""
        self._until = 0.0

    def begin(self, desk: Desk) -> None:
        """Ask for a slider, or break off."""
        self.choosing = not self.choosing and not self._said
        self._said = "Learning: tap the slider that a fader shall play." if self.choosing else ""
        self._until = float("inf")
        if not self.choosing:
            desk.hands.learn(None)

    def choose(self, slug: str, desk: Desk, now: float) -> None:
        """Give a style to the next fader that is moved."""
        self.choosing = False
        if desk.hands.learn(f"level/{slug}"):
            title = desk.link.view.styles[slug].title
            self._said = f"Learning: now move the fader that shall play {title}."
        else:
            self._said = "No control that is switched on can learn."
            self._until = now + SHOWN

    def sentence(self, desk: Desk, now: float) -> str:
        """Return what there is to say now; nothing, when nobody is learning."""
        learned = desk.hands.learned()
        if learned:
            self._said, self._until = learned, now + SHOWN
        if now >= self._until:
            self._said = ""
        return self._said
