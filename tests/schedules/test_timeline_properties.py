"""T2 and T6 to T13 as properties of whole timelines: any protocol, any place, any moment of planning.

Each is checked against the rules worked out the slow way, for generated protocols and for the shipped one.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.placing import Limits, at_sending
from schedules.procedure import Place, Procedure
from schedules.protocol import IfLate, Protocol, Shift
from schedules.timeline import PlannedReminder, Status, Timeline, build_timeline
from schedules.windows import Permitted
from tests.builders import the_shipped_protocol
from tests.schedules import slow
from tests.schedules.strategies import (
    DAY,
    any_zone,
    moments,
    now_of,
    procedures,
    protocols,
)

TEN_MINUTES = timedelta(minutes=10)


class Case(NamedTuple):
    """One patient's plan, and what it was made from."""

    protocol: Protocol
    procedure: Procedure
    place: Place
    now: datetime

    @property
    def timeline(self) -> Timeline:
        return build_timeline(self.protocol, self.procedure, self.place, now=self.now)

    @property
    def originals(self) -> list[PlannedReminder]:
        return [reminder for reminder in self.timeline.reminders if reminder.copy_of is None]

    @property
    def planned(self) -> list[PlannedReminder]:
        return [reminder for reminder in self.originals if reminder.status is Status.PLANNED]

    @property
    def rules(self) -> dict[str, slow.Rules]:
        return {rules.key: rules for rules in slow.rules_of(self.protocol, self.procedure, self.place)}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    procedure, place = draw(procedures())
    protocol = draw(protocols() | st.just(the_shipped_protocol()))
    return Case(protocol, procedure, place, draw(now_of(procedure)))


# The whole plan.


@given(cases())
@settings(max_examples=2 * settings.default.max_examples)
def test_a_timeline_is_what_the_slow_way_finds(case: Case) -> None:
    expected = slow.plan(case.protocol, case.procedure, case.place, case.now)
    assert {r.key: (r.status.value, r.send_at, r.late) for r in case.originals} == expected


@given(cases())
def test_the_steps_of_a_timeline_are_those_that_apply_in_table_order(case: Case) -> None:
    assert [reminder.key for reminder in case.originals] == list(case.rules)


@given(cases())
def test_the_same_facts_give_the_same_timeline(case: Case) -> None:
    assert case.timeline == case.timeline


@given(cases())
def test_the_positions_count_up_and_the_keys_are_unique(case: Case) -> None:
    reminders = case.timeline.reminders
    assert [reminder.position for reminder in reminders] == list(range(len(reminders)))
    assert len({reminder.key for reminder in reminders}) == len(reminders)


@given(cases())
def test_a_reminder_has_an_instant_exactly_if_it_is_planned(case: Case) -> None:
    for reminder in case.timeline.reminders:
        assert (reminder.send_at is not None) == (reminder.status is Status.PLANNED)


@given(cases())
def test_every_reminder_gives_its_reasons(case: Case) -> None:
    for reminder in case.timeline.reminders:
        assert len(reminder.why) >= 2
        assert all(reminder.why)


# T2.


@given(cases(), any_zone)
def test_the_patients_zone_means_nothing_to_a_step_on_the_sites_clock(case: Case, zone: ZoneInfo) -> None:
    elsewhere = Place(site_zone=case.place.site_zone, patient_zone=zone, workdays=case.place.workdays)
    moved = {rules.key: rules for rules in slow.rules_of(case.protocol, case.procedure, elsewhere)}
    before = case._replace(now=case.procedure.enrolled - 400 * DAY)
    for here, there in zip(before.originals, before._replace(place=elsewhere).originals, strict=True):
        if moved[here.key].step.zone == "site" and not (here.late or there.late):
            assert (here.send_at, here.not_before, here.not_after) == (there.send_at, there.not_before, there.not_after)


# T6, T7.


@given(cases())
def test_every_planned_instant_is_inside_the_window(case: Case) -> None:
    rules = case.rules
    for reminder in case.planned:
        assert reminder.send_at is not None
        assert rules[reminder.key].permits(reminder.send_at)


@given(cases())
def test_every_planned_instant_is_inside_its_bounds(case: Case) -> None:
    for reminder in case.planned:
        assert reminder.send_at is not None
        assert reminder.not_before is None or reminder.not_before <= reminder.send_at
        assert reminder.not_after is None or reminder.send_at < reminder.not_after


