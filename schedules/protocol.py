"""The clinician's protocol as frozen values, checked when built: steps, offsets, bounds and windows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

from schedules.errors import ScheduleError


class Channel(StrEnum):
    """How a message reaches a person."""

    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"


class Anchor(StrEnum):
    """The instants a step can be counted from."""

    ENROLLED = "enrolled"
    START = "start"
    END = "end"
    VISIT = "visit"


class Shift(StrEnum):
    """The direction in which a step may move: "stop" steps only earlier, "resume" steps only later."""

    EARLIER = "earlier"
    LATER = "later"

    @property
    def opposite(self) -> "Shift":
        return Shift.LATER if self is Shift.EARLIER else Shift.EARLIER


class IfLate(StrEnum):
    """What becomes of a step whose time has passed when it is planned or about to leave."""

    SEND = "send"
    SKIP = "skip"


class Fact(StrEnum):
    """What a step may wait for before it is sent."""

    COMPLETED = "completed"
    ORDER = "order"


class StepZone(StrEnum):
    """Whose clock a step's `at`, window and bounds are read on."""

    PATIENT = "patient"
    SITE = "site"


class Calendar(StrEnum):
    """What a step's e-mail puts into the patient's own calendar."""

    PROCEDURE = "procedure"
    VISIT = "visit"


class Question(StrEnum):
    """What a step asks the patient to answer, by a digit: pain from 0 to 10, or 1 for yes and 2 for no.

    A yes to `visit` or `arrival` ends the further reminders that ask the same.
    """

    PAIN = "pain"
    VISIT = "visit"
    ARRIVAL = "arrival"


class Each(StrEnum):
    """The list of orders a step repeats over: holds of a day or more, or those with a resume order."""

    HOLDS = "holds"
    RESUMES = "resumes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offset:
    """A distance from an anchor: calendar (dates at the site, with a clock time) or elapsed, never both.

    `hold` and `resume` are how often the order's days are counted (-1: that many days before).
    """

    months: int = 0
    weeks: int = 0
    days: int = 0
    hold: int = 0
    resume: int = 0
    at: time | None = None
    hours: int = 0
    minutes: int = 0

    def __post_init__(self) -> None:
        dated = any((self.months, self.weeks, self.days, self.hold, self.resume))
        if (dated or self.at is not None) and (self.hours or self.minutes):
            raise ScheduleError("an offset counts dates or hours, never both")
        if dated and self.at is None:
            raise ScheduleError("an offset that counts dates needs a clock time")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """An instant outside which a step is wrong rather than late; an offset with its own anchor."""

    anchor: Anchor
    offset: Offset


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """The open hours of one weekday on the local clock; `close` None is midnight at the day's end."""

    open: time
    close: time | None

    def __post_init__(self) -> None:
        if self.close is not None and self.close <= self.open:
            raise ScheduleError("the hours of a window close after they open")


@dataclass(frozen=True, slots=True)
class Window:
    """The hours in which a patient may be contacted, per weekday (0 = Monday); None: not on that day."""

    days: tuple[Hours | None, ...]

    def __post_init__(self) -> None:
        if len(self.days) != 7 or not any(self.days):
            raise ScheduleError("a window has seven days and is open on one of them at least")


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffTask:
    """A task a step opens for staff, whatever becomes of its text; `due` is a clock time at the site."""

    kind: str
    reason: str
    due: time
    urgent: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """Facts of the enrollment that must all hold; None means the fact is not asked."""

    holds: bool | tuple[str, ...] | None = None
    sedation: tuple[str, ...] | None = None
    visit_booked: bool | None = None


RECEIPT_WITHIN = timedelta(hours=4)  # without a receipt for so long a message counts as not delivered
SHORTEST_RECEIPT = timedelta(minutes=15)  # what a provider is given, whatever a step says and however near its bound
NORMAL_PRIORITY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One line of a protocol.

    `priority` is its rank from 1 (the last to give way where a number may get only so many messages) to 9.
    """

    key: str
    anchor: Anchor
    offset: Offset
    shift: Shift
    channels: tuple[Channel, ...]
    if_late: IfLate = IfLate.SEND
    zone: StepZone = StepZone.PATIENT
    working_day: bool = False
    strict: bool = False  # its direction is clinical: the other one is never tried
    first: bool = False  # nothing else leaves before this step was sent or ended
    any_hour: bool = False  # may leave outside the window; no protocol file can ask for it
    own_words: bool = False  # staff write it each time, so nobody approves its text; nor can a file ask for this
    unconsented: bool = False  # may leave after an opt-out; nor can a file ask for this
    not_before: Bound | None = None
    not_after: Bound | None = None
    for_each: Each | None = None
    when: Condition | None = None
    unless: Condition | None = None
    waits_for: tuple[Fact, ...] = ()
    needs_sent: str | None = None  # held for staff if that step of the same drug was never sent
    missed_urgent: bool = False
    opens_task: StaffTask | None = None
    copy: tuple[Channel, ...] = ()
    calendar: Calendar | None = None  # every e-mail of this step carries the entry
    asks: Question | None = None
    priority: int = NORMAL_PRIORITY
    receipt_within: timedelta = RECEIPT_WITHIN


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitDefault:
    """Where the visit is assumed to be until it is booked; forward to a working day, site time."""

    anchor: Anchor
    offset: Offset
    at: time
    working_day: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """One version of a clinician's file; the steps stand in table order."""

    name: str
    version: int
    title: str
    duration_minutes: int
    window: Window
    visit_default: VisitDefault
    steps: tuple[Step, ...]
    _by_key: Mapping[str, Step] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {step.key: step for step in self.steps})

    def step(self, key: str) -> Step:
        return self._by_key[key]

    def has_step(self, key: str) -> bool:
        return key in self._by_key
