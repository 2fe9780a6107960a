from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as some

from appliance.engine.budget import (
    COOL,
    COOLING,
    FORGOTTEN,
    HOT,
    LONGEST,
    PATIENCE,
    REMEMBERED,
    SHARE,
    Budget,
)
from appliance.engine.ensemble import WORTH_SHARING

PACE = 20.0  # 50 ms a character, of which 40 may go into reading
Takes = Callable[[int], float]  # the seconds in which so many styles read a character


def costing(milliseconds: float, styles: int = 24) -> Budget:
    made = Budget(threads=1)
    reading(made, milliseconds, styles)
    return made


def reading(budget: Budget, milliseconds: float, styles: int) -> None:
    for _ in range(REMEMBERED):
        budget.note(styles, styles * milliseconds / 1e3)


def test_where_all_fit_none_rests() -> None:
    assert costing(1.0).decide(24, PACE, 50.0, now=0.0) is None


def test_nothing_is_decided_from_a_few_readings() -> None:
    budget = Budget(threads=1)
    budget.note(24, 60.0)
    assert budget.decide(24, PACE, None, now=0.0) is None


def test_as_many_read_as_fit_and_at_least_one() -> None:
    assert costing(4.0).decide(24, PACE, None, now=0.0) == 10
    assert costing(400.0).decide(24, PACE, None, now=0.0) == 1


def test_one_reading_that_was_held_up_changes_nothing() -> None:
    budget = costing(1.0)
    budget.note(24, 5.0)
    assert budget.decide(24, PACE, None, now=0.0) is None


def test_while_it_is_hot_one_more_rests_every_few_seconds_down_to_two() -> None:
    budget = costing(0.1)  # there would be room for four hundred
    assert budget.decide(5, PACE, HOT - 1, now=0.0) is None
    seen = [budget.decide(5, PACE, HOT, now=i * COOLING / 2) for i in range(10)]
    assert seen == [4, 4, 3, 3, 2, 2, 2, 2, 2, 2]


def test_who_rests_for_the_heat_comes_back_when_it_is_cool() -> None:
    budget = costing(0.1)
    assert budget.decide(5, PACE, HOT, now=0.0) == 4
    assert budget.decide(5, PACE, HOT - 1, now=100.0) == 4  # cooler, and not yet cool
    assert budget.decide(5, PACE, COOL, now=100.0) == 5
    assert budget.decide(5, PACE, COOL, now=100.0 + PATIENCE) is None


def test_one_or_two_do_not_rest_for_the_heat() -> None:
    budget = costing(0.1)
    assert budget.decide(2, PACE, HOT + 9, now=0.0) is None
    assert budget.decide(1, PACE, HOT + 9, now=COOLING) is None


def test_they_come_back_one_by_one_when_there_is_room() -> None:
    budget = costing(4.0)
    assert budget.decide(12, PACE, None, now=0.0) == 10
    reading(budget, 3.7, 10)  # 11 of these would take 40.7 ms
    assert budget.decide(12, PACE, None, now=100.0) == 10
    reading(budget, 1.0, 10)
    at = 200.0
    seen = [budget.decide(12, PACE, None, now=at + i * PATIENCE / 2) for i in range(6)]
    assert seen == [11, 11, 12, 12, None, None]


def test_as_fast_as_it_can_is_never_too_slow() -> None:
    assert costing(400.0).decide(24, 0.0, None, now=0.0) is None


def test_as_fast_as_it_can_ends_the_rest() -> None:
    budget = costing(4.0)
    assert budget.decide(24, PACE, None, now=0.0) == 10
    assert budget.decide(24, 0.0, None, now=1.0) is None
    assert budget.most is None


def test_fewer_fed_than_may_read_ends_the_rest() -> None:
    budget = costing(4.0)
    budget.decide(24, PACE, None, now=0.0)
    assert budget.decide(3, PACE, None, now=PATIENCE) is None


