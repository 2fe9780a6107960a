"""Where the panels stand on a screen of any size and either orientation."""

from pygame import Rect

from appliance.settings import LayoutKind

Layout = dict[str, Rect]  # by panel; panels meet and do not overlap

STYLES = 0.21  # of the width, for the list of who may write
PAGE = 0.47  # of the height
PAGE_WHERE_SMALL = 0.40  # where the screen is no larger than a hand
SMALL = 7  # targets from top to bottom


def arrange(area: Rect, kind: LayoutKind = "whole", target: int = 1) -> Layout:
    """Return the panels' places for an area in pixels; `target` is the least that a finger needs.

    `whole` is everything; `instrument` leaves the page to another screen; `text` is the page alone.
    """
    if kind == "text":
        return {"text": Rect(area)}
    if area.height > area.width:
        return _upright(area, target, page=kind == "whole")
    styles, rest = _beside(area, round(area.width * STYLES))
    if kind == "instrument":
        above, below = _above(rest, round(rest.height * 0.36))
        return {"styles": styles, "distributions": above} | _hands(below)
    small = area.height < SMALL * target
    above, below = _above(rest, round(rest.height * (PAGE_WHERE_SMALL if small else PAGE)))
    text, distributions = _beside(above, round(above.width * 0.66))
    return {"text": text, "distributions": distributions, "styles": styles} | _hands(below)


def _hands(area: Rect) -> Layout:
    """Return sliders and circle side by side."""
    circle = min(round(area.height * 1.25), round(area.width * 0.48))
    sliders, right = _beside(area, area.width - circle)
    return {"sliders": sliders, "puck": right}


def _upright(area: Rect, target: int, *, page: bool) -> Layout:
    layout: Layout = {}
    small = area.width < SMALL * target
    if page:
        layout["text"], area = _above(area, round(area.height * (0.22 if small else 0.30)))
    layout["distributions"], area = _above(area, round(area.height * (0.18 if small else 0.23)))
    layout["styles"], area = _beside(area, round(area.width * 0.36))
    layout["puck"], layout["sliders"] = _above(area, round(area.height * 0.52))
    return layout


def _above(area: Rect, height: int) -> tuple[Rect, Rect]:
    return (
        Rect(area.x, area.y, area.width, height),
        Rect(area.x, area.y + height, area.width, area.height - height),
    )


def _beside(area: Rect, width: int) -> tuple[Rect, Rect]:
    return (
        Rect(area.x, area.y, width, area.height),
        Rect(area.x + width, area.y, area.width - width, area.height),
    )
