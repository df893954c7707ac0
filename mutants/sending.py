"""Bugs in how a message leaves: the claim, the last check, the lease, the store beneath."""

from mutants.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="check-outside-the-claim",
        hurts="a procedure cancelled between the last check and the written intent is announced all the same",
        file="reminders/sending/claiming.py",
        old="checked, unread, dropped = self._check(connection, due, now) if due else ([], [], [])",
        new="""apart = self._service.engine.connect() if connection.dialect.name == "postgresql" else connection
            checked, unread, dropped = self._check(apart, due, now) if due else ([], [], [])
            if apart is not connection:
                apart.close()""",
        tests=("tests/reminders/test_dispatch.py::test_a_change_waits_for_the_claim_that_has_read_its_enrollment",),
    ),
    Mutation(
        name="correction-out-of-turn",
        hurts="a patient reads the new plan, and then that what was told before no longer counts",
        file="reminders/sending/sequencing.py",
        old="places[enrollment.id, copy_key(PREFIX, recipient)] = (found.corrections, recipient)",
        new="pass",
        tests=(
            "tests/reminders/test_changes_in_a_row.py::"
            "test_what_the_new_plan_tells_waits_while_its_correction_does_not_get_through",
        ),
    ),
    Mutation(
        name="claim-without-lock",
        hurts="two workers take the same reminder, and one of them stops in the middle of its claim",
        file="reminders/database/claims.py",
        old="DUE = DUE.order_by(r.due_at, r.id).limit(MOST).with_for_update(skip_locked=True)",
        new="DUE = DUE.order_by(r.due_at, r.id).limit(MOST)",
        tests=("tests/reminders/database/test_claims.py::test_two_claims_never_take_the_same_reminder_and_none_waits",),
    ),
    Mutation(
        name="begin-deferred",
        hurts="on SQLite two workers read the same moment, and the second fails or sends on what is no longer true",
        file="reminders/database/engine.py",
        old='"BEGIN" if reads else "BEGIN IMMEDIATE"',
        new='"BEGIN"',
        tests=(
            "tests/reminders/database/test_engine.py::test_a_writer_owns_the_right_to_write_from_its_first_statement",
        ),
    ),
    Mutation(
        name="commit-not-on-disk",
        hurts="a power cut forgets that a message left, and it leaves again",
        file="reminders/database/engine.py",
        old='"synchronous = FULL"',
        new='"synchronous = NORMAL"',
        tests=(
            "tests/reminders/database/test_engine.py::test_sqlite_keeps_a_commit_through_a_power_cut_and_checks_references",
        ),
    ),
    Mutation(
        name="revision-not-checked",
        hurts="a message planned before the last change leaves with what is no longer true",
        file="reminders/deciding.py",
        old="reminder.revision != enrollment.revision\n    if candidate.step.own_words:",
        new="False\n    if candidate.step.own_words:",
        tests=(
            "tests/reminders/sending/test_claiming.py::test_what_was_planned_before_a_change_is_not_sent_and_a_person_is_told",
        ),
    ),
    Mutation(
        name="consent-read-at-planning-only",
        hurts="whoever has opted out goes on getting what was planned before",
        file="reminders/records.py",
        old="self.contact.address(channel) if unconsented or channel in self.consents else None",
        new="self.contact.address(channel)",
        tests=(
            "tests/reminders/sending/test_claiming.py::test_consent_is_read_when_a_message_leaves_and_not_when_it_was_planned",
        ),
    ),
    Mutation(
        name="approval-not-asked",
        hurts="patients read medical words that no clinician has approved",
        file="reminders/sending/claiming.py",
        old="return version.content_hash in approved and (drug is None or self._drug_hashes.get(drug) in approved)",
        new="return True",
        tests=(
            "tests/reminders/sending/test_claiming.py::test_an_unapproved_protocol_is_held_before_a_live_transport_with_one_task_for_all",
        ),
    ),
    Mutation(
        name="pause-overlooked",
        hurts="an operator pauses everything, and messages leave",
        file="reminders/deciding.py",
        old="    if candidate.pause is not None:\n        return candidate.pause\n",
        new="",
        tests=(
            "tests/reminders/test_pausing.py::test_nothing_leaves_while_it_is_paused_and_all_of_it_once_it_is_resumed",
        ),
    ),
    Mutation(
        name="stale-claim-sent",
        hurts="a call that waited minutes behind a slow provider is made on a check that is minutes old",
        file="reminders/dispatch.py",
        old="STALE_SECONDS = 5.0",
        new="STALE_SECONDS = 5000.0",
        tests=(
            "tests/reminders/test_dispatch.py::test_a_call_that_waited_too_long_for_a_sender_goes_back_unsent_and_is_checked_again",
        ),
    ),
    Mutation(
        name="live-delivery-not-unique",
        hurts="nothing in the store keeps a second call for the same reminder from being written",
        file="alembic/versions/0001_first_tables.py",
        old='_partial("uq_deliveries_live", "deliveries", ["reminder"], live, unique=True)',
        new='_partial("uq_deliveries_live", "deliveries", ["reminder"], live)',
        tests=(
            "tests/reminders/database/test_tables.py::test_a_second_call_is_refused_while_the_first_may_have_arrived",
        ),
    ),
    Mutation(
        name="no-validity-period",
        hurts="a text that waited at the provider arrives when it has become wrong",
        file="reminders/transports/twilio_sms.py",
        old='options["validity_period"] = max(SHORTEST_VALIDITY, min(left, LONGEST_VALIDITY))',
        new="pass",
        tests=(
            "tests/reminders/transports/test_twilio_sms.py::test_twilio_keeps_a_message_no_longer_than_it_is_right",
        ),
    ),
    Mutation(
        name="log-outside-the-commit",
        hurts="a change that failed stands in the event log as if it had been made",
        file="reminders/changes/changing.py",
        old="        worklog.add_event(\n            self.connection,",
        new="""        own = self.connection.dialect.name == "postgresql"
        with self.service.engine.begin() if own else __import__("contextlib").nullcontext(self.connection) as apart:
          worklog.add_event(
            apart,""",
        tests=("tests/reminders/changes/test_rescheduling.py::test_a_dry_cancel_answers_and_changes_nothing",),
    ),
    Mutation(
        name="sealed-anywhere",
        hurts="a sealed phone number copied to another patient's row opens there, and her message goes to a stranger",
        file="reminders/database/vault.py",
        old='return f"{len(table)}:{table}{len(row)}:{row}{len(column)}:{column}".encode()',
        new='return b""',
        tests=("tests/reminders/database/test_vault.py::test_a_value_moved_to_any_other_place_does_not_open",),
    ),
)
