"""What patients have been told, as plain values, and what of it a change makes wrong (pure).

A text states dates, times and orders. They are kept with its delivery, independent of language and channel, so
that later plans can be held against exactly what was said.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.texts.facts import REST, Known
from reminders.texts.ondemand import OnDemand
from schedules.corrections import Correction
from schedules.localtime import to_instant
from schedules.procedure import DATE_ONLY, Hold
from schedules.protocol import Anchor, Shift

HELD_DRUGS = "held_drugs"
CALL_BY = "call_by"
ARRIVAL_TIME = "arrival_time"
ORDER_FACTS = frozenset({"drug", "first_day", "last_day", "resume_day"})  # each drug has its own
KINDS: Mapping[Correction, frozenset[str]] = {  # in the order in which one change is explained
    Correction.MOVED: frozenset({"procedure_date", "start_time", CALL_BY}),
    Correction.PLAN: ORDER_FACTS,
    Correction.REST: frozenset({"rest_until", "end_date"}),
    Correction.VISIT: frozenset({"visit_date", "visit_time"}),
    Correction.ARRIVAL: frozenset({ARRIVAL_TIME}),
}
TAKES_BACK: Mapping[Correction, frozenset[str]] = {
    **KINDS,
    Correction.MOVED: KINDS[Correction.MOVED] | KINDS[Correction.ARRIVAL],
}
"""What each correction's words say no longer counts, whether or not they give another value for it."""

BEFORE_THE_END = KINDS[Correction.MOVED] | KINDS[Correction.ARRIVAL]
"""What nobody need hear of any more once the procedure has taken place."""

Place = tuple[str | None, str]
"""A drug, or None for what concerns none, and a fact."""
Truth = Callable[[str | None], Mapping[str, str]]
"""What is true under a plan, asked per drug (None: what concerns no drug)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One message a patient has or may have: its reminder, the drug it was about, and the values it states.

    `takes_back` are the facts of which a correction says that nothing told before counts any more. What is not `sure`
    was given up by a person, and nobody knows whether it arrived: it may be believed, and so may what it contradicts.
    """

    id: int
    drug: str | None
    stated: Mapping[str, str]
    takes_back: frozenset[str] = frozenset()
    sure: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrong:
    """What a change contradicts: the facts, and the drugs whose plan was announced."""

    facts: frozenset[str] = frozenset()
    drugs: tuple[str, ...] = ()

    @property
    def kind(self) -> Correction | None:
        """What one correction would have to be about; None where nothing is wrong."""
        return next((kind for kind, facts in KINDS.items() if facts & self.facts), None)


def values_of(known: Known) -> Mapping[str, str]:
    """The facts a text may state that a change can make wrong: ISO dates at the site, and UTC instants."""
    return OnDemand(VALUES, known)


def _day(known: Known, instant: datetime, days: int = 0) -> str:
    return (instant.astimezone(known.place.site_zone).date() + timedelta(days=days)).isoformat()


def _utc(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="minutes")


def _order(known: Known) -> Hold | None:
    """The hold a text is about, where it really stops a drug."""
    hold = known.procedure.hold_of(known.drug) if known.drug else None
    return hold if hold is not None and hold.days >= 1 else None


def _first_day(known: Known, days: int) -> str | None:
    hold = _order(known)
    return None if hold is None else _day(known, known.procedure.start, days - hold.days)


def _resume_day(known: Known) -> str | None:
    hold = _order(known)
    return None if hold is None or not hold.resume_days else _day(known, known.anchors[Anchor.END], hold.resume_days)


VALUES: Mapping[str, Callable[[Known], str | None]] = {
    "procedure_date": lambda known: _day(known, known.procedure.start),
    "start_time": lambda known: _utc(known.procedure.start) if known.procedure.hour_known else None,
    ARRIVAL_TIME: lambda known: _utc(known.arrival),
    CALL_BY: lambda known: _utc(known.call_by),
    "end_date": lambda known: _day(known, known.anchors[Anchor.END]),
    "rest_until": lambda known: _utc(known.procedure.ended + REST) if known.procedure.ended else None,
    "visit_date": lambda known: _day(known, known.anchors[Anchor.VISIT]),
    "visit_time": lambda known: _utc(known.procedure.visit),
    HELD_DRUGS: lambda known: ",".join(known.held_drugs),
    "drug": lambda known: hold.drug if (hold := _order(known)) else None,
    "first_day": lambda known: _first_day(known, 0),
    "last_day": lambda known: _first_day(known, -1),
    "resume_day": _resume_day,
}


def contradicted(told: Iterable[Told], truth: Truth) -> Wrong:
    """Hold what may be believed of each fact against what is true now; `truth` is asked per drug (None: of none).

    `told` is in the order of sending. What a correction has taken back is believed no more, and corrected no second
    time: what follows is told anew.
    """
    held = believed(told).items()
    wrong = [place for place, values in held if any(_differs(*place, value, truth) for value in values)]
    return Wrong(
        facts=frozenset(fact for _, fact in wrong),
        drugs=tuple(dict.fromkeys(drug for drug, _ in wrong if drug is not None)),
    )


def believed(told: Iterable[Told]) -> dict[Place, tuple[str, ...]]:
    """What the patient must take for true: the newest statement of each fact that nothing has taken back since.

    Behind it stand the values of later messages of which nobody knows whether they arrived.
    """
    found: dict[Place, tuple[str, ...]] = {}
    for message in told:
        drugs = set(message.stated.get(HELD_DRUGS, "").split(",")) - {""}
        taken_back = [(drug, fact) for drug, fact in found if drug in drugs or fact in message.takes_back]
        for place in taken_back if message.sure else ():
            del found[place]
        for fact, value in message.stated.items():
            if fact != HELD_DRUGS:
                place = message.drug if fact in ORDER_FACTS else None, fact
                found[place] = (value,) if message.sure else (*found.get(place, ()), value)
    return found


def believed_starts(told: Iterable[Told], zone: ZoneInfo) -> tuple[datetime, ...]:
    """When the patient may expect the procedure, by an hour told or else from 07:00 (site time) of a day told."""
    facts = believed(told)
    hours = [datetime.fromisoformat(hour) for hour in facts.get((None, "start_time"), ())]
    timed = {hour.astimezone(zone).date() for hour in hours}
    days = {date.fromisoformat(day) for day in facts.get((None, "procedure_date"), ())} - timed
    return (*hours, *(to_instant(day, DATE_ONLY, zone, Shift.EARLIER) for day in sorted(days)))


def is_right(message: Told, truth: Truth) -> bool:
    """Whether everything one message states still holds."""
    return not any(
        _differs(message.drug if fact in ORDER_FACTS else None, fact, value, truth)
        for fact, value in message.stated.items()
        if fact != HELD_DRUGS
    )


def _differs(drug: str | None, fact: str, value: str, truth: Truth) -> bool:
    now = truth(drug).get(fact)
    return now != value and not (fact == CALL_BY and now is None)  # a call whose time has passed is no promise
