"""Run the models alone: listens for OSC, types, and tells whoever subscribes.

This is what the system starts on an appliance, beside `appliance stage`.
"""

import argparse
import asyncio
import logging
import selectors
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from appliance.catalogue import Catalogue
from appliance.commands.options import at_least, finish
from appliance.engine.archive import Archive
from appliance.engine.ensemble import Ensemble
from appliance.engine.guard import Guard
from appliance.engine.memory import Memory
from appliance.engine.providers import Choice, Probation
from appliance.engine.resume import resume
from appliance.engine.score import Score
from appliance.engine.server import Server
from appliance.engine.voices import (
    allowed,
    load_voices,
    models_folder,
    reading_threads,
    site_catalogue,
    site_choice,
)
from appliance.files import state_folder
from appliance.joint import Joint
from appliance.last_good import read_or_last_good
from appliance.misnamed import misnamed
from appliance.service.clock import trusted
from appliance.service.day import Day, local_time
from appliance.service.status_page import StatusPage
from appliance.service.systemd import log_to_journal
from appliance.settings import Loaded, Settings

log = logging.getLogger("appliance.engine")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `engine`."""
    parser.add_argument("--port", type=at_least(1), help="UDP port to listen on (settings)")
    parser.add_argument("--seed", type=at_least(0), help="for a run that can be repeated")
    parser.add_argument("--fresh", action="store_true", help="forget the text of the last run")


def run(args: argparse.Namespace) -> int:
    """Serve until stopped; return an exit status."""
    log_to_journal()
    loaded = read_or_last_good(args.settings)
    settings = loaded.settings
    catalogue = site_catalogue(settings.styles)
    for note in catalogue.notes:
        log.info("%s", note)
    choice = site_choice(settings, catalogue)
    log.info("%s", choice.sentence)
    with Probation(choice, state_folder()):
        return play(args, loaded, catalogue, choice)


def play(args: argparse.Namespace, loaded: Loaded, catalogue: Catalogue, choice: Choice) -> int:
    """Load the voices and serve; return an exit status."""
    settings = loaded.settings
    voices = load_voices(catalogue, allowed(catalogue.styles, settings.styles), choice)
    faults = (*voices.faults, *misnamed(loaded, catalogue))
    for fault in faults:
        log.warning("%s", fault)
    if not voices.models:
        return finish(f"no style can play: no model file in {models_folder(settings.styles)}.", 1)
    state = state_folder() / "engine.json"
    archive = state_folder() / "archive.sqlite"
    memory = None if args.fresh else resume(state, archive)
    score = opening_score(settings, tuple(voices.models), memory)
    port = args.port or settings.engine.port
    with ExitStack() as stack:
        ensemble = stack.enter_context(
            Ensemble(voices.models, workers=reading_threads(settings.engine.workers))
        )
        server = Server(
            ensemble,
            voices.styles,
            score,
            guard=Guard(settings.guard.words, settings.guard.stems),
            seed=args.seed,
            unevenness=settings.typing.unevenness,
            opening=settings.opening.line,
            memory=memory,
            instead_of=said(settings),
            state=state,
            computing=choice.sentence,
            allow=settings.engine.allow,
            faults=(*faults, *([loaded.fault] if loaded.fault else [])),
            archive=archive_of(settings, archive),
            day=Day(settings.hours, local_time, trusted),
        )
        serve_status_page(settings, server, stack)
        try:
            # select(2) takes its timeout in microseconds; asyncio rounds epoll's up to whole
            # milliseconds, by which every tick would be late.
            with asyncio.Runner(loop_factory=_loop) as runner:
                runner.run(server.serve(settings.engine.host, port))
        except OSError as error:
            return finish(
                f"the engine cannot listen on {settings.engine.host}, UDP port {port} "
                f"({error.strerror}): is it running already?",
                1,
            )
    return 0


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def archive_of(settings: Settings, path: Path) -> Archive | None:
    """Return the archive that is to be written; None where the site wants none."""
    if not settings.archive.on:
        return None
    return Archive(path, settings.archive.megabytes * 1_000_000)


def serve_status_page(settings: Settings, server: Server, stack: ExitStack) -> None:
    """Serve the technician's page until the stack ends; the piece plays without it, too."""
    status = settings.status
    if not status.host:
        return
    try:
        page = StatusPage(status.host, status.port, status.token, lambda: server.report)
    except OSError as error:
        log.warning(
            "the status page cannot be served on %s, TCP port %d (%s): choose another status.port",
            status.host,
            status.port,
            error.strerror,
        )
        return
    stack.enter_context(page)


def opening_score(settings: Settings, slugs: tuple[str, ...], memory: Memory | None) -> Score:
    """Return what is played at first: as it stood, or as the settings open the piece.

    A setting that was changed since is what its editor wants to see.
    """
    typing, stood = settings.typing, (memory or Memory()).under(said(settings))
    weights = {s: w for s, w in stood.weights.items() if s in slugs}
    opening = {s: w for s, w in settings.opening.mixture.items() if s in slugs}
    return Score(
        slugs,
        active=[s for s in stood.active if s in slugs] or settings.styles.active,
        # Whoever switches the piece on finds it typing, were it only with the first style.
        weights=weights or opening or {slugs[0]: 1.0},
        temperature=typing.temperature if stood.temperature is None else stood.temperature,
        pace=typing.pace if stood.pace is None else stood.pace,
        joint=Joint(stood.joint) if stood.joint else typing.joint,
        apart=settings.styles.apart,
    )


def said(settings: Settings) -> Mapping[str, Any]:
    """Return what the settings say where hands may have set something else, by its name there."""
    typing, active = settings.typing, list(settings.styles.active)
    return {
        # With another list of styles the old mixture would wake those that are no longer on it.
        "weights": [settings.opening.mixture, active],
        "active": active,
        "temperature": typing.temperature,
        "pace": typing.pace,
        "joint": str(typing.joint),
    }
