"""A face before a camera: pull the one that was taught for a style, and that style writes.

What the camera sees is looked at by a process of its own, `appliance.face`; only landmarks and
weights come here, and never a picture. Whoever touches anything has it: the face waits a while
then. Kept are the landmarks of those who teach a style; docs/face.md says where, and how they go.
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from pydantic import Field

from appliance.controls.control import Control, Event, Health, Shown
from appliance.controls.one_euro import Smooth, smooth
from appliance.face import poses
from appliance.face.eye import Eye
from appliance.face.school import School
from appliance.face.watch import Order
from appliance.settings import Table

AGAIN, LATER = 2.0, 30.0  # seconds until an eye that ended, or that lacks something, is tried anew
STARTS = 120.0  # seconds until the eye's first word: it loads its models after all others
SILENT = 15.0  # seconds without a word after which a camera's library hangs
READY, HELD = 2.0, 3.0  # seconds to pull a face before it counts, and while it does
RESTS = 60.0  # seconds in which nothing was typed, after which the camera goes off
FEWEST = 12  # looks that make a pose
NOBODY = 8.0  # seconds without a face after which a lesson is broken off
QUIET = 0.05  # of the loudest style: what is below is silence, and wakes nobody

HUNG = "the camera does not answer any more: unplug it and plug it in."
BUSY = "the eye does not begin to look: the machine is too busy for it."

log = logging.getLogger("appliance.controls")


class Watcher(Protocol):
    """The eye as this control knows it."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""

    def hear(self) -> Iterable[Mapping[str, Any]]:
        """Return what it has told since the last time."""

    def show(self, on: bool) -> None:
        """Say whether landmarks shall be told as well."""

    def close(self) -> None:
        """End it."""


@dataclass(slots=True)
class Lesson:
    """One pose that is being pulled."""

    style: str
    name: str
    begun: float  # seconds; when it was asked for
    met: float  # when a face was last there
    held: float | None = None  # since when it counts
    points: list[Any] = field(default_factory=list)  # landmarks of each look, flat
    said: str = ""  # the last count


