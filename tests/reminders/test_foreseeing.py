"""What `doctor` says of a sender that is too slow for the coming days, before they come."""

from sqlalchemy import update

from reminders.checks import check_all
from reminders.clock import ManualClock
from reminders.database import tables
from reminders.database.vault import Vault
from reminders.forecasting import Forecast
from reminders.foreseeing import foresee
from reminders.service import Service
from reminders.transports.memory import MemoryTransport
from schedules.protocol import Channel
from tests.builders import local
from tests.reminders.builders import a_service, enrolled_id, in_memory, repeat, send_due

r = tables.reminders.c


def a_batch(service: Service, number: int, at: str = "2026-11-24 10:00") -> str:
    """So many texts that are due at one instant, and nothing else."""
    id_ = enrolled_id(service)
    repeat(service, id_, "prepare", number)
    with service.engine.begin() as connection:
        these = update(tables.reminders).where(r.key == "prepare")
        connection.execute(these.values(due_at=local(at), send_at=local(at)))
        connection.execute(update(tables.reminders).where(r.key != "prepare").values(state="sent", due_at=None))
    return id_


def seen(service: Service, rate: float | None) -> dict[Channel, Forecast]:
    return dict(foresee(service, {Channel.SMS: MemoryTransport(Channel.SMS, service.clock, per_second=rate)}))


def told(service: Service, rate: float | None) -> tuple[bool, str] | None:
    transports = {Channel.SMS: MemoryTransport(Channel.SMS, service.clock, per_second=rate)}
    findings = {one.check: (one.ok, one.detail) for one in check_all(service, transports)}
    return findings.get("sender sms")


def test_a_batch_that_takes_too_long_is_something_to_mend(service: Service) -> None:
    a_batch(service, 1_000)
    assert told(service, 0.5) == (
        False,
        "in the coming 7 days: at 0.5 segments a second the 10:00 batch of Tue Nov 24 takes 1 h 7 min "
        "(2,000 segments); 1.2 segments a second would be enough: then nothing waits longer than 30 min; "
        "that rate is assumed: set transports.sms.per_second to what your sender takes",
    )


def test_a_sender_that_keeps_up_is_well(service: Service, vault: Vault, clock: ManualClock) -> None:
    known = a_service(service.engine, vault, clock, transports={"sms": {"kind": "memory", "sender_kind": "toll-free"}})
    a_batch(known, 30)
    assert told(known, None) == (
        True,
        "in the coming 7 days: at 3 segments a second nothing waits longer than 20 s",
    )


def test_a_sender_without_a_known_limit_is_not_judged(service: Service) -> None:
    a_batch(service, 1_000)
    assert told(service, None) is None


def test_what_lies_beyond_the_coming_days_or_goes_by_another_channel_is_not_counted(service: Service) -> None:
    a_batch(service, 50, at="2026-12-01 10:00")
    assert seen(service, 1)[Channel.SMS].hours == ()
    voice = {Channel.VOICE: MemoryTransport(Channel.VOICE, service.clock, per_second=1)}
    a_batch(service, 50)
    assert dict(foresee(service, voice))[Channel.VOICE].hours == ()


def test_what_is_overdue_waits_from_now_on(service: Service, clock: ManualClock) -> None:
    a_batch(service, 50)
    clock.move_to(local("2026-11-24 15:20"))
    assert seen(service, 1)[Channel.SMS].hours == ((local("2026-11-24 15:00"), 100),)


def test_messages_are_as_large_as_the_provider_has_counted_them(service: Service, clock: ManualClock) -> None:
    enrolled_id(service)
    send_due(service, in_memory(clock))  # counts every text as one segment
    a_batch(service, 40)
    assert seen(service, 1)[Channel.SMS].hours == ((local("2026-11-24 10:00"), 41),)
