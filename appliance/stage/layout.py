"""Where the panels stand on a screen of any size and either orientation."""

from dataclasses import dataclass

from pygame import Rect


@dataclass(frozen=True, slots=True)
class Layout:
    """The panels' places, in pixels."""

    text: Rect
    distributions: Rect
    styles: Rect
    sliders: Rect
    puck: Rect
    status: Rect


def arrange(width: int, height: int) -> Layout:
    """Return the layout for a screen: the page above, the instrument below."""
    return _portrait(width, height) if height > width else _landscape(width, height)


def _landscape(width: int, height: int) -> Layout:
    foot = max(20, height // 30)
    instrument = round(height * 0.52)
    page = height - instrument - foot
    text = round(width * 0.62)
    styles = round(width * 0.22)
    puck = min(instrument, round(width * 0.36))
    return Layout(
        text=Rect(0, 0, text, page),
        distributions=Rect(text, 0, width - text, page),
        styles=Rect(0, page, styles, instrument),
        sliders=Rect(styles, page, width - styles - puck, instrument),
        puck=Rect(width - puck, page, puck, instrument),
        status=Rect(0, height - foot, width, foot),
    )


def _portrait(width: int, height: int) -> Layout:
    foot = max(20, height // 45)
    page = round(height * 0.34)
    thin = round(height * 0.12)
    rest = height - page - thin - foot
    puck = min(width, round(rest * 0.55))
    styles = round(width * 0.34)
    lower = rest - puck
    return Layout(
        text=Rect(0, 0, width, page),
        distributions=Rect(0, page, width, thin),
        puck=Rect(0, page + thin, width, puck),
        styles=Rect(0, page + thin + puck, styles, lower),
        sliders=Rect(styles, page + thin + puck, width - styles, lower),
        status=Rect(0, height - foot, width, foot),
    )
