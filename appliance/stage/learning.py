"""Teaching a fader which style it plays, or a face: choose a style, then move it or pull it."""

from appliance.stage.desk import Desk

SHOWN = 6.0  # seconds, of what was learned
# Seconds, after which nobody is taught any more: the technician has gone, and a visitor comes.
# An eye may take two minutes to open.
PATIENCE = {"level": 60.0, "face": 180.0}
ASKED = {  # by what learns
    "level": "Learning: tap the slider that a fader shall play.",
    "face": "Learning a face: tap its style. Landmarks of your face are kept here, no picture.",
}
THEN = {
    "level": "Learning: now move the fader that shall play {}.",
    "face": "Learning a face for {}: look into the camera.",
}
NOBODY = {
    "level": "No control that is switched on can learn.",
    "face": "No camera is switched on: name face in controls.on.",
}


class Learning:
    """What the technician is told while a fader or a face is learned."""

    def __init__(self) -> None:
        self.choosing = False
        self._kind = "level"
        self._said = ""
        self._until = 0.0
        self._waits = False  # for a hand; a lesson that answers keeps its own time

    def begin(self, desk: Desk, now: float, kind: str = "level") -> None:
        """Ask for a style, or break off; what learns is a fader ("level") or a "face"."""
        self.choosing = not self.choosing and not self._said
        self._kind = kind
        self._said = ASKED[kind] if self.choosing else ""
        self._until, self._waits = now + PATIENCE[kind], self.choosing
        if not self.choosing:
            desk.hands.learn(None)

    def choose(self, slug: str, desk: Desk, now: float) -> None:
        """Give a style to the next fader that is moved, or to the face that is pulled."""
        self.choosing = False
        if desk.hands.learn(f"{self._kind}/{slug}"):
            self._said = THEN[self._kind].format(desk.link.view.styles[slug].title)
            self._until, self._waits = now + PATIENCE[self._kind], True
        else:
            self._said = NOBODY[self._kind]
            self._until, self._waits = now + SHOWN, False

    def sentence(self, desk: Desk, now: float) -> str:
        """Return what there is to say now; nothing, when nobody is learning."""
        learned = desk.hands.learned()
        if learned:
            self._said, self._until, self._waits = learned, now + SHOWN, False
        if now >= self._until:
            self._said, self.choosing = "", False
            if self._waits:
                self._waits = False
                desk.hands.learn(None)
        return self._said
