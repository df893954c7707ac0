"""What stands in the store, for somebody who looks."""

import pytest

from reminders import identifiers, looking
from reminders.approving import approve_protocol
from reminders.changes.rescheduling import cancel
from reminders.clock import ManualClock
from reminders.errors import InputError
from reminders.service import Service
from tests.builders import local
from tests.reminders.builders import Transports, enrolled, enrolled_id, row_counts, send_due


def test_an_id_nobody_has_is_refused(service: Service) -> None:
    unknown = identifiers.enrollment_id()
    with pytest.raises(InputError, match=f"enrollment {unknown} is not known"):
        looking.one_enrollment(service, unknown)


def test_one_enrollment_shows_what_belongs_to_it_and_nothing_of_another(
    service: Service, transports: Transports
) -> None:
    one, other = enrolled_id(service, takes=("warfarin",)), enrolled_id(service, takes=("warfarin",))
    send_due(service, transports)
    found = looking.one_enrollment(service, one)
    assert {reminder.enrollment for reminder in found.reminders} == {one}
    assert {task["enrollment"] for task in found.tasks} == {one}
    assert {event["enrollment"] for event in found.events} == {one}
    assert len(found.deliveries) == 1
    assert one != other


def test_an_events_note_is_opened_for_who_looks(service: Service) -> None:
    id_ = enrolled_id(service)
    cancel(service, id_, reason="other", note="moved abroad", by="coordinator")
    assert [event["note"] for event in looking.one_enrollment(service, id_).events] == [None, "moved abroad"]


def test_looking_changes_nothing(service: Service) -> None:
    id_ = enrolled_id(service)
    before = row_counts(service.engine)
    looking.one_enrollment(service, id_)
    looking.all_enrollments(service)
    looking.open_tasks(service)
    looking.all_protocols(service)
    assert row_counts(service.engine) == before


def test_an_enrollments_place_has_both_its_clocks(service: Service) -> None:
    place = looking.place_of_enrollment(service, enrolled_id(service, zone="America/Chicago"))
    assert (place.site_zone.key, place.patient_zone.key) == ("America/New_York", "America/Chicago")


def test_the_list_opens_names_and_tells_what_is_next(service: Service) -> None:
    enrolled(service, name="Ana Example")
    (row,) = looking.all_enrollments(service)
    assert (row["name"], row["next"]) == ("Ana Example", local("2026-11-20 12:00"))


def test_a_task_is_overdue_once_its_due_time_has_passed(service: Service, clock: ManualClock) -> None:
    enrolled(service, takes=("warfarin",))
    (task,) = looking.open_tasks(service)
    clock.move_to(task["due_at"])
    assert looking.open_tasks(service, overdue=True) == []
    clock.sleep(1)
    assert looking.open_tasks(service, overdue=True) == [task]


def test_a_protocol_is_listed_with_who_approved_this_very_content(service: Service, clock: ManualClock) -> None:
    (before,) = looking.all_protocols(service)
    assert (before.approved_by, before.approved_at) == (None, None)
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    (after,) = looking.all_protocols(service)
    assert (after.approved_by, after.approved_at) == ("Dr. Example", clock.now())
