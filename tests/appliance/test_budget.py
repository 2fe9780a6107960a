from appliance.engine.budget import COOL, COOLING, HOT, PATIENCE, REMEMBERED, Budget

PACE = 20.0  # 50 ms a character, of which 40 may go into reading


def costing(milliseconds: float, styles: int = 24) -> Budget:
    made = Budget()
    reading(made, milliseconds, styles)
    return made


def reading(budget: Budget, milliseconds: float, styles: int) -> None:
    for _ in range(REMEMBERED):
        budget.note(styles, styles * milliseconds / 1e3)


def test_where_all_fit_none_rests() -> None:
    assert costing(1.0).decide(24, PACE, 50.0, now=0.0) is None


def test_nothing_is_decided_from_a_few_readings() -> None:
    budget = Budget()
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


def test_they_come_back_one_by_one_and_only_with_room_to_spare() -> None:
    budget = costing(4.0)
    assert budget.decide(12, PACE, None, now=0.0) == 10
    reading(budget, 3.3, 10)  # 11 of these would fit into 40 ms, but not with room
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
