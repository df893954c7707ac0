"""What the webhook itself answers to a number nobody is enrolled with passes no last check: these stand in for it."""

import pytest
from sqlalchemy import Engine

from reminders.changes.rescheduling import cancel
from reminders.clock import ManualClock
from reminders.database import inbound
from reminders.database.vault import Vault
from reminders.pausing import pause
from reminders.replies.replying import take_reply
from reminders.service import Service
from tests.reminders.builders import a_service, enrolled_id
from tests.reminders.hearing import STRANGER, a_text, lookup, phone_of, the_tasks


@pytest.mark.parametrize("scope", [{}, {"site": "main"}, {"transport": "sms"}])
def test_while_it_is_paused_a_stranger_is_a_persons_alone(service: Service, scope: dict[str, str]) -> None:
    pause(service, by="operator", reason="drill", **scope)
    assert take_reply(service, a_text("chest pain")) is None
    assert len(the_tasks(service, "red-flag")) == 1


@pytest.mark.parametrize(("pilot", "answered"), [("+12125550188", False), (STRANGER, True)])
def test_in_a_pilot_only_its_recipients_are_answered(
    engine: Engine, vault: Vault, clock: ManualClock, pilot: str, answered: bool
) -> None:
    service = a_service(engine, vault, clock, worker={"only_recipients": [pilot]})
    assert (take_reply(service, a_text("HELP")) is not None) == answered


def test_what_cannot_wait_is_said_in_every_language(service: Service) -> None:
    words = take_reply(service, a_text("me duele el pecho"))
    assert words is not None
    assert "Call 911 now" in words
    assert "Llame" in words


def test_what_could_not_be_handled_is_the_running_enrollments_of_its_number(service: Service) -> None:
    over, runs = (
        enrolled_id(service, procedure=day, phone="+12125550166") for day in ("2026-12-15 09:00", "2026-12-08 09:00")
    )
    cancel(service, over, reason="patient", note=None, by="coordinator")
    with service.engine.begin() as connection:
        found = inbound.on_number(connection, lookup(service, phone_of(service, runs)))
    assert [row["id"] for row in found] == [runs, over]


def test_who_asks_for_help_is_answered_in_english_alone(service: Service) -> None:
    words = take_reply(service, a_text("HELP"))
    assert words is not None
    assert "Llame" not in words
