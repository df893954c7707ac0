"""Bugs in when a message leaves: clock changes, windows, bounds, the recorded end."""

from mutants.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="wall-clock-24-hours",
        hurts="across a clock change a fast of 24 hours lasts 23 or 25",
        file="schedules/localtime.py",
        old="return anchor.astimezone(UTC) + timedelta(hours=offset.hours, minutes=offset.minutes)",
        new="return (anchor + timedelta(hours=offset.hours, minutes=offset.minutes)).astimezone(UTC)",
        tests=(
            "tests/schedules/test_clock_properties.py::test_24_hours_across_every_clock_change_are_86_400_seconds",
            "tests/schedules/test_clock_properties.py::test_hours_and_minutes_are_real_time",
        ),
    ),
    Mutation(
        name="repeated-hour-read-the-wrong-way",
        hurts="in the night the clocks go back a message leaves an hour after it has become wrong",
        file="schedules/localtime.py",
        old="return (first if shift is Shift.EARLIER else second).astimezone(UTC)",
        new="return (second if shift is Shift.EARLIER else first).astimezone(UTC)",
        tests=(
            "tests/schedules/test_clock_properties.py::test_in_every_overlap_earlier_is_before_the_change_and_later_is_not",
        ),
    ),
    Mutation(
        name="local-times-compared",
        hurts="in the hour that comes twice a message leaves though its window has closed",
        file="schedules/windows.py",
        old="return span is not None and span[0] <= instant < span[1]",
        new="""read = lambda at: at.astimezone(self.zone).replace(tzinfo=None)  # noqa: E731
        return span is not None and read(span[0]) <= read(instant) < read(span[1])""",
        tests=("tests/schedules/test_windows.py",),
    ),
    Mutation(
        name="bound-not-kept",
        hurts="a message leaves at the very moment from which on it is wrong",
        file="schedules/placing.py",
        old="self.not_after is None or instant < self.not_after",
        new="self.not_after is None or instant <= self.not_after",
        tests=("tests/schedules/test_placing.py::test_not_after_itself_is_too_late",),
    ),
    Mutation(
        name="planned-end-believed",
        hurts="after a procedure that took hours longer, the rest and the medicines are counted from the planned end",
        file="schedules/timeline.py",
        old="end = procedure.ended or start + timedelta(minutes=protocol.duration_minutes)",
        new="end = start + timedelta(minutes=protocol.duration_minutes)",
        tests=("tests/schedules/test_timeline.py::test_the_recorded_end_is_the_end",),
    ),
    Mutation(
        name="late-messages-in-a-burst",
        hurts="after an outage a patient gets six texts in one minute and reads none",
        file="reminders/deciding.py",
        old="    if last is None or not overdue or now - last >= GAP:",
        new="    if last is None or True:",
        tests=(
            "tests/reminders/sending/test_claiming.py::test_after_an_outage_the_first_message_leaves_first_and_the_late_one_ten_minutes_later",
        ),
    ),
    Mutation(
        name="window-not-kept-after-an-outage",
        hurts="what an outage has made late wakes the patient at three in the morning",
        file="reminders/deciding.py",
        old='    return Wait(until=leaves_at, reason="waits for the window") if leaves_at > now else None',
        new="    return None",
        tests=("tests/reminders/sending/test_claiming.py::test_nothing_leaves_at_night_after_an_outage",),
    ),
)
