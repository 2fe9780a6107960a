"""How a run learns, in numbers; nothing here needs torch, so that `verify` can read it quickly."""

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a run learns; `characters` is how much it reads."""

    characters: int = 100_000_000
    rows: int = 64
    length: int = 128
    restart: float = 0.125  # probability that a row begins anew after a segment
    evenness: float = 0.7
    rate: float = 2e-3
    warm_up: float = 0.01  # share of the run
    cool_down: float = 0.0  # share of the run over which the rate falls to zero, as a cosine
    weight_decay: float = 0.01
    clip: float = 1.0
    bound: float = 0.0  # of weights that become int8, whose scale the largest sets; 0: none
    dropout: float = 0.0
    weight_drop: float = 0.0
    average: float = 0.999  # of the weights, a step; 0 takes the last weights
    check_every: int = 5_000_000  # characters between two measurements on the validation text
    seed: int = 1

    def rate_at(self, done: float) -> float:
        """Return the learning rate when `done` (0 to 1) of the run is behind."""
        if done < self.warm_up:
            return self.rate * max(done / self.warm_up, 0.01)
        left = (1.0 - done) / self.cool_down if self.cool_down else 1.0
        return self.rate * 0.5 * (1.0 - math.cos(math.pi * min(1.0, max(0.0, left))))


KEYS: dict[str, type] = {name: type(value) for name, value in asdict(Recipe()).items()}
SHARES = {"restart", "warm_up", "cool_down", "dropout", "weight_drop", "average"}
MAY_BE_ZERO = {"seed", "evenness", "weight_decay", "bound"}


def wanted_of(kind: type, key: str, value: Any) -> str:
    """Say what the value of a recipe's key must be, if it is not so; empty if it is."""
    least = int(key not in MAY_BE_ZERO)
    if kind is int:
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
        return "" if whole else f"a whole number of at least {least}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if key in SHARES:
        return "" if number and 0.0 <= value <= 1.0 else "a number from 0 to 1"
    good = number and math.isfinite(value) and (value > 0.0 or (value == 0.0 and not least))
    return "" if good else f"a number {'above' if least else 'of at least'} 0"


def recipe_faults(recipe: object) -> list[str]:
    """Return one clause for each key that a whole recipe lacks, does not know or has wrongly."""
    if not isinstance(recipe, dict):
        return ["is no recipe"]
    faults = [f"lacks {key}" for key in KEYS if key not in recipe]
    for key, value in recipe.items():
        if key not in KEYS:
            faults.append(f"has the unknown key {key}")
        elif wanted := wanted_of(KEYS[key], key, value):
            faults.append(f"has {key} = {value!r}, which must be {wanted}")
    return faults
