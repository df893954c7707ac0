"""Bugs in what patients and staff say: replies, opt-outs, changes, corrections."""

from mutants.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="reply-read-twice",
        hurts="a reply the provider repeats is answered twice, and opens its task twice",
        file="reminders/database/inbound.py",
        old="return insert_new(connection, t.replies, [row]) == 1",
        new="return insert_new(connection, t.replies, [row]) >= 0",
        tests=("tests/reminders/replies/test_replying.py::test_a_repeat_of_the_provider_changes_and_answers_nothing",),
    ),
    Mutation(
        name="response-ignores-consent",
        hurts="whoever has said STOP is texted again",
        file="reminders/replies/responding.py",
        old="if not (kind.without_consent or Channel.SMS in enrollment.channels_of(label)):",
        new="if False:",
        tests=("tests/reminders/replies/test_replying.py::test_any_other_reply_after_an_opt_out_is_a_persons_alone",),
    ),
    Mutation(
        name="stop-confirmed-each-time",
        hurts="whoever has said STOP gets a text for each further STOP",
        file="reminders/replies/replying.py",
        old="confirm = done.fresh and not incoming.confirmed_elsewhere",
        new="confirm = not incoming.confirmed_elsewhere",
        tests=("tests/reminders/test_opting_out.py::test_a_second_stop_gets_no_second_confirmation",),
    ),
    Mutation(
        name="red-flag-swallowed-by-stop",
        hurts="a text that says STOP and chest pain ends the texts, and nobody calls",
        file="reminders/replies/replying.py",
        old="    alarms = _alarms(incoming)\n",
        new="    alarms = None if silence else _alarms(incoming)\n",
        tests=(
            "tests/reminders/replies/test_replying.py::test_an_opt_out_with_a_red_flag_is_both_and_the_answer_is_the_red_flags",
        ),
    ),
    Mutation(
        name="opted-out-consent-reopened",
        hurts="staff type a number that has opted out, and it is texted again",
        file="reminders/consent.py",
        old="    if shut:\n        inbound.shut_consent(",
        new="    if False:\n        inbound.shut_consent(",
        tests=("tests/reminders/test_opting_out.py::test_staff_cannot_override_it",),
    ),
    Mutation(
        name="correction-says-nothing",
        hurts="a patient who was told the wrong day is not told the right one",
        file="reminders/changes/changing.py",
        old="if asked.silent or not (wrong.facts or cancelled):",
        new="if asked.silent or wrong.facts or not cancelled:",
        tests=(
            "tests/reminders/changes/test_rescheduling.py::test_any_other_cancellation_is_told_once",
            "tests/reminders/test_changes_in_a_row.py",
        ),
    ),
    Mutation(
        name="cancelled-reminders-stay",
        hurts="a cancelled procedure is still announced",
        file="reminders/changes/rescheduling.py",
        old="unsent = queries.withdraw_unsent(work.connection, before.id, reason=",
        new="unsent = (lambda **_: [])(reason=",
        tests=("tests/reminders/changes/test_rescheduling.py::test_a_cancel_withdraws_everything_that_has_not_left",),
    ),
)