class Stage:
    """An engine that types: who of the fed may read does, and what that takes is noted."""

    def __init__(self, budget: Budget, takes: Takes) -> None:
        self.budget = budget
        self.takes = takes
        self.now = 0.0
        self.changes = 0
        self._decided = -1.0

    def play(self, fed: int, seconds: float, pace: float = PACE) -> float:
        """Type for so long; return for how many seconds reading took more than its share."""
        end, late = self.now + seconds, 0.0
        while self.now < end:
            reading = self.reading(fed)
            took = self.takes(reading)
            self.budget.note(reading, took)
            step = max(1 / pace, took)
            self.now += step
            late += step * (took > SHARE / pace and reading > 1)
            if self.now - self._decided >= 1.0:
                before = self.budget.most
                self.changes += self.budget.decide(fed, pace, None, self.now) != before
                self._decided = self.now
        return late

    def reading(self, fed: int) -> int:
        return fed if self.budget.most is None else min(fed, self.budget.most)


def on_threads(threads: int, alone: float, together: float) -> Takes:
    """Return what so many styles take that read as the ensemble lets them; seconds a round."""

    def takes(styles: int) -> float:
        if threads == 1 or styles < WORTH_SHARING:
            return alone * styles
        return together * -(-styles // threads)

    return takes


def test_who_fits_on_all_threads_comes_back_though_three_do_not_fit_on_one() -> None:
    stage = Stage(Budget(threads=4), on_threads(4, 0.020, 0.020))
    assert stage.play(8, 20.0) == 0.0
    assert stage.reading(8) == 8
    stage.play(3, 20.0)
    assert stage.reading(3) == 2  # the third would take 60 ms
    assert stage.play(8, 20.0) == 0.0
    assert stage.reading(8) == 8


def test_who_rests_from_the_start_comes_back_though_three_do_not_fit_on_one() -> None:
    stage = Stage(Budget(threads=4), on_threads(4, 0.020, 0.020))
    stage.play(3, 20.0)
    assert stage.reading(3) == 2
    assert stage.play(8, 20.0) == 0.0  # what a round of four costs has not been seen before
    assert stage.reading(8) == 8


def test_what_was_slow_beside_other_work_is_tried_anew_after_some_minutes() -> None:
    stage = Stage(Budget(threads=4), on_threads(4, 0.010, 0.200))  # an update unpacks
    stage.play(8, 20.0)
    assert stage.reading(8) == 3
    stage.takes = on_threads(4, 0.010, 0.012)
    stage.play(8, FORGOTTEN + 30.0)
    assert stage.reading(8) == 8


def test_who_does_not_fit_after_all_is_tried_less_and_less_often() -> None:
    # Seven seem to fit while six read, and then do not: so on the brink, where figures waver.
    stage = Stage(Budget(threads=1), lambda styles: 0.0055 * styles + 0.010 * (styles > 6))
    stage.play(12, 3600.0)
    assert stage.reading(12) == 6
    before = stage.changes
    stage.play(12, 3600.0)
    assert 3 <= stage.changes - before <= 3 * 3600 / LONGEST + 3


@settings(max_examples=40, deadline=None)
@given(
    some.integers(1, 4),
    some.floats(0.5, 80.0),
    some.floats(1.0, 4.0),
    some.lists(some.tuples(some.integers(1, 24), some.floats(3.0, 40.0)), min_size=1, max_size=4),
)
def test_whatever_a_style_costs_what_fits_plays_and_the_pace_holds(
    threads: int, milliseconds: float, slower: float, phases: list[tuple[int, float]]
) -> None:
    takes = on_threads(threads, milliseconds / 1e3, slower * milliseconds / 1e3)
    stage = Stage(Budget(threads=threads), takes)
    for fed, pace in phases:
        # Some seconds until it is known what the new mixture costs, with as many slow characters
        # as that needs; then, with all attempts at more, hardly any.
        stage.play(fed, 15.0 + 60 * max(takes(styles) for styles in range(1, fed + 1)), pace)
        assert stage.play(fed, 2 * LONGEST, pace) <= 0.03 * 2 * LONGEST
        most = max(
            (styles for styles in range(1, fed + 1) if takes(styles) <= SHARE / pace), default=1
        )
        assert stage.reading(fed) == most
