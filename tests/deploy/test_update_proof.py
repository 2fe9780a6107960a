"""When a release on trial has proved itself, on what was seen of it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.update.proof import LONGEST_REST, Proof, Seen, Verdict

PLAYS = Seen(plays=True, fallback=False, restarts=0, characters=0, frames=0, screen=True)


def plays(t: float) -> Seen:
    """Return what is seen of a piece that is well, after so many seconds."""
    return replace(PLAYS, characters=int(14 * t), frames=int(t / 10))


def judged(
    seen: Callable[[float], Seen], *, screen: bool = True, most: float = 10_000.0
) -> tuple[float, Verdict | None]:
    """Watch with a look every two seconds; return after how many there was which verdict."""
    proof = Proof(120.0, 600.0, 0.0, screen=screen)
    now = 0.0
    while now < most:
        now += 2.0
        verdict = proof.look(seen(now), now)
        if verdict is not None:
            return now, verdict
    return now, None


def test_two_minutes_without_a_break_are_enough() -> None:
    at, verdict = judged(plays)
    assert verdict == Verdict() and 120 <= at <= 126


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (lambda t: replace(plays(t), plays=False), "it did not start, and 600 s are over"),
        (lambda t: replace(plays(t), characters=5), "it wrote nothing, and 600 s are over"),
        (lambda t: replace(plays(t), frames=5), "it showed no frames, and 600 s are over"),
        (
            lambda t: replace(plays(t), screen=False),
            "it showed nothing on the screen that was there before, and 600 s are over",
        ),
    ],
)
def test_what_is_wanting_is_named_when_the_time_is_over(
    seen: Callable[[float], Seen], said: str
) -> None:
    at, verdict = judged(seen)
    assert verdict == Verdict(said) and at >= 600


def test_the_sentence_for_the_staff_ends_it_at_once() -> None:
    at, verdict = judged(lambda t: replace(plays(t), fallback=t > 50))
    assert verdict == Verdict("its engine or its stage could not be started") and at == 52


def test_the_third_end_of_a_program_ends_it_at_once() -> None:
    at, verdict = judged(lambda t: replace(plays(t), restarts=int(t / 20)))
    assert verdict == Verdict("its engine or its stage ended 3 times") and at == 60


def test_one_end_is_forgiven_and_the_two_minutes_begin_anew() -> None:
    at, verdict = judged(lambda t: replace(plays(t), restarts=int(t > 100)))
    assert verdict == Verdict() and 220 <= at <= 226


def test_a_pause_in_the_writing_begins_the_two_minutes_anew() -> None:
    # From the 60th to the 90th second not a letter.
    def pauses(t: float) -> Seen:
        return replace(plays(t), characters=int(14 * (t if t < 60 else max(60.0, t - 30))))

    at, verdict = judged(pauses)
    assert verdict == Verdict() and at >= 210


def test_one_that_begins_late_may_finish() -> None:
    at, verdict = judged(lambda t: replace(plays(t), plays=t > 590))
    assert verdict == Verdict() and at > 700


def test_one_that_had_no_screen_before_needs_none() -> None:
    _, verdict = judged(lambda t: replace(plays(t), screen=False), screen=False)
    assert verdict == Verdict()


def test_a_piece_that_is_closed_waits_until_it_opens() -> None:
    week = 7 * 86_400.0

    def closed(t: float) -> Seen:
        if t < week:
            return replace(PLAYS, closed=True, rests=True, frames=int(t / 10))
        return plays(t)

    proof = Proof(120.0, 600.0, 0.0, screen=True)
    now, verdict = 0.0, None
    while verdict is None and now < 2 * week:
        now += 5.0
        verdict = proof.look(closed(now), now)
    assert verdict == Verdict() and week < now < week + 130


def test_an_engine_that_only_says_that_it_rests_is_believed_for_an_hour() -> None:
    at, verdict = judged(lambda t: replace(PLAYS, rests=True, frames=int(t / 10)))
    assert verdict is not None and "wrote nothing" in verdict.why
    assert LONGEST_REST + 590 <= at <= LONGEST_REST + 610


def test_a_stage_that_does_not_start_while_it_is_closed_is_no_rest() -> None:
    at, verdict = judged(lambda _: replace(PLAYS, plays=False, closed=True, rests=True))
    assert verdict is not None and at == 600
