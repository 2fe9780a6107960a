"""What the repository ships: twenty-four styles, described, small enough, told apart by colour."""

import itertools

import numpy as np
import onnx
import pytest

from appliance.catalogue import Catalogue
from appliance.settings import DEFAULTS, Loaded, ThemeName
from appliance.stage.theme import THEMES, Colour, readable, rgb
from tests.conftest import MODELS

STYLES = [
    *("apollo11", "aristotle", "austen", "baudelaire", "beeton", "bible", "chilcot", "coleridge"),
    *("dalai_lama", "davinci", "homer", "jung", "kama_sutra", "kant", "kuran", "latex", "lincoln"),
    *("linux", "love_songs", "mein_kampf", "nietzsche", "shelley", "trump", "victorian_erotica"),
]
ADVISORIES = {"mein_kampf": "hate", "kama_sutra": "adult", "victorian_erotica": "adult"}
LARGEST = 120_000_000  # bytes, of all files together
GROUND = "#0b0c10"


def linear(colour: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return linear light from a "#rrggbb" (IEC 61966-2-1)."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def hexed(colour: Colour) -> str:
    """Return a colour as "#rrggbb"."""
    return "#" + bytes(colour).hex()


def contrast(a: str, b: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.1), 1 to 21."""
    lights = [float(linear(colour) @ (0.2126, 0.7152, 0.0722)) + 0.05 for colour in (a, b)]
    return max(lights) / min(lights)


def oklab(colour: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a colour where distances are as seen (Ottosson, 2020)."""
    cone = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    seen: np.ndarray[tuple[int], np.dtype[np.float64]] = lab @ np.cbrt(cone @ linear(colour))
    return seen


def test_all_styles_are_there_and_described(shipped: Catalogue) -> None:
    assert list(shipped.styles) == STYLES
    for slug, style in shipped.styles.items():
        assert style.advisory == ADVISORIES.get(slug, "")
        assert style.title != slug
        assert style.about
        assert style.licence
        assert style.test_bits is not None
        assert 0.5 < style.test_bits < 3.0


def test_the_files_are_small_enough_to_be_cloned() -> None:
    assert sum(path.stat().st_size for path in MODELS.glob("*.onnx")) <= LARGEST


def test_neighbours_can_be_told_apart_and_all_are_seen_on_black(shipped: Catalogue) -> None:
    colours = [style.colour for style in shipped.styles.values()]
    assert len(set(colours)) == len(colours)
    for colour in colours:
        assert contrast(colour, GROUND) >= 4.5
    by_title = sorted(shipped.styles.values(), key=lambda style: style.title.casefold())
    for row in (colours, [style.colour for style in by_title]):
        for a, b in itertools.pairwise(row):
            assert np.linalg.norm(oklab(a) - oklab(b)) > 0.1


@pytest.mark.parametrize(("name", "apart"), [("night", 0.12), ("contrast", 0.1), ("paper", 0.07)])
def test_those_who_play_at_first_can_be_told_apart_on_every_ground(
    name: ThemeName, apart: float, shipped: Catalogue
) -> None:
    theme = THEMES[name]
    first = [shipped.styles[slug].colour for slug in Loaded.read(DEFAULTS).settings.styles.active]
    assert len(first) == 8
    for ground in (theme.ground, theme.blue, theme.pink):
        ratio = theme.far if ground == theme.ground else theme.near
        seen = [hexed(readable(rgb(colour), ground, ratio)) for colour in first]
        for a, b in itertools.combinations(seen, 2):
            assert np.linalg.norm(oklab(a) - oklab(b)) > apart


@pytest.mark.parametrize("slug", STYLES)
def test_a_real_lstm_runs_and_no_loop(slug: str, shipped: Catalogue) -> None:
    graph = onnx.load(shipped.styles[slug].path).graph
    operators = [node.op_type for node in graph.node]
    layers = sum(operators.count(name) for name in ("LSTM", "DynamicQuantizeLSTM"))
    assert layers >= 1
    assert not {*operators} & {"Loop", "Scan", "If"}
    states = [f"{part}{layer}" for layer in range(layers) for part in "hc"]
    assert [i.name for i in graph.input] == ["tokens", *states]
    assert graph.output[0].name == "logits"


def test_the_listing_names_every_style_and_its_licence(shipped: Catalogue) -> None:
    listing = (MODELS / "README.md").read_text(encoding="utf-8")
    for slug, style in shipped.styles.items():
        assert slug in listing
        assert style.licence in listing
