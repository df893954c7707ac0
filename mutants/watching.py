"""Bugs in how the service watches itself: a restored backup, the questions it asks its store."""

from mutants.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="restored-backup-replays",
        hurts="an old backup sends once more what had left before it was restored",
        file="reminders/health/restoring.py",
        old="if known and stored is not None and stored.epoch.number >= remembered.number:",
        new="if known and stored is not None:",
        tests=("tests/reminders/health/test_restoring.py::test_a_restored_backup_sends_nothing_and_says_so",),
    ),
    Mutation(
        name="finding-stops-nothing",
        hurts="two messages leave for each reminder, the program sees it, and goes on",
        file="reminders/health/selfchecks.py",
        old="stopped = bool(stopping) and _stop(connection, stopping, now)",
        new="stopped = False",
        tests=(
            "tests/reminders/health/test_selfchecks.py::test_a_finding_stops_everything_with_a_reason_and_an_urgent_task",
        ),
    ),
    Mutation(
        name="silence-taken-for-health",
        hurts="a check that has broken finds nothing for a year, and everybody believes it",
        file="reminders/health/selfchecks.py",
        old="            broken.append(check.name)\n",
        new="            pass\n",
        tests=(
            "tests/reminders/health/test_selfchecks.py"
            "::test_a_question_that_cannot_be_answered_is_an_alarm_and_keeps_no_other_from_being_asked",
        ),
    ),
)
