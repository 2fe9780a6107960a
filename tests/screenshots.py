"""Takes the pictures of the README and of docs/: a real engine types, stages show it.

python -m tests.screenshots [FOLDER]
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

import pygame

from appliance import wire
from appliance.catalogue import read_catalogue
from appliance.controls.puck import weights
from appliance.pin import hashed
from appliance.service.units import Unit
from appliance.service.vitals import Vitals
from appliance.settings import DEFAULTS, Loaded, Settings
from appliance.stage.app import App
from appliance.stage.desk import Desk
from appliance.stage.displays import Display, Eyes
from appliance.stage.link import Link
from appliance.stage.operator.inquiry import Facts, Inquiry, Page
from appliance.stage.operator.kept import Shelf
from appliance.stage.operator.operator import Operator
from tests.apng import Pixels, write
from tests.recording import ROOT, Player, Recording, Step, record

MODELS = ROOT / "models_onnx"
SETTINGS = """
[opening]
line = "\\tstatic unsigned "
mixture = { linux = 1.0 }
[typing]
pace = 30.0  # slow enough for a hand to be heard before the next character
unevenness = 0.0
temperature = 0.6
[status]
port = 0
"""
SEED = 10
PACE = 15.0  # characters a second, at which stages are shown what was typed
FRAMES = 60  # a second
SHOWN_EVERY = 5  # frames, in the animation
BEGIN, END = 14, 150  # characters, of the animation
REST = 2.0  # seconds that its last frame stays
GHOST = (-0.1, 0.45)  # where the ghost hand is, unit disc
MIDST = (-0.25, 0.3)  # where the puck lies when everybody plays

# Where the weights go: by when (characters), from what, to what.
WAYS = [
    (22, 40, {"linux": 1.0}, {"love_songs": 1.0}),
    (105, 120, {"love_songs": 1.0}, {"bible": 1.0}),
    (170, 190, {"bible": 1.0}, {"bible": 0.35, "linux": 0.3, "love_songs": 0.35}),
    (240, 250, {"bible": 0.35, "linux": 0.3, "love_songs": 0.35}, {"shelley": 0.6, "linux": 0.4}),
]


def from_style_to_style(typed: int) -> Sequence[wire.Message]:
    """Return what a hand sends that goes from mixture to mixture."""
    for begin, end, source, goal in WAYS:
        if begin <= typed <= end:
            way = (typed - begin) / (end - begin)
            mixed = {
                slug: (1.0 - way) * source.get(slug, 0.0) + way * goal.get(slug, 0.0)
                for slug in {**source, **goal}
            }
            return [wire.Weights(tuple(mixed.items()))]
    return []


def puck_at(place: tuple[float, float], slugs: Sequence[str]) -> Step:
    """Return a hand that wakes some styles, and lays the puck among them."""
    shares = weights(*place, len(slugs), 2.0).tolist()
    said = [wire.Active(tuple(slugs)), wire.Weights(tuple(zip(slugs, shares, strict=True)))]
    return lambda typed: said if typed == 1 else []


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, the screen, and how far the text has come."""

    name: str
    size: tuple[int, int]
    inches: float
    typed: int = 202  # characters; fewer where there are fewer
    stage: dict[str, Any] = field(default_factory=dict)
    puck: tuple[float, float] | None = None  # where a hand has laid it
    ghost: bool = False
    everybody: bool = False
    role: str = "instrument"
    operator: Sequence[str] = ()  # buttons that are pressed on the operator's panel once it is open


SHOTS = [
    Shot("whole", (1920, 1080), 24.0),
    Shot("paper", (1280, 800), 13.3, stage={"theme": "paper"}),
    Shot("contrast", (1280, 800), 13.3, stage={"theme": "contrast"}),
    Shot("touchscreen", (1280, 800), 10.1),
    Shot("small", (1024, 600), 7.0),
    Shot("portrait", (1080, 1920), 24.0),
    Shot("everybody", (1920, 1080), 24.0, puck=MIDST, everybody=True),
    Shot("attract", (1280, 800), 13.3, puck=GHOST, ghost=True),
    Shot("two-instrument", (1280, 800), 10.1, stage={"wall": "wall"}),
    Shot("two-wall", (1920, 1080), 55.0, stage={"wall": "wall"}, role="wall"),
    Shot("text", (1280, 800), 24.0, stage={"layout": "text", "theme": "paper"}),
    Shot("operator", (1280, 800), 10.1, operator=[*"2468", "ok"]),
    Shot("operator-styles", (1280, 800), 10.1, operator=[*"2468", "ok", "page/styles"]),
    Shot("operator-pin", (1280, 800), 10.1, operator=[*"24"]),
]
# What the operator's panel shows of a machine: made up, for want of a bad day.
FAULT = (
    "/etc/static-unsigned-love/settings.toml: the key stage.themme is unknown, did you mean "
    "stage.theme? Until then what last worked will do."
)
FACTS = Facts(
    Vitals(celsius=61.0, throttled=0, disk_free=21_300_000_000, memory=131_000_000),
    Page((), up=13_320.0, memory=318_000_000),
    machine_up=13_380.0,
    engine=Unit(501, 0),
    stage=Unit(502, 0),
)


