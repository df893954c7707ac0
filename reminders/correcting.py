"""When a correction leaves and how long it is worth sending; its words are the protocol's (pure)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from reminders.records import FIRST, Enrollment
from schedules.corrections import AT_ONCE, PREFIX, Correction
from schedules.localtime import to_instant
from schedules.procedure import Place
from schedules.protocol import Protocol, Shift
from schedules.timeline import copy_key
from schedules.windows import Permitted

NEAR = timedelta(hours=12)
LAST_POSITION = 10_000  # behind every step of a protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One correction on its way: what about, when (UTC), and until when it makes sense."""

    kind: Correction
    send_at: datetime
    not_after: datetime | None
    at_once: bool
    doubted_drugs: tuple[str, ...] = ()  # the drugs whose announced plan no longer holds
    recipient: str | None = None  # a caregiver's label; None is the patient

    @property
    def key(self) -> str:
        return copy_key(PREFIX, self.recipient)

    def row(self, enrollment: Enrollment, place: Place, round_: int) -> dict[str, Any]:
        """The reminder as the store keeps it."""
        channels = [str(channel) for channel in enrollment.channels_of(self.recipient)]
        why = f"a change made something already said wrong ({self.kind})"
        if self.at_once:
            why += "; too near to wait for the window"
        return {
            "enrollment": enrollment.id,
            "key": self.key,
            "step": self.kind.step_key + (AT_ONCE if self.at_once else ""),
            "position": LAST_POSITION,
            "round": round_,
            "revision": enrollment.revision,
            "state": "planned",
            "send_at": self.send_at,
            "due_at": self.send_at,
            "not_before": None,
            "not_after": self.not_after,
            "zone": place.patient_zone.key,
            "channels": channels,
            "channel": channels[0] if channels else None,
            "copy_of": None if self.recipient is None else PREFIX,
            "recipient": self.recipient,
            "waits_for": [],
            "doubted_drugs": list(self.doubted_drugs),
            "why": [why],
            "late": False,
            "urgency": FIRST,
            "changed_at": self.send_at,
        }


def plan_correction(
    kind: Correction,
    before: Enrollment,
    after: Enrollment,
    protocol: Protocol,
    place: Place,
    now: datetime,
    *,
    expected: Collection[datetime] = (),
) -> Planned:
    """A correction leaves at once when something it concerns is within 12 hours, else in the window.

    `expected`: when the patient may believe that the procedure starts, which may be neither the old start nor the new
    one: an earlier correction may not have left yet, or may not have arrived.
    """
    ends = _worth_until(kind, before, after)
    not_after = ends if ends is not None and ends > now else None
    moments = [*_moments(before, after, place), *expected]
    near = any(abs(moment - now) <= NEAR for moment in moments)
    permitted = Permitted(window=protocol.window, zone=place.patient_zone)
    waits_until = permitted.at_or_after(now)
    limits = [limit for limit in (not_after, *expected) if limit is not None and limit > now]
    too_late = waits_until is None or any(waits_until >= limit for limit in limits)
    at_once = near or too_late
    send_at = now if at_once or waits_until is None else waits_until
    return Planned(kind=kind, send_at=send_at, not_after=not_after, at_once=at_once)


def _moments(before: Enrollment, after: Enrollment, place: Place) -> Iterable[datetime]:
    """The old and the new start, and the first day of every hold under either."""
    for enrollment in (before, after):
        yield enrollment.start_at
        start = enrollment.start_at.astimezone(place.site_zone).date()
        for hold in enrollment.holds:
            if hold.days >= 1:
                yield to_instant(hold.first_day(start), time(0), place.site_zone, Shift.LATER)


def _worth_until(kind: Correction, before: Enrollment, after: Enrollment) -> datetime | None:
    if kind is Correction.REST:
        return after.ended_at + timedelta(hours=24) if after.ended_at else None
    if kind is Correction.VISIT:
        return after.visit_at
    return max(before.start_at, after.start_at)
