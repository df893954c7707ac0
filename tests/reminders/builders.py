"""A service on a test's own database and what people type into it, with safe defaults: a test names only its point.

The default patient is enrolled on Friday 2026-11-20 at noon for Tuesday 2026-12-08 at 09:00, New York time.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, func, select, update
from sqlalchemy.exc import OperationalError

from reminders import identifiers
from reminders.booking import BookingRequest
from reminders.clock import Clock, ManualClock
from reminders.database import queries, tables, worklog
from reminders.database.engine import reading
from reminders.database.vault import Vault
from reminders.dispatch import Dispatcher, Report
from reminders.enrollment import Enrolled, EnrollRequest, enroll
from reminders.protocols import Library
from reminders.records import Consent, Contact, Enrollment, Reminder
from reminders.service import Service
from reminders.settings import Settings
from reminders.transports.base import FailureCode, Misconfigured, NotSent, OptedOut, OutcomeUnknown, Refused
from reminders.transports.memory import MemoryTransport
from schedules.corrections import Correction
from schedules.medications import shipped_medications
from schedules.protocol import Channel
from schedules.unplanned import Response
from tests.builders import local

ENROLLED = local("2026-11-20 12:00")
START = local("2026-12-08 09:00")
BOOKING_OPTIONS = frozenset(BookingRequest.__slots__)

# A patient is nobody a test names: those have area code 212. Any 555-01xx is reserved for examples.
_phones = cycle(f"+1{area}55501{number:02}" for area in (646, 917, 202, 312, 415) for number in range(100))


# The service


def a_clock(text: str = "2026-11-20 12:00") -> ManualClock:
    """Stands at a New York time until it is moved."""
    return ManualClock(local(text))


def a_site(**changes: Any) -> dict[str, Any]:
    site = {
        "name": "Example Radiology",
        "phone": "+12125550100",
        "address": "1 Example Street",
        "time_zone": "America/New_York",
    }
    return site | changes


def some_settings(**tables_: Any) -> Settings:
    """One site in New York, every channel by a transport in memory, one sender; nobody listens for replies."""
    memory = {str(channel): {"kind": "memory"} for channel in Channel}
    alone = {"accept_no_replies": True}
    return Settings.model_validate(
        {"sites": {"main": a_site()}, "transports": memory, "worker": {"senders": 1}, "web": alone} | tables_
    )


def a_service(engine: Engine, vault: Vault, clock: Clock, *, own: Path | None = None, **settings: Any) -> Service:
    """A service; `own` is the department's folder of protocols, the rest are tables of the settings."""
    return Service(
        settings=some_settings(**settings),
        engine=engine,
        vault=vault,
        clock=clock,
        library=Library(own),
        medications=shipped_medications(),
    )


# What a coordinator types


def a_booking(**changes: Any) -> BookingRequest:
    values: dict[str, Any] = {"procedure": "2026-12-08 09:00", "sedation": "none"}
    order = {"ordered_by": "Dr. Example"} if changes.get("holds") else {}
    return BookingRequest(**values | order | changes)


def a_request(**changes: Any) -> EnrollRequest:
    """A patient with a phone of her own who agreed to texts."""
    booking = {name: value for name, value in changes.items() if name in BOOKING_OPTIONS}
    own = {name: value for name, value in changes.items() if name not in BOOKING_OPTIONS}
    values: dict[str, Any] = {"name": "Pat Example", "phone": a_phone()}
    return EnrollRequest(booking=a_booking(**booking), **values | own)


def a_phone() -> str:
    """An invented number nobody else in the test has."""
    return next(_phones)


def enrolled(service: Service, **changes: Any) -> Enrolled:
    return enroll(service, a_request(**changes), by="coordinator")


def enrolled_id(service: Service, **changes: Any) -> str:
    return enrolled(service, **changes).enrollment


# Transports


Transports = dict[Channel, MemoryTransport]


def in_memory(clock: Clock, **options: Any) -> Transports:
    """One scripted provider for each channel."""
    return {channel: MemoryTransport(channel, clock, **options) for channel in Channel}


def texts_only(clock: Clock, **options: Any) -> Transports:
    return {Channel.SMS: MemoryTransport(Channel.SMS, clock, **options)}


def not_sent(retry_after: float | None = None) -> Callable[[], NotSent]:
    return lambda: NotSent(FailureCode.BUSY, "The provider is busy.", provider_code="20429", retry_after=retry_after)


def unknown() -> OutcomeUnknown:
    return OutcomeUnknown(FailureCode.NO_ANSWER, "No answer came.")


def refused() -> Refused:
    return Refused(FailureCode.BAD_ADDRESS, "Nobody can be reached there.", provider_code="21211")


def opted_out() -> OptedOut:
    return OptedOut("The person asked for silence.", provider_code="21610")


