"""What every use case is handed over: one frozen value."""

from dataclasses import FrozenInstanceError, fields

import pytest

from reminders.service import Service
from tests.reminders.builders import a_clock


def test_a_service_holds_the_settings_the_store_and_the_one_clock() -> None:
    assert [field.name for field in fields(Service)] == [
        "settings",
        "engine",
        "vault",
        "clock",
        "library",
        "medications",
    ]


def test_nothing_in_a_service_can_be_exchanged_under_a_use_case(service: Service) -> None:
    with pytest.raises(FrozenInstanceError):
        service.clock = a_clock()  # type: ignore[misc]
