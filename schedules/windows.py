"""When a patient may be contacted: an instant inside the window and, for some steps, on a working day.

Edges are read on the local clock of one zone: open <= t < close.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schedules.localtime import to_instant
from schedules.protocol import Hours, Shift, Window
from schedules.workdays import MOST_DAYS_AWAY, Workdays

ROOM = timedelta(minutes=30)  # a message that lands on the close itself could never leave
ONE_DAY = timedelta(days=1)
ALWAYS = Window((Hours(open=time(0), close=None),) * 7)
"""Every hour of every day: for the one message that may not wait, an urgent correction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Permitted:
    """The instants at which one step may leave; `workdays` None: any day of the window."""

    window: Window
    zone: ZoneInfo
    workdays: Workdays | None = None

    def allows(self, instant: datetime) -> bool:
        day = instant.astimezone(self.zone).date()
        span = self._span(day)
        return span is not None and span[0] <= instant < span[1]

    def at_or_after(self, instant: datetime) -> datetime | None:
        """The first permitted instant at or after this one; None when none is near."""
        day = instant.astimezone(self.zone).date()
        for _ in range(MOST_DAYS_AWAY):
            span = self._span(day)
            if span is not None and instant < span[1]:
                return max(instant, span[0])
            day += ONE_DAY
        return None

    def at_or_before(self, instant: datetime) -> datetime | None:
        """This instant if permitted, else 30 minutes before the nearest earlier close; None when none is near."""
        day = instant.astimezone(self.zone).date()
        for _ in range(MOST_DAYS_AWAY):
            span = self._span(day)
            if span is not None and instant >= span[0]:
                return instant if instant < span[1] else max(span[0], span[1] - ROOM)
            day -= ONE_DAY
        return None

    def nearest(self, instant: datetime, shift: Shift) -> datetime | None:
        return self.at_or_after(instant) if shift is Shift.LATER else self.at_or_before(instant)

    def _span(self, day: date) -> tuple[datetime, datetime] | None:
        hours = self.window.days[day.weekday()]
        if hours is None or (self.workdays is not None and not self.workdays.is_working(day)):
            return None
        return _open_span(day, hours, self.zone)


@lru_cache(maxsize=4096)
def _open_span(day: date, hours: Hours, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The UTC instants of one day's open and close; an hour that repeats is closed in its repetition.

    None on a day whose clock change leaves no minute of it: the hours of one date are never lent to the next.
    """
    opens = to_instant(day, hours.open, zone, Shift.LATER)
    closes = to_instant(day + ONE_DAY, time.min, zone, Shift.EARLIER)
    if hours.close is not None:
        closes = min(closes, to_instant(day, hours.close, zone, Shift.EARLIER))
    return (opens, closes) if opens < closes else None
