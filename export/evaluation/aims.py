"""What the project wants of its voices, and whether it is so. The aims are the project's own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LONG_PROSE = 2_000_000  # characters of text from which prose is to beat PPMd of order 8
# Formulaic by nature: real test text repeats the training text too, and its figure stands beside.
FORMULAIC = frozenset({"apollo11", "bible", "kuran", "latex"})
TOLD_MEAN, TOLD_WORST, RHO, VERBATIM = 0.95, 0.85, 0.95, 0.05
Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim: what is wanted, what was found, and whether that is enough."""

    wanted: str
    found: str
    met: bool

    def as_dict(self) -> dict[str, str | bool]:
        """Return the aim by name."""
        return asdict(self)


def aims(report: Figures) -> list[Aim]:
    """Judge a report (as `evaluate` writes it) by every aim whose figures are there."""
    styles: Mapping[str, Figures] = report["styles"]
    found: list[Aim] = []
    both = {slug: s for slug, s in styles.items() if "bits" in s and "compressors" in s}
    if both:
        ours = sum(s["bits"]["mean"] for s in both.values()) / len(both)
        theirs = sum(s["compressors"]["ppmd6"] for s in both.values()) / len(both)
        found.append(
            Aim(
                "mean test bits a character below PPMd of order 6",
                f"{ours:.3f} against {theirs:.3f}",
                ours < theirs,
            )
        )
        found += _long_prose(both)
    if all("road" in s for s in styles.values()):
        lost = [slug for slug, s in styles.items() if not s["road"]["recovered"]]
        found.append(
            Aim(
                "in one go, no style has a place that it does not recover from",
                ", ".join(lost) or "none",
                not lost,
            )
        )
    if "classifier" in report:
        typed = report["classifier"]["typed"]
        worst = typed["worst"]
        found += [
            Aim("told apart in 95 % of typed pieces", _percent(typed["mean"]),
                typed["mean"] >= TOLD_MEAN),
            Aim("told apart in 85 % for the worst style",
                f"{_percent(worst['share'])} ({worst['style']})", worst["share"] >= TOLD_WORST),
        ]  # fmt: skip
    for joint, rule in report.get("steering", {}).get("rules", {}).items():
        rho = rule["mean_rho"]
        found.append(Aim(f"steering rho at least {RHO} ({joint})", f"{rho:.3f}", rho >= RHO))
    if all("copying" in s for s in styles.values()):
        found.append(_verbatim(styles))
    return found


def _long_prose(styles: Mapping[str, Figures]) -> list[Aim]:
    long = [s for s in styles if styles[s]["form"] == "prose"
            and styles[s]["characters"] > LONG_PROSE]  # fmt: skip
    if not long:
        return []
    above = [s for s in long if styles[s]["bits"]["mean"] >= styles[s]["compressors"]["ppmd8"]]
    return [
        Aim(
            "every prose style of more than 2 million characters below PPMd of order 8",
            f"{len(long) - len(above)} of {len(long)}"
            + (f", but not {', '.join(above)}" if above else ""),
            not above,
        )
    ]


def _verbatim(styles: Mapping[str, Figures]) -> Aim:
    copied = {slug: s["copying"] for slug, s in styles.items()}
    above = [
        f"{slug} {_percent(c['typed'])}" for slug, c in copied.items() if c["typed"] > VERBATIM
    ]
    beside = [f"{s} {_percent(c['real'])}" for s, c in copied.items() if s in FORMULAIC]
    found = f"not {', '.join(above)}" if above else "all"
    found += f"; of real test text {', '.join(beside)}" if beside else ""
    return Aim("at most 5 % of typed windows verbatim", found, not above)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
