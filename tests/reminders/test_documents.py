"""The documents of the command line and the pages: how instants are written, and which key means what."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reminders import documents, looking
from reminders.changes.changing import Changed
from reminders.service import Service
from schedules.changes import Change, Kind, Progress, Standing, compare
from tests.builders import NEW_YORK, a_bound, a_step, a_welcome, local, plan
from tests.reminders.builders import Transports, a_reminder, enrolled, enrolled_id, send_due, set_reminder

NEPAL = ZoneInfo("Asia/Kathmandu")
NOW = local("2026-11-20 12:00")


# Instants


def test_an_instant_is_told_in_utc_to_the_second() -> None:
    assert documents.utc(datetime(2026, 12, 2, 15, 0, 0, 999_999, tzinfo=UTC)) == "2026-12-02T15:00:00Z"


def test_an_instant_on_another_clock_is_turned_to_utc() -> None:
    assert documents.utc(datetime(2026, 12, 2, 10, tzinfo=timezone(timedelta(hours=-5)))) == "2026-12-02T15:00:00Z"


def test_a_local_time_carries_its_offset_and_no_parts_of_a_second() -> None:
    instant = datetime(2026, 12, 2, 15, 0, 0, 5, tzinfo=UTC)
    assert documents.local(instant, NEW_YORK) == "2026-12-02T10:00:00-05:00"
    assert documents.local(instant, NEPAL) == "2026-12-02T20:45:00+05:45"


def test_both_times_of_an_hour_that_repeats_are_told_apart() -> None:
    first, second = (local("2026-11-01 01:30", fold=fold) for fold in (0, 1))
    assert documents.local(first, NEW_YORK) == "2026-11-01T01:30:00-04:00"
    assert documents.local(second, NEW_YORK) == "2026-11-01T01:30:00-05:00"


def test_no_instant_is_null() -> None:
    assert (documents.utc(None), documents.local(None, NEW_YORK)) == (None, None)


# Timelines


def test_a_reminder_that_is_not_planned_has_no_time_but_keeps_its_bounds() -> None:
    late = a_step("ride", if_late="skip", not_after=a_bound(hours=-12))
    timeline = plan(a_welcome(), late, now="2026-12-07 12:00", enrolled="2026-12-07 12:00")
    reminder = documents.timeline(timeline)["reminders"][-1]
    assert (reminder["status"], reminder["send_at"], reminder["local"]) == ("skipped", None, None)
    assert reminder["not_after"] == "2026-12-08T02:00:00Z"


@pytest.mark.parametrize("state", ["missed", "skipped"])
def test_a_stored_reminder_that_ended_unsent_has_no_time(service: Service, state: str) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, "ride", state=state, reason="too late")
    found = by_key(service, id_)["ride"]
    assert (found["status"], found["state"], found["send_at"], found["local"]) == (state, state, None, None)
    assert found["reason"] == "too late"


@pytest.mark.parametrize("state", ["planned", "held", "sent", "delivered", "withdrawn", "failed", "unknown"])
def test_every_other_stored_reminder_keeps_the_time_it_was_planned_for(service: Service, state: str) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, "ride", state=state)
    found = by_key(service, id_)["ride"]
    assert (found["status"], found["state"], found["send_at"]) == ("planned", state, "2026-12-05T17:00:00Z")


def test_a_delivery_stands_with_its_reminder_and_in_the_history_with_its_key(
    service: Service, transports: Transports
) -> None:
    id_ = enrolled_id(service)
    send_due(service, transports)
    found = looking.one_enrollment(service, id_)
    (shown,) = by_key(service, id_)["welcome"]["deliveries"]
    (call,) = documents.history(found)["deliveries"]
    assert call == shown | {"key": "welcome"}


def by_key(service: Service, id_: str) -> dict[str, Any]:
    reminders = documents.shown(looking.one_enrollment(service, id_))["timeline"]["reminders"]
    return {reminder["key"]: reminder for reminder in reminders}


# Changes


def a_change(**changes: Any) -> dict[str, Any]:
    return documents.changed(Changed(enrollment="ABCD-EFGHJ", **changes))


def test_a_change_that_did_nothing_names_every_key_with_nothing_in_it() -> None:
    assert a_change() == {
        "enrollment": "ABCD-EFGHJ",
        "moved": [],
        "withdrawn": [],
        "already_sent": [],
        "corrections": [],
        "tasks": [],
    }


def test_a_move_says_from_when_to_when() -> None:
    standing = {"ride": Standing(send_at=local("2026-12-05 11:00"), progress=Progress.UNSENT)}
    (change,) = compare(standing, plan(a_step("ride")), NOW)
    assert change.kind is Kind.MOVE
    assert a_change(moved=(change,))["moved"] == [
        {"key": "ride", "from": "2026-12-05T16:00:00Z", "to": "2026-12-05T17:00:00Z"}
    ]


def test_a_reminder_that_is_new_comes_from_nowhere_and_one_without_a_place_goes_nowhere() -> None:
    (added,) = compare({}, plan(a_step("ride")), NOW)
    nowhere = Change(kind=Kind.WITHDRAW, key="ride", planned=None, old_send_at=local("2026-12-05 12:00"))
    assert a_change(moved=(added, nowhere))["moved"] == [
        {"key": "ride", "from": None, "to": "2026-12-05T17:00:00Z"},
        {"key": "ride", "from": "2026-12-05T17:00:00Z", "to": None},
    ]


def test_what_had_gone_is_told_with_its_state_and_when_it_went() -> None:
    gone = a_reminder("welcome", state="unknown", changed_at=local("2026-11-20 12:00"))
    assert a_change(
        already_sent=(gone,),
        corrections=(("correction", local("2026-11-20 12:00")),),
        withdrawn=(("ride", "procedure cancelled: patient"),),
    ) == a_change() | {
        "corrections": [{"key": "correction", "send_at": "2026-11-20T17:00:00Z"}],
        "already_sent": [{"key": "welcome", "sent_at": "2026-11-20T17:00:00Z", "state": "unknown"}],
        "withdrawn": [{"key": "ride", "reason": "procedure cancelled: patient"}],
    }


def test_an_enrollment_answers_with_its_plan_its_warnings_and_its_tasks(service: Service) -> None:
    done = enrolled(service, takes=("warfarin",))
    document = documents.enrolled(done)
    assert document["enrollment"] == done.enrollment
    assert document["timeline"] == documents.timeline(done.timeline)
    assert [task["kind"] for task in document["tasks"]] == ["order-missing"]
