"""What leaves before whatever else is due, and what waits its turn: written down when it is planned."""

import pytest
from sqlalchemy import select

from reminders.database import tables
from reminders.database.engine import reading
from reminders.service import Service
from reminders.staff_texts import write
from tests.reminders.builders import Transports, enrolled_id, send_due
from tests.reminders.hearing import hears
from tests.reminders.recorded import cancelled, moved

r = tables.reminders.c


def first(service: Service, enrollment: str) -> set[str]:
    """The steps of an enrollment that leave first."""
    with reading(service.engine) as connection:
        found = connection.execute(select(r.step).where(r.enrollment == enrollment, r.urgency == 0))
        return {row.step for row in found}


def test_a_plan_on_time_waits_its_turn(service: Service) -> None:
    assert first(service, enrolled_id(service, holds=("warfarin=5",))) == set()


def test_a_step_that_is_late_already_leaves_first_where_missing_it_is_urgent(service: Service) -> None:
    id_ = enrolled_id(service, procedure="2026-11-25 09:00", holds=("warfarin=4",))
    assert first(service, id_) == {"stop"}


def test_what_is_late_and_may_wait_waits_its_turn(service: Service) -> None:
    assert first(service, enrolled_id(service, procedure="2026-11-25 09:00")) == set()


def test_a_plan_that_a_change_makes_late_is_urgent_and_one_that_a_change_relieves_is_not(service: Service) -> None:
    id_ = enrolled_id(service, holds=("warfarin=4",))
    moved(service, id_, to="2026-11-25 09:00")
    assert "stop" in first(service, id_)
    moved(service, id_, to="2026-12-15 09:00")
    assert "stop" not in first(service, id_)


def test_a_correction_leaves_first(service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service)
    send_due(service, transports)
    cancelled(service, id_)
    assert len(first(service, id_)) == 1


def test_an_answer_to_a_reply_leaves_first(service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service)
    send_due(service, transports)
    hears(service, id_, "HELP")
    assert len(first(service, id_)) == 1


@pytest.mark.parametrize("urgent", [True, False])
def test_of_staffs_texts_the_urgent_ones_leave_first(urgent: bool, service: Service, transports: Transports) -> None:
    id_ = enrolled_id(service)
    send_due(service, transports)
    write(service, id_, "Please call us.", urgent=urgent, by="Alex")
    assert bool(first(service, id_)) is urgent
