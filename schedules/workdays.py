"""Which days a site works: Monday to Friday less its holidays and closed dates, plus its open dates."""

from dataclasses import dataclass
from datetime import date, timedelta

from schedules.protocol import Shift

SATURDAY = 5
ONE_DAY = timedelta(days=1)
MOST_DAYS_AWAY = 60  # a site that closes longer has nobody a step could be planned for


@dataclass(frozen=True, kw_only=True, slots=True)
class Workdays:
    """A site's calendar as data; `open` wins over `closed`, which wins over the weekday."""

    holidays: frozenset[date] = frozenset()
    closed: frozenset[date] = frozenset()
    open: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        if day in self.open:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays and day not in self.closed

    def nearest(self, day: date, shift: Shift) -> date | None:
        """The first working day from `day` in the direction of `shift`; None when none is near."""
        step = ONE_DAY if shift is Shift.LATER else -ONE_DAY
        for _ in range(MOST_DAYS_AWAY):
            if self.is_working(day):
                return day
            day += step
        return None
