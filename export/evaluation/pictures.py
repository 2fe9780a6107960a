"""The pictures of an evaluation, as PNG files, drawn from its report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from appliance.joint import Joint
from export.evaluation.classifier import ToldApart
from export.evaluation.steering import MIXTURES, Curve

mpl.use("agg")
DOTS = 150  # an inch
TITLES = {"real": "real test text", "typed": "typed text"}
NO_DATE = {"Software": None}  # so that equal figures give equal files


def draw(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw all that a report has figures for, as `evaluate` writes it; return the files."""
    drawn: list[Path] = []
    for kind, told in report.get("classifier", {}).items():
        confusion = ToldApart(tuple(told["styles"]), np.array(told["confusion"], dtype=np.int64))
        drawn.append(folder / f"told_apart_{kind}.png")
        picture_confusion(confusion, TITLES[kind], drawn[-1])
    if "steering" in report:
        curves = [
            Curve(
                c["first"], c["second"], Joint(c["joint"]), tuple(c["shares"]), tuple(c["firsts"])
            )
            for c in report["steering"]["curves"]
        ]
        drawn.append(folder / "steering.png")
        picture_steering(curves, drawn[-1])
    return drawn


def picture_confusion(told: ToldApart, title: str, path: Path) -> None:
    """Draw what pieces of each style are taken for, in percent."""
    shares = told.confusion / np.maximum(told.confusion.sum(axis=1, keepdims=True), 1)
    count = len(told.slugs)
    figure = Figure(figsize=(2.5 + 0.36 * count, 2.0 + 0.36 * count), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Greys", vmin=0.0, vmax=1.0)
    axes.set_xticks(range(count), told.slugs, rotation=90)
    axes.set_yticks(range(count), told.slugs)
    axes.set_xlabel("taken for")
    axes.set_ylabel("style")
    axes.set_title(f"{title}: {100 * told.mean:.1f} % on the mean of the styles")
    for row, column in zip(*np.nonzero(shares >= 0.005), strict=True):
        share = shares[row, column]
        colour = "white" if share > 0.5 else "black"
        axes.text(
            column, row, f"{100 * share:.0f}", ha="center", va="center", color=colour, fontsize=7
        )
    figure.savefig(path, dpi=DOTS, metadata=NO_DATE)


def picture_steering(curves: Sequence[Curve], path: Path) -> None:
    """Draw all pairs' curves and their mean, one panel a rule."""
    rules = [joint for joint in Joint if any(curve.joint is joint for curve in curves)]
    figure = Figure(figsize=(1.0 + 5.0 * len(rules), 5.0), layout="constrained")
    panels = figure.subplots(1, len(rules), squeeze=False, sharey=True)[0]
    for axes, joint in zip(panels, rules, strict=True):
        own = [curve for curve in curves if curve.joint is joint]
        for curve in own:
            axes.plot(MIXTURES, curve.shares, color="#888888", linewidth=0.6)
        second, first = (
            np.mean([getattr(c, of) for c in own], axis=0) for of in ("shares", "firsts")
        )
        axes.plot(MIXTURES, second, color="black", linewidth=2.5, label="second, mean")
        axes.plot(MIXTURES, first, "--", color="black", linewidth=1.2, label="first, mean")
        axes.plot(MIXTURES, 1.0 - first - second, ":", color="black", label="all others, mean")
        rho = np.mean([curve.rho for curve in own])
        axes.set_title(f"{joint}: {len(own)} pairs, rho {rho:.3f} on the mean")
        axes.set_xlabel("weight of the second style")
    panels[0].set_ylim(0.0, 1.0)
    panels[0].set_ylabel("classifier's share of the second style")
    panels[0].legend(loc="center left", frameon=False)
    figure.savefig(path, dpi=DOTS, metadata=NO_DATE)
