"""What is known about one patient's procedure: the facts a timeline is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schedules.protocol import Channel
from schedules.workdays import Workdays

DATE_ONLY = time(7)  # a booking without an hour is planned from here, site time


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A prescriber's recorded order: whole days without the drug before, and days after until it resumes."""

    drug: str
    days: int
    ordered_by: str
    resume_days: int | None = None
    confirmed: bool = True  # False from a change that contradicted it until the prescriber has spoken again

    def first_day(self, start: date) -> date:
        """The first day without the drug, for a procedure that starts on a date (both at the site)."""
        return start - timedelta(days=self.days)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the procedure happens and whose clock the patient lives by."""

    site_zone: ZoneInfo
    patient_zone: ZoneInfo
    workdays: Workdays


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyTo:
    """A caregiver as the plan knows one: the steps, by key, of which a copy goes to them, and by which channel."""

    label: str
    channel: Channel
    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Procedure:
    """One booked act; every instant is aware UTC.

    `hour_known` is False for a booking with a date only: `start` is then 07:00 site time.
    `ended` is the recorded actual end, None until somebody recorded it.
    """

    enrolled: datetime
    start: datetime
    hour_known: bool = True
    ended: datetime | None = None
    visit: datetime | None = None
    sedation: str = "moderate"
    holds: tuple[Hold, ...] = ()
    consented: tuple[Channel, ...] = (Channel.SMS,)
    copies: tuple[CopyTo, ...] = ()

    def hold_of(self, drug: str) -> Hold | None:
        return next((hold for hold in self.holds if hold.drug == drug), None)


Anchors = Mapping[str, datetime]
