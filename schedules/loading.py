"""TOML to Protocol; whatever cannot be right is refused with the path to the bad key."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from enum import StrEnum

from schedules.protocol import (
    NORMAL_PRIORITY,
    RECEIPT_WITHIN,
    SHORTEST_RECEIPT,
    Anchor,
    Bound,
    Calendar,
    Channel,
    Condition,
    Each,
    Fact,
    Hours,
    IfLate,
    Offset,
    Protocol,
    Question,
    Shift,
    StaffTask,
    Step,
    StepZone,
    VisitDefault,
    Window,
)
from schedules.reading import Table, nearest, parse_toml, row_path
from schedules.unplanned import PREFIXES

CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALENDAR_KEYS = ("months", "weeks", "days", "hold", "resume", "at")
ELAPSED_KEYS = ("hours", "minutes")
MOST = {"months": 24, "weeks": 104, "days": 730, "hold": 1, "resume": 1, "hours": 8760, "minutes": 525600}


class Sedation(StrEnum):
    """The kinds of sedation an enrollment records."""

    NONE = "none"
    MODERATE = "moderate"
    GENERAL = "general"


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"


def load_protocol(where: str, text: str) -> Protocol:
    """The protocol in a TOML document; raises ProtocolError with file and key path."""
    top = parse_toml(where, text)
    protocol = Protocol(
        name=_name(top, "name"),
        version=top.number("version", 1, 9999),
        title=top.text("title"),
        duration_minutes=_duration(top),
        window=_window(top.table("window")),
        visit_default=_visit_default(top.table("visit_default")),
        steps=tuple(_step(row) for row in top.tables("step", named_by="key")),
    )
    top.finish()
    _check_steps(top, protocol.steps)
    return protocol


def _name(table: Table, key: str) -> str:
    name = table.text(key)
    if not NAME.fullmatch(name):
        raise table.fail(key, f"must be lower-case words joined by dashes, not {name!r}")
    return name


def _duration(top: Table) -> int:
    table = top.table("duration")
    minutes = table.number("minutes", 1, 1440)
    table.finish()
    return minutes


def read_window(where: str, days: Mapping[str, str]) -> Window:
    """Opening hours by weekday, as in {"mon-fri": "08:00-17:00"}; raises ProtocolError naming the bad key."""
    return _window(Table(where, days, sep=": "))


def _window(table: Table) -> Window:
    days: list[Hours | None] = [None] * 7
    for key in [key for key in _day_ranges() if table.has(key)]:
        first, last = _day_ranges()[key]
        for day in range(first, last + 1):
            if days[day] is not None:
                raise table.fail(key, f"{WEEKDAYS[day]} is named twice")
            days[day] = _hours(table, key)
    table.finish()
    if not any(days):
        raise table.fail("mon-sat", "the window must be open on at least one day")
    return Window(tuple(days))


def _day_ranges() -> dict[str, tuple[int, int]]:
    single = {day: (number, number) for number, day in enumerate(WEEKDAYS)}
    ranges = {
        f"{WEEKDAYS[first]}-{WEEKDAYS[last]}": (first, last) for first in range(7) for last in range(first + 1, 7)
    }
    return single | ranges


def _hours(table: Table, key: str) -> Hours:
    text = table.text(key)
    opens, dash, closes = text.partition("-")
    if not dash:
        raise table.fail(key, f'must look like "09:00-20:00", not {text!r}')
    start = _clock(table, key, opens)
    close = None if closes == "24:00" else _clock(table, key, closes)
    if _minutes(close) - _minutes(start) < 60:
        raise table.fail(key, f"must be open for at least an hour, not {text!r}")
    return Hours(open=start, close=close)


def _minutes(at: time | None) -> int:
    """Minutes since the day began; None is midnight at its end."""
    return 24 * 60 if at is None else at.hour * 60 + at.minute


def _clock(table: Table, key: str, text: str) -> time:
    match = CLOCK.fullmatch(text)
    if not match:
        raise table.fail(key, f'must be a clock time like "09:00", not {text!r}')
    return time(int(match[1]), int(match[2]))


def _visit_default(table: Table) -> VisitDefault:
    anchor = table.word("anchor", Anchor)
    if anchor is Anchor.VISIT:
        raise table.fail("anchor", "the visit cannot be counted from itself")
    working_day = table.flag("working_day")
    offset = _offset(table)
    for key in ("hold", "resume"):
        if getattr(offset, key):
            raise table.fail(key, "the assumed visit counts from no order")
    if offset.at is None:
        raise table.fail("at", "the assumed visit needs months, weeks or days and a clock time `at`")
    return VisitDefault(anchor=anchor, offset=offset, at=offset.at, working_day=working_day)


def _offset(table: Table) -> Offset:
    """The offset keys of a table; everything else the caller wants must be taken before, for this finishes it."""
    calendar = [key for key in CALENDAR_KEYS if table.has(key)]
    elapsed = [key for key in ELAPSED_KEYS if table.has(key)]
    if calendar and elapsed:
        raise table.fail(elapsed[0], f"cannot be mixed with {', '.join(calendar)}: count dates or hours, not both")
    if not calendar and not elapsed:
        raise table.fail("days", 'an offset is needed: dates with `at` (days = -1, at = "10:00") or hours or minutes')
    if calendar and "at" not in calendar:
        raise table.fail("at", f'{", ".join(calendar)} needs a clock time `at`, as in at = "10:00"')
    at = _clock(table, "at", table.text("at")) if calendar else None
    numbers = {key: table.number(key, -most, most, default=0) for key, most in MOST.items()}
    table.finish()
    return Offset(at=at, **numbers)


def _bound(step: Table, key: str, anchor: Anchor) -> Bound | None:
    if not step.has(key):
        return None
    table = step.table(key)
    anchor = table.word("anchor", Anchor, default=anchor)
    return Bound(anchor=anchor, offset=_offset(table))


def _condition(step: Table, key: str) -> Condition | None:
    if not step.has(key):
        return None
    table = step.table(key)
    holds = _asked_holds(table) if table.has("holds") else None
    sedation = tuple(table.words("sedation", Sedation)) if table.has("sedation") else None
    if sedation == ():
        raise table.fail("sedation", f"names no kind; known: {', '.join(Sedation)}")
    visit_booked = table.flag("visit_booked") if table.has("visit_booked") else None
    table.finish()
    if (holds, sedation, visit_booked) == (None, None, None):
        raise step.fail(key, "names no fact; known: holds, sedation, visit_booked")
    return Condition(holds=holds, sedation=sedation, visit_booked=visit_booked)


def _asked_holds(table: Table) -> bool | tuple[str, ...]:
    asked = table.value("holds")
    if isinstance(asked, bool):
        return asked
    if isinstance(asked, list) and asked and all(isinstance(drug, str) for drug in asked):
        return tuple(asked)
    raise table.fail("holds", f"must be true, false or a list of drugs, not {asked!r}")


def _staff_task(step: Table) -> StaffTask | None:
    if not step.has("opens_task"):
        return None
    table = step.table("opens_task")
    task = StaffTask(
        kind=_name(table, "kind"),
        reason=table.text("reason"),
        due=_clock(table, "due", table.text("due")),
        urgent=table.flag("urgent"),
    )
    table.finish()
    return task


def _waits(table: Table, anchor: Anchor) -> tuple[Fact, ...]:
    """What the step says, and always `completed` where it counts from what only a recorded end makes true."""
    named = table.words("waits_for", Fact) if table.has("waits_for") else ()
    implied = (Fact.COMPLETED,) if anchor in (Anchor.END, Anchor.VISIT) and Fact.COMPLETED not in named else ()
    return implied + named


def _receipt_within(step: Table) -> timedelta:
    if not step.has("receipt_within"):
        return RECEIPT_WITHIN
    table = step.table("receipt_within")
    length = timedelta(hours=table.number("hours", 0, 48, default=0), minutes=table.number("minutes", 0, 59, default=0))
    table.finish()
    if length < SHORTEST_RECEIPT:
        raise step.fail("receipt_within", "must be 15 minutes or more: a receipt takes its time")
    return length


def _step(table: Table) -> Step:
    anchor = table.word("anchor", Anchor)
    offset = _offset(table.table("offset"))
    step = Step(
        key=_name(table, "key"),
        anchor=anchor,
        offset=offset,
        shift=table.word("shift", Shift),
        channels=table.words("channels", Channel),
        if_late=table.word("if_late", IfLate, default=IfLate.SEND),
        zone=table.word("zone", StepZone, default=StepZone.PATIENT),
        working_day=table.flag("working_day"),
        strict=table.flag("strict"),
        first=table.flag("first"),
        not_before=_bound(table, "not_before", anchor),
        not_after=_bound(table, "not_after", anchor),
        for_each=table.word("for_each", Each) if table.has("for_each") else None,
        when=_condition(table, "when"),
        unless=_condition(table, "unless"),
        waits_for=_waits(table, anchor),
        needs_sent=table.text("needs_sent") if table.has("needs_sent") else None,
        missed_urgent=table.word("missed_task", Urgency, default=Urgency.NORMAL) is Urgency.URGENT,
        opens_task=_staff_task(table),
        copy=table.words("copy", Channel) if table.has("copy") else (),
        calendar=table.word("calendar", Calendar) if table.has("calendar") else None,
        asks=table.word("asks", Question) if table.has("asks") else None,
        priority=table.number("priority", 1, 9, default=NORMAL_PRIORITY),
        receipt_within=_receipt_within(table),
    )
    table.finish()
    _check_step(table, step)
    return step


def _check_step(table: Table, step: Step) -> None:
    if not step.channels:
        raise table.fail("channels", "at least one channel is needed: sms, voice or email")
    if step.key.startswith(PREFIXES):
        kept = next(prefix for prefix in PREFIXES if step.key.startswith(prefix))
        raise table.fail("key", f"{step.key!r} is kept for the {kept}s; give the step another one")
    if step.asks and (step.for_each or step.strict or step.missed_urgent):
        raise table.fail("asks", "a step about medicines, or one whose loss is urgent, must not end with an answer")
    if strange := [channel for channel in step.copy if channel is not Channel.EMAIL or channel not in step.channels]:
        raise table.fail("copy", f"only email can be a copy, and must stand in channels too, not '{strange[0]}'")
    if step.calendar and Channel.EMAIL not in step.channels:
        raise table.fail("calendar", "an entry travels by e-mail alone: email must stand in channels")
    if step.calendar is Calendar.VISIT and not (step.when and step.when.visit_booked):
        raise table.fail("calendar", "an assumed visit has no entry; add when = { visit_booked = true }")
    if step.first and (step.for_each or step.when or step.unless or step.waits_for):
        raise table.fail("first", "the first step goes to everybody: no for_each, when, unless or waits_for")
    offsets = {"offset": step.offset} | {
        key: bound.offset for key, bound in (("not_before", step.not_before), ("not_after", step.not_after)) if bound
    }
    for key, offset in offsets.items():
        if offset.hold and step.for_each is None:
            raise table.fail(f"{key}.hold", 'needs for_each = "holds"')
        if offset.resume and step.for_each is not Each.RESUMES:
            raise table.fail(f"{key}.resume", 'needs for_each = "resumes"')


def _check_steps(top: Table, steps: tuple[Step, ...]) -> None:
    if not steps:
        raise top.fail("step", "at least one step is needed")
    paths = [row_path("step", number, step.key) for number, step in enumerate(steps, 1)]
    seen: dict[str, str] = {}
    for path, step in zip(paths, steps, strict=True):
        if step.key in seen:
            raise top.fail(f"{path}: key", f"{step.key!r} stands twice, first as {seen[step.key]}")
        seen[step.key] = path
    if len(firsts := [path for path, step in zip(paths, steps, strict=True) if step.first]) > 1:
        raise top.fail(f"{firsts[1]}: first", f"only one step can be the first; {firsts[0]} is")
    drug_steps = {step.key for step in steps if step.for_each}
    for path, step in zip(paths, steps, strict=True):
        if step.needs_sent and (step.needs_sent not in drug_steps or not step.for_each):
            known = nearest(step.needs_sent, drug_steps) if drug_steps else "no step has for_each"
            raise top.fail(f"{path}: needs_sent", f"must name a step with for_each; {known}")
