import pytest
from pydantic import ValidationError

from appliance.service.tables import Visit as VisitSettings
from appliance.stage.visit import Visit


def made(ends_after: float = 90.0, countdown: float = 0.0) -> Visit:
    settings = VisitSettings(ends_after=ends_after, countdown=countdown, new_page=False)
    return Visit(settings, {"bible": 1.0}, ["bible", "linux"])


def test_a_visit_ends_once_when_nobody_has_touched_it_for_long_enough() -> None:
    visit = made()
    visit.touched()
    assert [visit.ends(idle) for idle in (0.0, 89.9, 90.0, 90.1, 900.0)] == [
        False, False, True, False, False,
    ]  # fmt: skip


def test_where_nobody_came_nothing_ends() -> None:
    assert not made().ends(1_000.0)


def test_it_can_be_left_to_last_for_ever() -> None:
    visit = made(ends_after=0.0)
    visit.touched()
    assert not visit.ends(1e6)


def test_the_countdown_is_shown_and_a_touch_ends_it() -> None:
    visit = made(countdown=30.0)
    visit.touched()
    seen = []
    for idle in (59.0, 75.0):
        assert not visit.ends(idle)
        seen.append(visit.left)
    visit.touched()
    assert [*seen, visit.left] == [None, 15.0, None]
    assert not visit.ends(0.0)


@pytest.mark.parametrize(
    ("ends_after", "countdown", "words"),
    [(90.0, 10.0, "at least 30 s"), (40.0, 60.0, "longer than visit.ends_after")],
)
def test_a_countdown_that_is_too_short_to_answer_is_refused(
    ends_after: float, countdown: float, words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        made(ends_after, countdown)