@contextlib.contextmanager
def shown(recording: Recording, shot: Shot) -> Iterator[tuple[App, Player]]:
    """Open a stage on a screen of its own, before a recording."""
    settings = Loaded.read(DEFAULTS).settings
    stage = settings.stage.model_copy(update={"fullscreen": True, **shot.stage})
    player = Player(recording, PACE)
    here = Display((0, 0, *shot.size), shot.role, shot.inches)
    there = Display((shot.size[0], 0, 1280, 800), "instrument", 10.1)
    if shot.role == "instrument":
        there = Display((shot.size[0], 0, 1920, 1080), "wall", 55.0)
    screens = (here, there) if "wall" in shot.stage else (here,)
    with (
        tempfile.TemporaryDirectory() as kept,
        Link(player.socket.getsockname(), "127.0.0.1", 0, player.clock) as link,
        App(
            Desk(link, settings.controls), stage, player.clock, words=settings.words,
            eyes=Eyes(lambda: screens), operator=operator_in(Path(kept), settings),
        ) as app,
    ):  # fmt: skip
        app.frame()
        player.greet()
        app.frame()
        yield app, player
    player.socket.close()


def operator_in(folder: Path, settings: Settings) -> Operator:
    """Return an operator on a made-up machine."""
    table = settings.operator.model_copy(update={"pin": hashed("2468", bytes(16))})
    return Operator(
        settings.model_copy(update={"operator": table}),
        inquiry=Inquiry(lambda: FACTS),
        shelf=Shelf(folder),
        wall=lambda: datetime(2026, 11, 22, 14, 3, tzinfo=UTC),
        fault=FAULT,
        believed=lambda _: True,
    )


def tap(app: App, at: tuple[int, int], player: Player, seconds: float = 0.0) -> None:
    """Press a place of the instrument's screen for a while."""
    width, height = app.screen.get_size()
    for kind, held in ((pygame.FINGERDOWN, seconds), (pygame.FINGERUP, 0.0)):
        finger = {"finger_id": 1, "x": at[0] / width, "y": at[1] / height}
        pygame.event.post(pygame.event.Event(kind, finger))
        app.frame()
        for _ in range(round(held * FRAMES)):
            player.pass_time(1.0 / FRAMES)
            app.frame()


def operate(app: App, buttons: Sequence[str], player: Player) -> None:
    """Open the operator's panel, and press buttons on it."""
    tap(app, app.corner("instrument").center, player, 3.1)
    panel = app.pictures["instrument"].operator
    assert panel is not None
    for button in buttons:
        place = panel.place_of(f"digit/{button}" if button.isdigit() else button)
        assert place is not None
        tap(app, place.move(app.panel("operator").topleft).center, player)
    assert app.operator is not None
    app.operator.inquiry.finish()


def go_on(app: App, player: Player, until: Callable[[], bool]) -> None:
    """Let frames pass until a condition holds."""
    while not until():
        player.pass_time(1.0 / FRAMES)
        app.frame()


def take(recording: Recording, shot: Shot, folder: Path) -> Path:
    """Take one picture; return its file."""
    path = folder / f"{shot.name}.png"
    with shown(recording, shot) as (app, player):
        go_on(app, player, lambda: player.sent >= min(shot.typed, len(recording.typed)))
        if shot.operator:
            operate(app, shot.operator, player)
        for _ in range(60 if shot.operator else 30):  # until nothing moves
            if shot.puck is not None:
                app.desk.move_puck(*shot.puck, player.clock.now, ghost=shot.ghost)
            player.clock.now += 1.0 / FRAMES
            app.frame()
        pygame.image.save(app.screens[shot.role].surface, path)
    return path


def film(recording: Recording, path: Path) -> int:
    """Write the animation of a mixture that changes in mid-word; return its size in bytes."""
    frames: list[Pixels] = []
    shot = Shot("film", (960, 540), 10.1)
    with shown(recording, shot) as (app, player):
        go_on(app, player, lambda: player.sent >= BEGIN)
        for frame in range(round((END - BEGIN) / PACE * FRAMES)):
            player.pass_time(1.0 / FRAMES)
            app.frame()
            if frame % SHOWN_EVERY == 0:
                frames.append(pygame.surfarray.array3d(app.screen).transpose(1, 0, 2).copy())
    return write(path, frames, FRAMES // SHOWN_EVERY, REST)


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Loaded.read(DEFAULTS).settings
    catalogue = read_catalogue(MODELS)
    allowed = [slug for slug, style in catalogue.styles.items() if not style.advisory]
    title = {slug: style.title.casefold() for slug, style in catalogue.styles.items()}
    allowed.sort(key=title.__getitem__)
    circle = sorted(settings.styles.active, key=title.__getitem__)
    several = record(SETTINGS, 330, from_style_to_style, seed=SEED)
    eight = record(SETTINGS, 150, puck_at(GHOST, circle), seed=SEED)
    every = record(SETTINGS, 150, puck_at(MIDST, allowed), seed=SEED)
    for shot in SHOTS:
        recording = every if shot.everybody else eight if shot.ghost else several
        path = take(recording, shot, folder)
        sys.stdout.write(f"{path}: {path.stat().st_size // 1000} kB\n")
    path = folder / "mixture.png"
    sys.stdout.write(f"{path}: {film(several, path) // 1000} kB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screens")
