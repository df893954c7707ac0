"""A stage with one booked patient, for tests of what the stage itself does."""

from collections.abc import Callable, Iterator
from datetime import datetime
from io import StringIO

import pytest
from rich.console import Console

from reminders.booking import BookingRequest
from reminders.enrollment import Enrolled, EnrollRequest, enroll
from reminders.rehearsal.stage import Stage, open_stage

NOON = datetime.fromisoformat("2026-11-20T12:00:00-05:00")
SITE = {
    "name": "Example Radiology",
    "phone": "+12125550100",
    "address": "1 Example Street",
    "time_zone": "America/New_York",
}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage(NOON, SITE) as opened:
        yield opened


@pytest.fixture
def book(stage: Stage) -> Callable[..., Enrolled]:
    """Enroll Pat on the stage; the arguments describe the booking."""

    def booked(**booking: object) -> Enrolled:
        values = {"procedure": "2026-12-08 09:00"} | booking
        request = EnrollRequest(booking=BookingRequest(**values), name="Pat Example", phone="+12125550123")  # type: ignore[arg-type]
        return enroll(stage.service, request, by="test")

    return booked


@pytest.fixture
def console() -> Console:
    """A console of 100 columns whose output is a file."""
    return Console(file=StringIO(), width=100)


@pytest.fixture
def shown(console: Console) -> Callable[[], str]:
    """What the console has printed so far."""

    def read() -> str:
        assert isinstance(console.file, StringIO)
        return console.file.getvalue()

    return read
