"""Bugs where several workers share one store: who lives, whose clock counts, whose slot it is."""

from mutants.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="every-worker-taken-for-dead",
        hurts="a call that a living worker is making counts as lost, and the message is sent a second time",
        file="reminders/database/presence.py",
        old="return {each for each in sorted(workers) if connection.execute(FREE",
        new="return {each for each in sorted(workers) if True or connection.execute(FREE",
        tests=(
            "tests/reminders/database/test_presence.py::test_a_worker_is_gone_once_its_block_has_ended_and_not_before",
        ),
    ),
    Mutation(
        name="claims-without-its-lock",
        hurts="a worker that everybody takes for dead goes on sending",
        file="reminders/dispatch.py",
        old="if self.stopping.is_set() or not self._may_claim():",
        new="if self.stopping.is_set():",
        tests=(
            "tests/reminders/test_worker_clocks.py::test_a_worker_without_its_lock_claims_nothing_until_it_has_it_again",
        ),
    ),
    Mutation(
        name="lease-by-the-machines-clock",
        hurts="a machine whose clock is an hour ahead sends everything an hour early",
        file="reminders/database/timekeeping.py",
        old='    if engine.dialect.name == "sqlite":\n        return machine\n',
        new='    if engine.dialect.name != "":\n        return machine\n',
        tests=(
            "tests/reminders/test_worker_clocks.py"
            "::test_a_worker_whose_clock_is_an_hour_ahead_sends_nothing_early_and_ends_nobodys_lease",
        ),
    ),
    Mutation(
        name="budget-forgets-other-workers",
        hurts="four workers push four times what the sender takes into the provider's queue, out of anybody's reach",
        file="reminders/sending/rationing.py",
        old="free=here + (until[str(channel)] - there).total_seconds()",
        new="free=here",
        tests=(
            "tests/reminders/sending/test_rationing.py"
            "::test_while_one_worker_has_the_senders_time_another_takes_none_and_knows_when_to_ask_again",
        ),
    ),
    Mutation(
        name="slot-not-kept",
        hurts="what missed its slot takes that of another message, and the sender is overrun",
        file="reminders/dispatch.py",
        old="return clock.monotonic() <= slot.ends",
        new="return True",
        tests=(
            "tests/reminders/sending/test_rationing.py::test_a_call_that_misses_its_slot_is_not_made_and_keeps_its_place",
        ),
    ),
    Mutation(
        name="urgent-waits-its-turn",
        hurts="behind a thousand welcomes a correction waits until it is too late",
        file="reminders/sending/rationing.py",
        old="FIRST = (backlog.URGENT, backlog.ENDING)",
        new="FIRST = (backlog.ENDING, backlog.ENDING)",
        tests=(
            "tests/reminders/sending/test_rationing.py::test_what_is_urgent_leaves_before_what_has_been_due_longer",
        ),
    ),
    Mutation(
        name="sent-again-after-one-look",
        hurts="a provider that lists its messages late is believed at once, and the patient has the message twice",
        file="reminders/settling/asking.py",
        old="if looks < LOOKS or self.at - self.row",
        new="if looks < 1 or self.at - self.row",
        tests=("tests/reminders/settling/test_asking.py::test_looks_that_come_late_are_still_ten_minutes_apart",),
    ),
    Mutation(
        name="looks-not-apart",
        hurts="three looks in a few seconds prove nothing, and the message leaves again",
        file="reminders/settling/asking.py",
        old="LOOKS, BETWEEN = 3, timedelta(minutes=5)\nENOUGH = timedelta(minutes=10)",
        new="LOOKS, BETWEEN = 3, timedelta(seconds=5)\nENOUGH = timedelta(seconds=10)",
        tests=("tests/reminders/settling/test_asking.py::test_before_three_looks_nothing_is_planned_again",),
    ),
    Mutation(
        name="sent-again-while-its-worker-lives",
        hurts="a slow worker is still in its call while another sends the same message",
        file="reminders/settling/asking.py",
        old="if late is None and not is_call_over(connection, self.row, self.gone):",
        new="if False:",
        tests=(
            "tests/reminders/settling/test_asking.py"
            "::test_while_the_worker_that_made_the_call_lives_nothing_is_planned_again_and_a_person_is_told",
        ),
    ),
    Mutation(
        name="duplicate-not-told",
        hurts="the provider has a message twice, and nobody tells the patient which dose counts",
        file="reminders/settling/asking.py",
        old="if len(traces) > 1 + others:",
        new="if False:",
        tests=(
            "tests/reminders/settling/test_asking.py::test_a_message_that_the_provider_has_twice_counts_as_taken_and_alarms",
        ),
    ),
    Mutation(
        name="look-not-taken",
        hurts="two workers act on one look, and two second attempts leave",
        file="reminders/database/unknowns.py",
        old="    if connection.execute(mine.values(looked_at=now)).rowcount != 1:\n        return False\n",
        new="    connection.execute(mine.values(looked_at=now))\n",
        tests=("tests/reminders/settling/test_asking.py::test_two_workers_that_look_at_once_ask_once_about_each",),
    ),
)
