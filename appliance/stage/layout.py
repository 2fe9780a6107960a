"""Where the panels stand on a screen of any size and either orientation.

The page is above, over the whole width; under it the joint distribution, as its horizon; and below
these the instrument: who may write, how much of each, and the circle.
"""

from pygame import Rect

from appliance.settings import LayoutKind

Layout = dict[str, Rect]  # by panel; panels meet and do not overlap

FINGERS = 5  # targets, from top to bottom, that the instrument wishes for
LOWEST, HIGHEST = 0.48, 0.615  # of the height, the instrument under a page
STYLES = 0.29  # of the width, for the list of who may write
CIRCLE = 0.355  # of the width, at most, for the circle
JOINT = 0.13  # of the height
OPERATOR, OPERATOR_UPRIGHT = 0.6, 0.66  # of the height, the operator's panel
LEFT_TO_PANEL = 0.9  # of the height, at most
SMALL = 7  # targets across a screen that is no larger than a hand


def arrange(area: Rect, kind: LayoutKind = "whole", target: int = 1) -> Layout:
    """Return the panels' places for an area in pixels; `target` is the least that a finger needs.

    `whole` is everything; `instrument` leaves the page to another screen; `text` is the page alone.
    """
    if kind == "text":
        return {"text": Rect(area)}
    if area.height > area.width:
        return _upright(area, target, page=kind == "whole")
    if kind == "instrument":
        joint, rest = _above(area, round(area.height * 0.17))
        return {"joint": joint} | _instrument(rest, 0.38)
    share = min(HIGHEST, max(LOWEST, FINGERS * target / area.height))
    above, rest = _above(area, round(area.height * (1.0 - share)))
    if area.height < SMALL * target:  # what little there is belongs to the page
        return {"text": above} | _instrument(rest, CIRCLE)
    text, joint = _above(above, above.height - round(area.height * JOINT))
    return {"text": text, "joint": joint} | _instrument(rest, CIRCLE)


def with_operator(area: Rect, target: int) -> Layout:
    """Return the places of the page and, below it, of the operator's panel.

    The panel takes what its buttons need; the page keeps a strip in which the piece plays on.
    """
    part, targets = (OPERATOR, 5.6) if area.width > area.height else (OPERATOR_UPRIGHT, 6.6)
    high = min(
        round(LEFT_TO_PANEL * area.height), max(round(part * area.height), round(targets * target))
    )
    text, panel = _above(area, area.height - high)
    return {"text": text, "operator": panel}


def _instrument(area: Rect, widest: float) -> Layout:
    """Return styles, sliders and circle side by side."""
    styles, rest = _beside(area, round(area.width * STYLES))
    circle = min(round(area.height * 1.15), round(area.width * widest))
    sliders, right = _beside(rest, rest.width - circle)
    return {"styles": styles, "sliders": sliders, "puck": right}


def _upright(area: Rect, target: int, *, page: bool) -> Layout:
    layout: Layout = {}
    small = area.width < SMALL * target
    high = area.height
    if page:
        layout["text"], area = _above(area, round(high * (0.24 if small else 0.34)))
    layout["joint"], area = _above(area, round(high * 0.075))
    layout["styles"], area = _beside(area, round(area.width * 0.36))
    layout["puck"], layout["sliders"] = _above(area, round(area.height * 0.5))
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
