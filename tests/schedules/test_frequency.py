"""What goes as one message, what gives way where there would be too many, and from when there is room again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.frequency import DAY, WEEK, Cap, Group, Message, caps_of, joined, limits_of, over_cap, room_from
from schedules.frequency import together as together_of
from schedules.placing import at_sending
from schedules.protocol import Question, Step
from schedules.timeline import Timeline
from tests.builders import a_bound, a_hold, a_place, a_protocol, a_step, a_welcome, a_window, an_offset, local, plan
from tests.builders import workdays as a_calendar

NOON = local("2026-12-01 12:00")


def always(_: Group) -> bool:
    return True


def groups(*steps: Step, fits: Any = always, **changes: Any) -> list[Group]:
    """What of a plan of these steps goes as one message; the words fit unless told otherwise."""
    timeline, place = plan(*steps, **changes), changes.get("place") or a_place()
    window = {"window": changes["window"]} if "window" in changes else {}
    return together_of(timeline.reminders, a_protocol(*steps, **window), place, fits)


def keys(found: Sequence[Group]) -> list[str]:
    return ["+".join(each.key for each in group) for group in found]


def at(clock: str, key: str = "ride", **changes: Any) -> Step:
    """A step three days before the start, at some clock time."""
    return a_step(key, offset=an_offset(clock, days=-3), **changes)


# Going as one


def test_two_that_fall_due_within_an_hour_go_as_one_at_the_latest_ones_instant() -> None:
    (group,) = groups(at("12:00"), at("13:00", "food"))

    assert [(each.key, each.send_at, each.joins) for each in joined(group)] == [
        ("ride", local("2026-12-05 13:00"), "ride+food"),
        ("food", local("2026-12-05 13:00"), "ride+food"),
    ]


def test_each_says_with_whom_it_goes_and_when() -> None:
    (group,) = groups(at("12:00"), at("12:30", "food"), at("12:40", "call"))

    assert [each.why[-1] for each in joined(group)] == [
        "goes as one message with food, call: Sat 2026-12-05 12:40",
        "goes as one message with ride, call: Sat 2026-12-05 12:40",
        "goes as one message with ride, food: Sat 2026-12-05 12:40",
    ]


def test_a_minute_more_than_an_hour_is_too_far() -> None:
    assert groups(at("12:00"), at("13:01", "food")) == []


def test_two_that_ask_go_apart_for_a_number_could_answer_the_one_or_the_other() -> None:
    pain, visit = {"asks": Question.PAIN}, {"asks": Question.VISIT}

    assert groups(at("12:00", **pain), at("12:00", "food", **visit)) == []
    assert keys(groups(at("12:00", **pain), at("12:00", "food"), at("12:00", "call", **visit))) == ["ride+food"]


def test_the_hour_is_counted_from_the_first_of_a_group_and_not_from_the_last() -> None:
    assert keys(groups(at("12:00"), at("12:50", "food"), at("13:10", "call"))) == ["ride+food"]


def test_the_members_stand_in_table_order_whichever_is_due_first() -> None:
    assert keys(groups(at("12:30"), at("12:00", "food"))) == ["ride+food"]


def test_what_is_due_first_finds_the_group_that_has_room_for_it() -> None:
    def only_with_b(group: Group) -> bool:
        return "b" in {each.key for each in group}

    steps = (at("12:00", "a"), at("12:00", "b"), at("12:00", "c"))

    assert keys(groups(*steps, fits=lambda group: len(group) < 3)) == ["a+b"]
    assert keys(groups(*steps[:1], *steps[2:], fits=only_with_b)) == []


def test_what_does_not_fit_into_one_message_goes_apart() -> None:
    assert groups(at("12:00"), at("12:00", "food"), fits=lambda _: False) == []


@pytest.mark.parametrize(
    "other",
    [
        at("12:00", "food", channels=("voice",)),
        at("12:00", "food", waits_for=("completed",)),
        at("12:00", "food", not_before=a_bound(days=-1, at="10:00"), strict=True),
    ],
    ids=["another channel", "a fact to wait for", "missed"],
)
def test_another_channel_a_fact_to_wait_for_or_no_time_at_all_keeps_a_step_apart(other: Step) -> None:
    assert groups(at("12:00"), other, consented=("sms", "voice")) == []


def test_two_that_wait_for_the_same_go_as_one() -> None:
    assert keys(groups(at("12:00", waits_for=("completed",)), at("12:00", "food", waits_for=("completed",)))) == [
        "ride+food"
    ]


def test_two_questions_go_apart_for_nobody_could_tell_which_one_a_number_answers() -> None:
    pain, visit = at("12:00", "pain", asks=Question.PAIN), at("12:00", "visit", asks=Question.VISIT)

    assert groups(pain, visit) == []
    assert keys(groups(pain, at("12:00"), visit)) == ["pain+ride"]
    assert keys(groups(visit, at("12:00", "visit-again", asks=Question.VISIT))) == ["visit+visit-again"]


def test_a_copy_goes_to_its_own_address() -> None:
    step = at("12:00", channels=("email", "sms"), copy=("sms",))

    assert groups(step, at("12:00", "food"), consented=("sms", "email")) == []


def test_the_first_step_goes_alone() -> None:
    assert groups(a_welcome(), a_step("food", offset=an_offset("12:30", days=-18)), now="2026-11-20 12:00") == []


def test_late_steps_were_spaced_on_purpose() -> None:
    steps = (a_welcome(), at("12:00"), at("12:00", "food"))
    late = plan(*steps, enrolled="2026-12-06 12:00")

    assert [each.send_at for each in late.reminders[1:]] == [local("2026-12-06 12:10"), local("2026-12-06 12:20")]
    assert groups(*steps, enrolled="2026-12-06 12:00") == []


def test_a_member_is_not_carried_beyond_its_own_bound() -> None:
    bounded = at("12:00", not_after=a_bound(days=-3, at="12:45"))

    assert keys(groups(bounded, at("12:44", "food"))) == ["ride+food"]
    assert groups(bounded, at("12:45", "food")) == []


def test_a_member_is_not_carried_out_of_the_window() -> None:
    """The window of `ride` closes at 20:00 in New York, where Chicago still has an hour."""
    place = a_place(patient="America/Chicago")

    assert keys(groups(at("19:30", zone="site"), at("18:40", "food"), place=place)) == ["ride+food"]
    assert groups(at("19:30", zone="site"), at("19:00", "food"), place=place) == []


def test_a_member_is_not_carried_past_midnight_into_a_closed_day() -> None:
    friday, saturday = an_offset("23:30", days=-4), an_offset("00:10", days=-3)
    steps = (a_step("a", offset=friday, working_day=True), a_step("b", offset=saturday))
    window = a_window("00:00-24:00", "00:00-24:00", "00:00-24:00")

    assert groups(*steps, window=window) == []
    assert keys(groups(*steps, window=window, place=a_place(workdays=a_calendar(opened=("2026-12-05",))))) == ["a+b"]


@pytest.mark.parametrize(
    ("start", "clocks", "expected"),
    [
        ("2027-03-16 09:00", ("01:45", "03:15"), ["a+b"]),  # the gap: half an hour apart
        ("2026-11-03 09:00", ("00:45", "01:15"), ["a+b"]),  # the overlap: the first 01:15
        ("2026-11-03 09:00", ("01:30", "02:00"), []),  # the overlap: an hour and a half apart
    ],
)
def test_the_hour_is_an_hour_also_in_the_night_in_which_the_clocks_change(
    start: str, clocks: tuple[str, str], expected: list[str]
) -> None:
    first, second = (a_step(key, offset=an_offset(at, days=-2)) for key, at in zip("ab", clocks, strict=True))
    window = a_window("00:00-24:00", "00:00-24:00", "00:00-24:00")

    assert keys(groups(first, second, start=start, enrolled="2026-10-01 12:00", window=window)) == expected


def test_a_strict_step_that_shifts_earlier_is_never_made_later() -> None:
    strict = at("12:00", strict=True)

    assert groups(strict, at("12:30", "food")) == []
    assert keys(groups(strict, at("11:30", "food"))) == ["ride+food"]
    assert keys(groups(at("12:00", strict=True, shift="later"), at("12:30", "food"))) == ["ride+food"]


def test_the_steps_of_two_drugs_go_as_one() -> None:
    stop = a_step("stop", for_each="holds", offset=an_offset("10:00", days=-6), strict=True)

    assert keys(groups(stop, holds=(a_hold(), a_hold("aspirin")))) == ["stop:warfarin+stop:aspirin"]


def test_every_member_may_leave_at_the_instant_of_its_group() -> None:
    clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0).isoformat("minutes"))

    @given(st.lists(clocks, min_size=2, max_size=6), st.booleans())
    def check(times: list[str], strict: bool) -> None:
        steps = [at(clock, f"s{n}", strict=strict and n % 2 == 0) for n, clock in enumerate(times)]
        for group in groups(*steps):
            limits = [limits_of(each, a_protocol(*steps), a_place()) for each in group]
            instants = {each.send_at for each in joined(group)}
            assert len(instants) == 1
            (instant,) = instants
            assert instant is not None
            assert [
                at_sending(one, each.step.if_late, instant).at for one, each in zip(limits, group, strict=True)
            ] == [instant] * len(group)

    check()


def test_the_limits_of_a_step_that_may_leave_at_any_hour_are_its_bounds_alone() -> None:
    step = at("12:00", any_hour=True)
    (reminder,) = plan(step).reminders

    assert limits_of(reminder, a_protocol(step), a_place()).first_from(local("2026-12-05 23:00")) is not None


def test_what_has_no_instant_belongs_to_no_group() -> None:
    timeline: Timeline = plan(at("12:00", not_after=a_bound(days=-30, at="10:00"), strict=True))

    with pytest.raises(ValueError, match="ride has no instant"):
        joined(timeline.reminders)


# Caps


def message(key: str, hours: float, priority: int = 5, position: int = 0) -> Message:
    return Message(NOON + timedelta(hours=hours), priority, position, key)


def test_without_a_cap_nothing_gives_way() -> None:
    assert over_cap([message("a", 0), message("b", 0)], None, None) == {}


def test_the_least_important_gives_way() -> None:
    found = over_cap([message("a", 0, priority=6), message("b", 1, priority=2)], 1, None)

    assert found == {"a": Cap(1, DAY)}


def test_of_two_as_important_the_later_of_the_table_gives_way() -> None:
    assert [*over_cap([message("b", 0, position=2), message("a", 1, position=1)], 1, None)] == ["b"]


def test_what_is_exactly_a_day_apart_is_not_in_one_span() -> None:
    assert over_cap([message("a", 0), message("b", 24)], 1, None) == {}
    assert [*over_cap([message("a", 0), message("b", 23.9, position=1)], 1, None)] == ["b"]


def test_a_message_between_two_others_must_leave_room_on_both_sides() -> None:
    found = over_cap([message("a", 0), message("b", 30), message("c", 15, priority=6)], 1, None)

    assert [*found] == ["c"]


def test_what_gave_way_takes_no_room() -> None:
    """The middle one gives way to the last, so that the first may stay."""
    found = over_cap([message("a", 0, 5), message("b", 20, 3), message("c", 40, 1)], 1, None)

    assert [*found] == ["b"]


def test_the_week_is_counted_too_and_named() -> None:
    found = over_cap([message(str(n), 24 * n, position=n) for n in range(5)], 1, 3)

    assert found == {"3": Cap(3, WEEK), "4": Cap(3, WEEK)}


def test_what_never_gives_way_counts() -> None:
    assert over_cap([message("a", 5)], 1, None, [NOON]) == {"a": Cap(1, DAY)}


@pytest.mark.parametrize(
    ("cap", "words"),
    [(Cap(1, DAY), "1 message in 24 hours"), (Cap(3, WEEK), "3 messages in 7 days")],
)
def test_a_cap_says_itself_in_words(cap: Cap, words: str) -> None:
    assert cap.words == words


numbers = st.lists(st.tuples(st.integers(0, 24 * 12 * 4), st.integers(1, 9)), min_size=0, max_size=14).map(
    lambda found: [Message(NOON + timedelta(minutes=15 * m), p, n, str(n)) for n, (m, p) in enumerate(found)]
)
few = st.none() | st.integers(1, 3)
instants = st.lists(st.integers(-24 * 8 * 4, 24 * 4).map(lambda m: NOON + timedelta(minutes=15 * m)), max_size=2)


@given(numbers, few, few, instants)
def test_no_span_ever_holds_more_than_the_cap_and_nothing_gives_way_without_need(
    messages: list[Message], day: int | None, week: int | None, fixed: list[datetime]
) -> None:
    gone = over_cap(messages, day, week, fixed)
    kept: list[datetime] = list(fixed)
    for one in sorted(messages, key=lambda each: (each.priority, each.position)):  # by rank, one after another
        breaks = any(_is_too_full(one.at, kept, cap) for cap in caps_of(day, week))
        assert breaks == (one.key in gone)
        if one.key not in gone:
            kept.append(one.at)


def _is_too_full(at: datetime, kept: list[datetime], cap: Cap) -> bool:
    """Whether a span that holds a new message would hold too many, by looking at each that begins with one."""
    every = [*kept, at]
    spans = [(begin, begin + cap.span) for begin in every]
    return any(begin <= at < end and sum(begin <= one < end for one in every) > cap.most for begin, end in spans)


@given(st.lists(st.integers(0, 24 * 8 * 60), max_size=8), few, few)
def test_room_comes_at_the_first_minute_at_which_every_cap_has_it(
    ago: list[int], day: int | None, week: int | None
) -> None:
    sent, caps = [NOON - timedelta(minutes=m) for m in ago], caps_of(day, week)
    found = room_from(sent, NOON, caps)

    def has_room(at: datetime) -> bool:
        return all(sum(one > at - cap.span for one in sent) < cap.most for cap in caps)

    assert has_room(found)
    assert found == NOON or not has_room(found - timedelta(seconds=1))
