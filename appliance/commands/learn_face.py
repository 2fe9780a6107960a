"""Teach faces: pull one for each style before the camera, three seconds each.

What is kept are the landmarks of whoever pulls them, in the state folder, for its owner alone; no
picture. The camera can be had once only: stop the piece first, or teach at the stage itself.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from appliance.commands.options import finish
from appliance.controls.control import Shown
from appliance.controls.face import Face
from appliance.engine.voices import allowed, site_catalogue
from appliance.face import poses
from appliance.settings import Loaded, nearest

FRAME = 0.02  # seconds between two looks at the control
LOOKING = 150.0  # seconds until a camera that is there gives frames, on a busy machine


def run(args: argparse.Namespace, answer: Callable[[float], str | None]) -> int:
    """Learn, list or forget faces; return an exit status.

    `answer` waits for the seconds it is given and returns a line that was typed, or None.
    """
    folder = poses.place()
    if args.list:
        return show(poses.kept(folder))
    if args.forget is not None:
        return forget(folder, args.forget)
    loaded = Loaded.read(args.settings)
    catalogue = site_catalogue(loaded.settings.styles)
    styles = allowed(catalogue.styles, loaded.settings.styles)
    titles = {slug: style.title for slug, style in styles.items()}
    if not args.what:
        return finish("name the styles to be taught: `appliance learn face linux bible trump`.", 2)
    for what in args.what:
        style = what.partition("/")[0]
        if style not in styles:
            hint = nearest(style, list(styles)) or "; `appliance styles` lists all"
            return finish(f"{style} is no style that may play{hint}.", 2)
    with Face(loaded.of_control("face", Face.Settings)) as control:
        return teach(control, args.what, titles, time.monotonic, answer)


def teach(
    control: Face,
    wanted: Sequence[str],
    titles: Mapping[str, str],
    clock: Callable[[], float],
    answer: Callable[[float], str | None],
) -> int:
    """Ask for one face after the other; return an exit status, 1 if no camera looks."""
    end = clock() + LOOKING
    while not control.notice() and control.health().well and clock() < end:
        answer(FRAME)
        control.poll(Shown(clock(), titles=titles))
    if not control.notice():
        return finish(control.health().sentence, 1)
    for what in wanted:
        if not control.learn(f"face/{what}"):
            return finish(f"{what} cannot name a face: write STYLE or STYLE/NAME, like linux/1.", 2)
        control.learn(None)
        title = titles[what.partition("/")[0]]
        print(f"Which face is {title}? (Enter: pull it, s: skip, q: done)", flush=True)
        line = None
        while line is None:
            control.poll(Shown(clock(), titles=titles))
            line = answer(FRAME)
        if line == "q":
            break
        if line == "s":
            continue
        control.learn(f"face/{what}")
        while control.busy:
            control.poll(Shown(clock(), titles=titles))
            tell(control)
            answer(FRAME)
        tell(control)
    return 0


def tell(control: Face) -> None:
    """Print what is to be said of a lesson."""
    while (said := control.learned()) is not None:
        print(said, flush=True)


def show(known: Sequence[poses.Pose]) -> int:
    """Print all poses that are kept."""
    if not known:
        print("face has learned nothing.")
    for pose in known:
        print(f"{pose.style}/{pose.name}: {len(pose.points)} looks")
    return 0


def forget(folder: Path, name: str) -> int:
    """Erase a pose, or all where none is named; return an exit status."""
    try:
        if not name:
            count = poses.forget_all(folder)
            print(f"All faces are erased: {count} poses, and what was learned from them.")
            return 0
        style, _, pose = name.partition("/")
        if not poses.forget(folder, style, pose):
            known = [f"{kept.style}/{kept.name}" for kept in poses.kept(folder)]
            hint = nearest(name, known) or "; `appliance learn face --list` names all"
            return finish(f"there is no face {name}{hint}.", 2)
        print(f"{name} is erased.")
        return renew(folder)
    except OSError as error:
        return finish(f"{folder} cannot be written ({error.strerror}): check its permissions.", 1)


def renew(folder: Path) -> int:
    """Learn anew what is left; where that cannot be, nothing that was learned is left either."""
    from appliance.face.learner import LearnError, relearn  # noqa: PLC0415  # onnx may be missing

    try:
        print(relearn(folder).words({}))
    except LearnError as error:
        print(f"{str(error)[0].upper()}{str(error)[1:]}.")
    return 0