@given(cases())
def test_the_bounds_are_those_of_the_table(case: Case) -> None:
    rules = case.rules
    for reminder in case.originals:
        expected = (rules[reminder.key].not_before, rules[reminder.key].not_after)
        assert (reminder.not_before, reminder.not_after) == expected


@given(cases())
def test_a_strict_step_in_time_never_moves_against_its_direction(case: Case) -> None:
    rules = case.rules
    for reminder in case.planned:
        if reminder.step.strict and not reminder.late:
            assert reminder.send_at is not None
            pointed = rules[reminder.key].pointed
            earlier = reminder.step.shift is Shift.EARLIER
            assert reminder.send_at <= pointed if earlier else reminder.send_at >= pointed


# T8.


@given(cases())
def test_nothing_is_planned_for_the_past(case: Case) -> None:
    assert all(reminder.send_at is not None and reminder.send_at >= case.now for reminder in case.planned)


@given(cases())
def test_a_late_step_that_may_be_skipped_is_skipped(case: Case) -> None:
    late = [reminder for reminder in case.originals if reminder.late and reminder.step.if_late is IfLate.SKIP]
    assert all(reminder.status is Status.SKIPPED for reminder in late)


@given(cases())
def test_a_step_that_must_be_sent_is_never_skipped(case: Case) -> None:
    sent = [reminder for reminder in case.originals if reminder.step.if_late is IfLate.SEND]
    assert all(reminder.status is not Status.SKIPPED for reminder in sent)


@given(cases(), st.integers(0, 40 * 1440))
def test_time_that_passes_before_a_step_is_due_does_not_move_it(case: Case, minutes: int) -> None:
    early = case._replace(now=case.procedure.enrolled)
    in_time = {reminder.key: reminder.send_at for reminder in early.planned if not reminder.late and reminder.send_at}
    later = early._replace(now=min([early.now + timedelta(minutes=minutes), *in_time.values()]))
    assert in_time.items() <= {reminder.key: reminder.send_at for reminder in later.planned}.items()


# T9.


def limits_of(case: Case, reminder: PlannedReminder) -> Limits:
    workdays = case.place.workdays if reminder.step.working_day else None
    permitted = Permitted(window=case.protocol.window, zone=reminder.zone, workdays=workdays)
    return Limits(permitted=permitted, not_before=reminder.not_before, not_after=reminder.not_after)


@given(cases())
def test_at_its_instant_every_planned_reminder_may_leave(case: Case) -> None:
    for reminder in case.planned:
        assert reminder.send_at is not None
        assert at_sending(limits_of(case, reminder), reminder.step.if_late, reminder.send_at).at == reminder.send_at


@given(cases(), st.data())
def test_after_an_outage_a_reminder_leaves_at_the_first_permitted_instant_or_has_ended(
    case: Case, data: st.DataObject
) -> None:
    rules, now = case.rules, data.draw(moments(case.place.patient_zone) | now_of(case.procedure))
    for reminder in case.originals:
        leave = at_sending(limits_of(case, reminder), reminder.step.if_late, now)
        assert leave.at == rules[reminder.key].first_from(now)
        ended = "skipped" if reminder.step.if_late is IfLate.SKIP else "missed"
        assert leave.ended == (ended if leave.at is None else None)


# T10.


@given(cases())
def test_the_anchors_are_what_is_recorded_or_assumed(case: Case) -> None:
    assert case.timeline.anchors == slow.anchors_of(case.protocol, case.procedure, case.place)


# T13.


@given(cases())
def test_nothing_leaves_before_the_first_step(case: Case) -> None:
    first = [reminder.send_at for reminder in case.planned if reminder.step.first]
    for reminder in case.planned:
        assert not first or first[0] is None or (reminder.send_at is not None and reminder.send_at >= first[0])


@given(cases())
def test_late_steps_leave_in_table_order_ten_minutes_apart_and_after_the_first(case: Case) -> None:
    first = [reminder for reminder in case.planned if reminder.step.first]
    late = [reminder for reminder in case.planned if reminder.late and not reminder.step.first]
    order = [reminder.send_at for reminder in first + late if reminder.send_at is not None]
    assert all(later - earlier >= TEN_MINUTES for earlier, later in pairwise(order))