class Face(Control):
    """Sets the mixture by the face that a visitor pulls."""

    class Settings(Table):
        """Which camera looks; no picture is ever stored, sent or logged."""

        camera: str = Field(
            default="",
            description='"pi", a number, a device, a video or folder; empty: the first there is; '
            "no picture of it is stored, sent or logged",
        )
        notice: str = Field(
            default="A camera sees your face and plays by it. No picture is kept.",
            max_length=120,
            min_length=1,
            description="what the stage says while the camera is on",
        )
        rate: float = Field(default=12.0, ge=1, le=30, description="looks a second at most")
        share: float = Field(
            default=0.4, ge=0.05, le=1, description="of one processor core that looking may take"
        )
        size: float = Field(
            default=0.12, ge=0, le=1, description="of the picture's width; smaller is too far away"
        )
        min_cutoff: float = Field(
            default=0.8, ge=0.1, le=20, description="Hz, of the one-euro filter for a face at rest"
        )
        beta: float = Field(
            default=0.5, ge=0, le=20, description="Hz that each weight a second adds to the cutoff"
        )
        band: float = Field(
            default=0.04, ge=0, le=0.5, description="of a weight, which moves nothing yet"
        )
        gone: float = Field(
            default=1.0, ge=0.2, le=30, description="seconds until a face counts as gone"
        )
        waits: float = Field(
            default=8.0, ge=0, le=600, description="seconds that a face waits after any other hand"
        )

    settings: Settings

    def __init__(
        self,
        settings: Settings,
        *,
        folder: Path | None = None,
        models: str = "",
        eye: Callable[[Order], Watcher] = Eye,
        learner: Callable[[Path], str] | None = None,
    ) -> None:
        """Look with an `eye` and its `models`; keep poses in a `folder`, learn by a `learner`."""
        super().__init__(settings)
        self._folder = folder or poses.place()
        self._models, self._start = models, eye
        self._school = School(self._folder, learner)
        self._eye: Watcher | None = None
        self._state, self._sentence = "looking", "face looks for its camera."
        self._again = self._heard = -math.inf  # when to try anew; when the eye last told anything
        self._patience = STARTS  # seconds for which it may say nothing
        self._open = False
        self._typed: float | None = None  # when the piece last typed, or taught
        self._met = -math.inf  # when a face was last there
        self._size = 0.0
        self._plays: tuple[str, ...] = ()  # what was learned
        self._wish: Smooth | None = None  # weights as the face has them, smoothed
        self._sent: Mapping[str, float] | None = None  # levels, since the face came
        self._sent_at = -math.inf
        self._lesson: Lesson | None = None
        self._titles: Mapping[str, str] = {}

    def open(self) -> None:
        """Begin to look with the next frame."""
        self._open, self._again = True, -math.inf

    def poll(self, shown: Shown) -> Iterable[Event]:
        """Return the levels that the face has moved since the last frame."""
        self._titles = shown.titles
        if shown.typing or self._lesson is not None or self._typed is None:
            self._typed = shown.now
        fresh = shown.now - self._typed <= RESTS and self._attend(shown.now)
        if shown.now - self._typed > RESTS and self._eye is not None:
            self._rest()
            self._enter("resting", "the camera is off, since the piece does not write.")
        if self._lesson is not None:
            self._teach(self._lesson, shown.now)
            return []
        if shown.now - self._met > self.settings.gone:
            self._wish = self._sent = None
            return []
        return self._play(shown) if fresh and not self._others(shown) else []

    def close(self) -> None:
        """End the eye, and what is being learned."""
        self._open, self._lesson = False, None
        self._rest()
        self._state, self._sentence = "looking", "face is closed."
        self._school.close()

    def health(self) -> Health:
        """Say whether there is a camera, a face, and what it can play."""
        if self._state != "well":
            looking = self._state == "looking"
            return Health(self._sentence, looking or self._state == "resting", looking)
        seen = f"a face fills {self._size:.0%} of its width" if self._size else "it sees nobody"
        known = f"plays {', '.join(self._plays)}" if self._plays else "no face is learned yet"
        return Health(f"{self._sentence}; {seen}; {known}.")

    def notice(self) -> str:
        """Return what visitors are told while the camera is on."""
        return self.settings.notice if self._state == "well" else ""

    # --- the eye --------------------------------------------------------------------------------

    def _attend(self, now: float) -> bool:
        """Hear the eye, and start another where it has ended; tell whether the face was weighed."""
        if self._eye is None:
            if not self._open or now < self._again:
                return False
            order = Order(
                camera=self.settings.camera,
                rate=self.settings.rate,
                share=self.settings.share,
                size=self.settings.size,
                models=self._models,
                learned=str(self._folder / poses.LEARNED),
            )
            self._eye, self._heard, self._patience = self._start(order), now, STARTS
            self._eye.show(self._lesson is not None)
        alive = self._eye.alive  # asked first: what it told before it ended is still heard
        fresh = False
        for told in self._eye.hear():
            self._heard, self._patience = now, SILENT
            fresh = self._take(told, now) or fresh
        if alive and now - self._heard > self._patience:
            self._enter("hung", HUNG if self._patience == SILENT else BUSY)
            alive = False
        if not alive:
            if self._state in {"well", "looking"}:
                self._enter("ended", "the eye has ended by itself: it is started anew.")
            self._rest()
            self._again = now + (LATER if self._state == "absent" else AGAIN)
        return fresh

    def _rest(self) -> None:
        """Let the camera go."""
        if self._eye is not None:
            self._eye.close()
            self._eye, self._met = None, -math.inf

    def _take(self, told: Mapping[str, Any], now: float) -> bool:
        """Take one thing that the eye told; tell whether it weighed a face."""
        if "absent" in told:
            self._enter("absent", f"no face can be seen: {told['absent']}.")
        elif "blind" in told:
            self._enter("blind", f"no camera sees anything: {told['blind']}.")
        elif "ended" in told:
            why = told["ended"]
            self._enter("ended", f"the eye has ended by itself ({why}): it is started anew.")
        elif "unlearned" in told:
            log.warning("what was learned of faces cannot be read (%s)", told["unlearned"])
        elif "camera" in told:
            self._enter("well", f"{told['camera']} looks")
            self._size = float(told["size"])
            if not told["near"]:
                return False
            self._met = now
            points = told.get("points")
            if self._lesson is not None and points is not None:
                self._lesson.met = now
                if self._lesson.held is not None:
                    self._lesson.points.append(points)
            weights = told.get("weights")
            if weights is None:
                self._plays = ()
                self._wish = None
                return False
            self._weigh(weights, now)
            return True
        return False

    def _weigh(self, weights: Mapping[str, float], now: float) -> None:
        styles = tuple(weights)
        if styles != self._plays:
            self._plays, self._wish, self._sent = styles, None, None
        self._wish = smooth(
            self._wish, np.array(list(weights.values())), now,
            min_cutoff=self.settings.min_cutoff, beta=self.settings.beta,
        )  # fmt: skip

    def _enter(self, state: str, sentence: str) -> None:
        if state != self._state:
            level = logging.INFO if state == "well" else logging.WARNING
            log.log(level, "face: %s", sentence.rstrip("."))
        self._state, self._sentence = state, sentence

    # --- playing --------------------------------------------------------------------------------

    def _others(self, shown: Shown) -> bool:
        """Tell whether another hand has moved anything lately; our own events count as a touch."""
        touched = shown.now - shown.idle
        if touched <= self._sent_at + 1e-3 or shown.idle >= self.settings.waits:
            return False
        self._sent = None
        return True

    def _play(self, shown: Shown) -> list[Event]:
        if self._wish is None:
            return []
        wish = np.maximum(self._wish.value, 0.0)
        wish = wish / max(float(wish.max()), 1e-9)
        wish[wish < QUIET] = 0.0
        # A face sets the whole mixture, and does so again where attract or the end of a visit has
        # changed it. A style that was taught and is not here stands where it was sent.
        stands = {**(self._sent or {}), **shown.levels}
        raised = [style for style, level in shown.levels.items() if level > 0.0]
        levels = dict.fromkeys(raised, 0.0) | dict(zip(self._plays, wish.tolist(), strict=True))
        way = [abs(level - stands.get(style, 0.0)) for style, level in levels.items()]
        if self._sent is not None and max(way) <= self.settings.band:
            return []
        self._sent, self._sent_at = levels, shown.now
        return [
            Event(f"level/{style}", min(1.0, level), shown.now)
            for style, level in levels.items()
            if level != stands.get(style, 0.0)
        ]

    # --- learning -------------------------------------------------------------------------------

    def learn(self, what: str | None) -> bool:
        """Begin a lesson in "face/STYLE" or "face/STYLE/NAME"; None breaks it off."""
        kind, _, rest = (what or "").partition("/")
        style, _, name = rest.partition("/")
        if what is not None and (kind != "face" or not poses.NAME.fullmatch(style)):
            return False
        if name and not poses.NAME.fullmatch(name):
            return False
        self._lesson = None
        if what is not None:
            name = name or poses.free_name(self._folder, style)
            self._lesson = Lesson(style, name, math.nan, math.nan)
        if self._eye is not None:
            self._eye.show(self._lesson is not None)
        return True

    def learned(self) -> str | None:
        """Return, once each, what is to be said of a lesson: the count, and what came of it."""
        return self._school.said.popleft() if self._school.said else None

    @property
    def busy(self) -> bool:
        """Whether a lesson, or what follows from it, goes on."""
        return self._lesson is not None or self._school.busy

    def _teach(self, lesson: Lesson, now: float) -> None:
        """Count three seconds with a face, then learn from them."""
        title = self._titles.get(lesson.style, lesson.style)
        if math.isnan(lesson.begun):
            lesson.begun = lesson.met = now
        if self._state != "well" or now - lesson.met > NOBODY:
            why = self._sentence if self._state not in {"well", "looking"} else "nobody was seen."
            if self._state != "looking" or now - lesson.met > NOBODY:
                self._say(lesson, f"{title} is not learned: {why}")
                self.learn(None)
            return
        if now - lesson.begun < READY:
            self._say(lesson, f"{title}: look into the camera and pull your face now.")
            return
        if lesson.held is None:
            lesson.held = now
        left = HELD - (now - lesson.held)
        if left > 0.0 or len(lesson.points) < FEWEST:
            self._say(lesson, f"{title}: hold it: {max(1, math.ceil(left))}")
            return
        self._say(lesson, f"{title}: thank you, {len(lesson.points)} looks. Learning …")
        self.learn(None)
        points = np.array(lesson.points, dtype=np.float32).reshape(-1, 468, 3)
        self._school.study(lesson.style, lesson.name, points, self._titles)

    def _say(self, lesson: Lesson, sentence: str) -> None:
        if sentence != lesson.said:
            lesson.said = sentence
            self._school.said.append(sentence)
