"""The loaded voices of a site: which model files load, and which of their styles may play."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.catalogue import BadModelError, Catalogue, Style, read_catalogue
from appliance.engine.model import Model
from appliance.engine.providers import Choice, choose
from appliance.engine.session import CPU, ProviderError
from appliance.files import state_folder
from appliance.settings import Settings, Styles
from appliance.wire import MOST_STYLES

CHECKOUT = Path(__file__).resolve().parents[2] / "models_onnx"
INSTALLED = Path(sys.prefix) / "share" / "static-unsigned-love" / "models_onnx"  # of a release
CPU_ALONE = Choice()


@dataclass(frozen=True, slots=True)
class Voices:
    """Styles that may play with their models, one sentence for each fault, and who computes."""

    styles: dict[str, Style]
    models: dict[str, Model]
    faults: tuple[str, ...]
    provider: Choice = CPU_ALONE  # who was chosen; a model says itself who computes it


def models_folder(settings: Styles) -> Path:
    """Return the folder of model files that the settings name, or the shipped one."""
    if settings.models:
        return Path(settings.models).expanduser()
    return CHECKOUT if CHECKOUT.is_dir() else INSTALLED


def site_catalogue(settings: Styles) -> Catalogue:
    """Read the settings' folder, and beside it `models` in the state folder: the site's own voices.

    No package and no update touches those.
    """
    return read_catalogue(models_folder(settings), state_folder() / "models")


def allowed(styles: Mapping[str, Style], settings: Styles) -> dict[str, Style]:
    """Return the styles that may play: without an advisory, or named by the curator."""
    return {s: style for s, style in styles.items() if not style.advisory or s in settings.allow}


def load_voices(
    catalogue: Catalogue, styles: Mapping[str, Style], choice: Choice = CPU_ALONE
) -> Voices:
    """Load the models of some of a catalogue's styles; a bad one is left out and named.

    What the chosen provider does not take plays on the CPU, and is named too; so are styles beyond
    the most that the wire has numbers for.
    """
    models: dict[str, Model] = {}
    faults = list(catalogue.faults)
    refused: dict[str, str] = {}
    beyond: list[str] = []
    for slug, style in styles.items():
        if len(models) == MOST_STYLES:
            beyond.append(slug)
            continue
        try:
            models[slug] = Model(style.path, choice.provider)
            continue
        except ProviderError as error:
            refused[slug] = str(error)
        except BadModelError as error:
            if choice.provider.is_cpu:
                faults.append(f"{error}; the other styles play on")
                continue
        try:
            models[slug] = Model(style.path, CPU)
        except BadModelError as error:
            faults.append(f"{error}; the other styles play on")
    if refused:
        why = next(iter(refused.values()))
        faults.append(
            f"{choice.provider.name} does not take {', '.join(refused)} ({why}); the CPU does"
        )
    if beyond:
        faults.append(
            f"left out, since {MOST_STYLES} styles play at most: {', '.join(beyond)}; move model "
            "files that you can spare out of their folder"
        )
    return Voices({s: styles[s] for s in models}, models, tuple(faults), choice)


def site_choice(settings: Settings, catalogue: Catalogue) -> Choice:
    """Return who computes the styles that a site allows; may try providers for some seconds."""
    styles = allowed(catalogue.styles, settings.styles).values()
    workers = reading_threads(settings.engine.workers)
    return choose(settings.engine, [style.path for style in styles], workers, state_folder())


def reading_threads(asked: int) -> int:
    """Return how many threads read: as asked, or one a core, four at most."""
    return asked or max(1, min(4, os.cpu_count() or 1))
