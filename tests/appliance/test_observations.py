"""The author's observations on the shipped models: as docs/observations.md says, they hold or not.

What the page says does not hold is expected to fail, strictly: with better models that do it, the
test fails until `make observations` has written the page anew.
"""

from collections.abc import Callable

import pytest

from tests.proofs.observations import Observation, expectations, observe, recorded

NAMES = [
    pytest.param(
        name,
        marks=() if holds else pytest.mark.xfail(strict=True, reason="so says the page"),
    )
    for name, holds in recorded().items()
]


@pytest.fixture(scope="module")
def observed() -> dict[str, Observation]:
    return {observation.name: observation for observation in observe(expectations())}


@pytest.mark.parametrize("name", NAMES)
def test_what_the_author_saw(
    name: str, observed: dict[str, Observation], record_property: Callable[[str, object], None]
) -> None:
    observation = observed[name]
    record_property("found", observation.found)
    print(observation.row)
    assert observation.holds, observation.row


def test_the_page_tells_of_all_observations_with_the_same_prompts_and_wishes(
    observed: dict[str, Observation],
) -> None:
    assert list(recorded()) == list(observed)