def misconfigured() -> Misconfigured:
    return Misconfigured(FailureCode.CREDENTIALS, "The account was refused.", provider_code="20003")


@contextmanager
def a_dispatcher(service: Service, transports: Mapping[Channel, Any]) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(service, transports, worker=identifiers.worker_id())
    try:
        yield dispatcher
    finally:
        dispatcher.close()


def send_due(service: Service, transports: Mapping[Channel, Any]) -> Report:
    """Everything that is due now, by a worker of its own."""
    with a_dispatcher(service, transports) as dispatcher:
        return dispatcher.run_due()


def sent_keys(transports: Transports) -> list[str]:
    """What providers were asked to send, in the order they were asked, channel by channel."""
    return [message.key for transport in transports.values() for message in transport.calls]


# What stands in the store


def everything(service: Service, enrollment: str) -> list[Reminder]:
    with reading(service.engine) as connection:
        return queries.reminders_of(connection, enrollment)


def the_reminder(service: Service, enrollment: str, key: str) -> Reminder:
    """The latest round of one reminder."""
    return [reminder for reminder in everything(service, enrollment) if reminder.key == key][-1]


def states(service: Service, enrollment: str) -> dict[str, str]:
    return {reminder.key: reminder.state.value for reminder in everything(service, enrollment)}


def deliveries(service: Service, enrollment: str) -> list[dict[str, Any]]:
    with reading(service.engine) as connection:
        return queries.deliveries_of(connection, enrollment)


def tasks(service: Service) -> list[dict[str, Any]]:
    """Every open task, urgent first."""
    with reading(service.engine) as connection:
        return worklog.list_tasks(connection)


def task_kinds(service: Service) -> list[str]:
    return sorted(task["kind"] for task in tasks(service))


def events(service: Service, enrollment: str) -> list[dict[str, Any]]:
    with reading(service.engine) as connection:
        return worklog.events_of(connection, enrollment)


def stored(service: Service, enrollment: str) -> Enrollment:
    with reading(service.engine) as connection:
        found = queries.load_enrollment(connection, service.vault, enrollment)
    assert found is not None
    return found


def row_counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has: what a refused request must leave as it was."""
    with reading(engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
        }


def set_reminder(service: Service, enrollment: str, key: str, /, **values: Any) -> None:
    """Put a reminder into a state that would take long to reach."""
    reminders = tables.reminders
    one = update(reminders).where(reminders.c.enrollment == enrollment, reminders.c.key == key)
    with service.engine.begin() as connection:
        assert connection.execute(one.values(values)).rowcount == 1


def repeat(service: Service, enrollment: str, key: str, times: int) -> None:
    """Plan a stored reminder again and again, as further rounds: many to send without many patients."""
    reminders = tables.reminders
    one = select(reminders).where(reminders.c.enrollment == enrollment, reminders.c.key == key)
    with service.engine.begin() as connection:
        row = dict(connection.execute(one).mappings().one())
        del row["id"]
        queries.insert_reminders(connection, [row | {"round": number} for number in range(2, times + 1)])


# Values for the pure modules


def an_enrollment(**changes: Any) -> Enrollment:
    """The default patient as a stored value, with consent to texts."""
    values: dict[str, Any] = {
        "id": "ABCD-EFGHJ",
        "site": "main",
        "protocol_hash": "hash",
        "language": "en",
        "zone": "America/New_York",
        "detailed": False,
        "status": "active",
        "revision": 1,
        "start_at": START,
        "hour_known": True,
        "enrolled_at": ENROLLED,
        "sedation": "none",
        "contact": Contact(name="Pat Example", phone="+12125550123"),
        "consents": consents("sms"),
    }
    return Enrollment(**values | changes)


def consents(*channels: str) -> dict[Channel, Consent]:
    return {
        Channel(word): Consent(
            channel=Channel(word), granted_at=ENROLLED, granted_by="coordinator", wording="2026-1", detailed=False
        )
        for word in channels
    }


def a_reminder(key: str = "ride", **changes: Any) -> Reminder:
    """A reminder that is due on Saturday 2026-12-05 at noon and stays right until the evening before the start."""
    values: dict[str, Any] = {
        "id": 1,
        "enrollment": "ABCD-EFGHJ",
        "key": key,
        "step": key.partition(":")[0].partition("@")[0],
        "position": 4,
        "round": 1,
        "revision": 1,
        "state": "planned",
        "reason": None,
        "send_at": local("2026-12-05 12:00"),
        "due_at": local("2026-12-05 12:00"),
        "not_before": None,
        "not_after": local("2026-12-07 21:00"),
        "zone": "America/New_York",
        "channels": ("sms",),
        "channel": "sms",
        "waits_for": (),
        "why": (),
        "drug": key.partition(":")[2] or None,
        "copy_of": None,
        "doubted_drugs": None,
        "recipient": None,
        "joins": None,
        "about": None,
        "content": None,
        "late": False,
        "attempts": 0,
        "fence": 0,
        "changed_at": ENROLLED,
    }
    return Reminder.from_row(values | changes)


# Protocols of a department


PROTOCOL = """
name = "{name}"
version = {version}
title = "Example"
duration = {{ minutes = 60 }}
visit_default = {{ anchor = "start", months = 1, at = "09:00", working_day = true }}

