"""When the piece is open: hours by weekday, other hours for single days, in local time.

A day's hours are "10:00-18:00", several with commas; "20:00-02:00" ends on the next day; an empty
string is a closed day. All comparison is of what a clock on the wall shows, so that daylight
saving needs no thought: on the day it begins, 10:00 is still when the doors open.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")
WHOLE_DAY = 24 * 60  # minutes

Spans = tuple[tuple[int, int], ...]  # minutes since midnight; an end may lie beyond 24 hours


class HoursError(ValueError):
    """Hours that cannot be read; the message says what is wanted."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans of minutes by weekday, Monday first, and for single dates."""

    week: tuple[Spans, ...]
    dates: Mapping[date, Spans]

    @classmethod
    def read(cls, week: Mapping[str, str], dates: Mapping[str, str]) -> "Hours":
        """Read hours by English weekday and by ISO date; a day that is not named is open.

        HoursError if one cannot be read.
        """
        for day in week:
            if day not in DAYS:
                raise HoursError(f"{day} is no day of the week: write {', '.join(DAYS)}")
        return cls(
            tuple(spans(week.get(day, "0:00-24:00")) for day in DAYS),
            {_date(day): spans(text) for day, text in dates.items()},
        )

    def of(self, day: date) -> Spans:
        """Return the spans that begin on a day."""
        return self.dates.get(day, self.week[day.weekday()])

    def open_at(self, local: datetime) -> bool:
        """Tell whether the piece is open when a clock on the wall shows this."""
        minute = local.hour * 60 + local.minute
        yesterday = self.of(local.date() - timedelta(days=1))
        return any(start <= minute < end for start, end in self.of(local.date())) or any(
            minute + WHOLE_DAY < end for _, end in yesterday
        )

    def next_opening(self, local: datetime) -> datetime | None:
        """Return when it opens next, on the wall's clock, or None if not within a year."""
        for ahead in range(367):
            day = local.date() + timedelta(days=ahead)
            midnight = datetime.combine(day, datetime.min.time())
            starts = [midnight + timedelta(minutes=start) for start, _ in self.of(day)]
            later = [start for start in starts if start > local.replace(tzinfo=None)]
            if later:
                return min(later)
        return None


def spans(text: str) -> Spans:
    """Read "10:00-12:00, 13:00-18:00" as minutes since midnight; HoursError if it is not that."""
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = SPAN.fullmatch(part)
        if not match:
            raise HoursError(f'{part!r} is no span of hours: write it like "10:00-18:00"')
        start, end = (int(match[i]) * 60 + int(match[i + 1]) for i in (1, 3))
        if start > WHOLE_DAY or end > WHOLE_DAY or start == end:
            raise HoursError(f'{part!r} is no span of hours: write it like "10:00-18:00"')
        found.append((start, end if end > start else end + WHOLE_DAY))
    return tuple(found)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HoursError(f"{text!r} is no date: write it like 2026-12-24") from None
