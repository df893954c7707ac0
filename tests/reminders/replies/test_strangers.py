"""What the webhook itself answers to a number nobody is enrolled with passes no last check: these stand in for it."""

import pytest
from sqlalchemy import Engine

from reminders.clock import ManualClock
from reminders.database.vault import Vault
from reminders.pausing import pause
from reminders.replies.replying import take_reply
from reminders.service import Service
from tests.reminders.builders import a_service
from tests.reminders.hearing import STRANGER, a_text, the_tasks


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


def test_who_asks_for_help_is_answered_in_english_alone(service: Service) -> None:
    words = take_reply(service, a_text("HELP"))
    assert words is not None
    assert "Llame" not in words