[window]
mon-sat = "09:00-20:00"
sun = "12:00-20:00"
"""
FIRST = """
[[step]]
key = "{key}"
first = true
anchor = "enrolled"
offset = {{ minutes = 0 }}
shift = "later"
not_after = {{ anchor = "start", minutes = 0 }}
channels = ["sms"]
"""
OTHER = """
[[step]]
key = "{key}"
anchor = "start"
offset = {{ days = -3, at = "12:00" }}
shift = "earlier"
not_after = {{ anchor = "start", hours = -12 }}
channels = ["sms"]
"""
TEXTS = """
[steps.{key}]
sms = "{{site}}: please read this. Questions: {{phone}}"
sms_detailed = "{{site}}: please read this. Questions: {{phone}}"
"""
CORRECTION = """
[corrections.{kind}]
sms = "{{site}}: something has changed. Questions: {{phone}}"
sms_detailed = "{{site}}: something has changed. Questions: {{phone}}"
subject = "{{site}}: something has changed"
subject_detailed = "{{site}}: something has changed"
email = "Something has changed. Questions: {{phone}}"
voice = "Something has changed. Call us: {{phone}}"
voice_detailed = "Something has changed. Call us: {{phone}}"
"""
RESPONSE = """
[responses.{kind}]
sms = "{{site}}: we have heard you. Questions: {{phone}}"
"""


def protocol_files(
    name: str = "example", *, first: str = "hello", others: tuple[str, ...] = ("pack",), version: int = 1
) -> dict[str, str]:
    """The files of a small protocol: a first step and some that leave three days before the start."""
    steps = FIRST.format(key=first) + "".join(OTHER.format(key=key) for key in others)
    texts = "".join(TEXTS.format(key=key) for key in (first, *others))
    texts += "".join(CORRECTION.format(kind=kind) for kind in Correction)
    texts += "".join(RESPONSE.format(kind=kind) for kind in Response)
    return {
        "protocol.toml": PROTOCOL.format(name=name, version=version) + steps,
        "messages.en.toml": 'language = "en"\n' + texts,
    }


def around_the_clock() -> dict[str, str]:
    """The small protocol with a window open day and night: for a worker on the real clock."""
    files = protocol_files()
    day, night = 'mon-sat = "09:00-20:00"\nsun = "12:00-20:00"', 'mon-sun = "00:00-24:00"'
    return files | {"protocol.toml": files["protocol.toml"].replace(day, night)}


def write_protocol(root: Path, files: Mapping[str, str] | None = None, *, folder: str = "example") -> Path:
    """Put a protocol into the department's own folder; returns that folder."""
    place = root / folder
    place.mkdir(parents=True, exist_ok=True)
    for name, text in (files or protocol_files()).items():
        (place / name).write_text(text, encoding="utf-8")
    return root


# Threads, and what happens in between


def meanwhile(engine: Engine, words: str, act: Callable[[Connection], Any]) -> None:
    """Do something once, right before the first statement that begins with some words or contains them."""
    acts = [act]

    def listen(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if words in statement and acts:
            acts.pop()(connection)

    event.listen(engine, "before_cursor_execute", listen)


def another(engine: Engine, words: str, act: Callable[[], Any]) -> threading.Thread:
    """Somebody else who begins to act right before the next statement with some words, and may be done by then.

    Where it has to wait for the transaction it meets, it is done after that: join it.
    """
    acting = threading.Thread(target=act, daemon=True)

    def begin(_: Connection) -> None:
        acting.start()
        acting.join(timeout=0.5)

    meanwhile(engine, words, begin)
    return acting


class Deadlock(Exception):
    """What a driver says of a transaction that was given up to end a deadlock."""

    sqlstate = "40P01"


def give_up(engine: Engine, words: str) -> None:
    """Give the transaction up that comes to a statement with some words, once."""

    def act(_: Connection) -> None:
        raise OperationalError("", {}, Deadlock())

    meanwhile(engine, words, act)


def together(*actions: Callable[[], Any]) -> list[Any]:
    """What each action returned or raised, all begun at the same moment in threads of their own."""
    start, answers = threading.Barrier(len(actions)), dict[int, Any]()

    def run(number: int, action: Callable[[], Any]) -> None:
        start.wait(timeout=60)
        try:
            answers[number] = action()
        except Exception as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return [answers[number] for number in range(len(actions))]
