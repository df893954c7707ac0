"""Bugs in what a call came to: fences, unknown outcomes, retries, receipts."""

from mutants.mutation import Mutation

MUTATIONS = (
    Mutation(
        name="fence-dropped",
        hurts="a worker that was taken for dead writes its outcome over that of the claim that took over",
        file="reminders/database/claims.py",
        old='among(r.id, "ids"), r.fence == bindparam("owned_by"), r.state == SENDING)',
        new='among(r.id, "ids"), r.state == SENDING)',
        tests=(
            "tests/reminders/database/test_claims.py::test_an_outcome_whose_claim_lost_the_reminder_is_not_counted",
        ),
    ),
    Mutation(
        name="delivery-fence-dropped",
        hurts="a late worker settles the call of another claim",
        file="reminders/database/claims.py",
        old='d.id == own.c.id, d.fence == alike[0]["fence"], d.state == "intended")',
        new='d.id == own.c.id, d.state == "intended")',
        tests=("tests/reminders/database/test_claims.py::test_an_outcome_settles_no_delivery_of_another_claim",),
    ),
    Mutation(
        name="late-outcome-lost",
        hurts="what the provider said too late is thrown away, and nobody can tell whether the patient has the message",
        file="reminders/sending/concluding.py",
        old="return self.write([outcome], now) or self._is_written(outcome, now) or self._too_late(outcome, now)",
        new="return self.write([outcome], now) or self._is_written(outcome, now)",
        tests=("tests/reminders/test_dispatch.py::test_what_the_provider_said_too_late_is_not_thrown_away",),
    ),
    Mutation(
        name="lost-lease-sent-again",
        hurts="a worker died in the middle of a call, and the patient gets the message twice",
        file="reminders/database/claims.py",
        old='values = {"state": "unknown", "reason": reason, "lease_until": None, "worker": None, "due_at": None}',
        new='values = {"state": "planned", "reason": reason, "lease_until": None, "worker": None, "due_at": now}',
        tests=("tests/reminders/test_housekeeping.py::test_what_a_lost_lease_left_unknown_is_never_sent_again",),
    ),
    Mutation(
        name="given-up-never-said",
        hurts="a message that arrived after all keeps the old date, because a person had given it up",
        file="reminders/lifecycle.py",
        old="MAYBE_READ = (*LIVE, DeliveryState.ABANDONED)",
        new="MAYBE_READ = LIVE",
        tests=(
            "tests/reminders/settling/test_unsettled.py"
            "::test_what_was_given_up_may_have_arrived_and_is_corrected_when_the_plan_moves",
        ),
    ),
    Mutation(
        name="timeout-not-sent",
        hurts="a provider that took the message and was slow to say so is called again",
        file="reminders/transports/twilio_http.py",
        old="return OutcomeUnknown(FailureCode.NO_ANSWER, text)",
        new="return NotSent(FailureCode.BUSY, text)",
        tests=("tests/reminders/transports/test_twilio_http.py::test_silence_after_sending_is_an_unknown_outcome",),
    ),
    Mutation(
        name="lost-line-not-sent",
        hurts="the line broke after the text had been handed over, and it is sent again",
        file="reminders/transports/twilio_http.py",
        old="return OutcomeUnknown(FailureCode.LINE_LOST, text)",
        new="return NotSent(FailureCode.BUSY, text)",
        tests=(
            "tests/reminders/transports/test_twilio_http.py::test_a_line_dropped_after_sending_is_an_unknown_outcome",
        ),
    ),
    Mutation(
        name="server-error-not-sent",
        hurts="a provider that fails after taking the message is called again",
        file="reminders/transports/twilio_errors.py",
        old="if status >= 500 or status < 400 or status == _TIMED_OUT:",
        new="if status < 400 or status == _TIMED_OUT:",
        tests=(
            "tests/reminders/transports/test_twilio_http.py::test_a_server_error_is_an_unknown_outcome_and_not_repeated",
        ),
    ),
    Mutation(
        name="too-many-taken-for-sent",
        hurts="what the provider had no room for counts as on its way, and never leaves",
        file="reminders/transports/twilio_http.py",
        old="if not 200 <= answer.status_code < 300:",
        new="if not 200 <= answer.status_code < 300 and answer.status_code != 429:",
        tests=(
            "tests/contracts/test_every_transport.py::test_a_failed_sending_calls_the_provider_at_most_once",
            "tests/reminders/transports/test_twilio_http.py::test_the_wish_to_wait_is_read_in_seconds",
        ),
    ),
    Mutation(
        name="library-retries",
        hurts="the library repeats a request by itself, and one claim makes three texts",
        file="reminders/transports/twilio_http.py",
        old="_WatchedAdapter(max_retries=0, pool_maxsize=64)",
        new="""_WatchedAdapter(
            max_retries=__import__("urllib3").Retry(2, allowed_methods=None, status_forcelist=[500, 502, 503, 504]),
            pool_maxsize=64,
        )""",
        tests=(
            "tests/reminders/transports/test_twilio_http.py::test_a_server_error_is_an_unknown_outcome_and_not_repeated",
        ),
    ),
    Mutation(
        name="mail-lost-after-the-dot-sent-again",
        hurts="a relay that took a letter and hung up gets it once more",
        file="reminders/transports/smtp_session.py",
        old="raise OutcomeUnknown(FailureCode.LINE_LOST, text) from None",
        new="raise NotSent(FailureCode.LINE_LOST, text) from None",
        tests=("tests/reminders/transports/test_smtp.py::test_a_line_dropped_after_the_dot_is_an_unknown_outcome",),
    ),
    Mutation(
        name="dots-not-doubled",
        hurts="a line of a letter that begins with a dot ends it, and the patient reads half of what to do",
        file="reminders/transports/smtp_session.py",
        old='return re.sub(rb"^\\.", b"..", whole, flags=re.MULTILINE)',
        new="return whole",
        tests=(
            "tests/reminders/transports/test_smtp_session.py::test_dots_at_the_start_of_a_line_do_not_end_the_message",
        ),
    ),
    Mutation(
        name="unknown-without-a-person",
        hurts="nobody hears that a message may not have arrived, and a dose is not stopped",
        file="reminders/outcomes.py",
        old='        code=answer.provider_code or code,\n        task="unknown",\n',
        new="        code=answer.provider_code or code,\n",
        tests=("tests/reminders/test_dispatch.py::test_an_unknown_outcome_is_never_called_again_and_a_person_is_told",),
    ),
    Mutation(
        name="receipt-lowers-the-state",
        hurts="a receipt that comes late makes a delivered message look lost, and it is repeated by phone",
        file="reminders/receipt_ranks.py",
        old="return new if old is None else max(old, new, key=_rank)",
        new="return new",
        tests=("tests/reminders/test_receipt_ranks.py::test_delivered_stays_in_every_order",),
    ),
    Mutation(
        name="forged-receipt-believed",
        hurts="anybody on the internet can say that a message has arrived, or end a patient's texts",
        file="reminders/hooks/twilio.py",
        old="if not any(hmac.compare_digest(one.encode(), given) for one in expected):",
        new="if not any(expected):",
        tests=("tests/reminders/web/test_forged.py::test_a_forged_callback_is_refused_and_changes_nothing",),
    ),
)
