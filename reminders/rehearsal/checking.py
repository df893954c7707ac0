"""The checker: what the ledgers of a rehearsal show that must never happen. A pure function; it decides nothing.

The rule: it shares no code with the planner. Windows and bounds are worked out from the clinician's file anew, words
are held against that file, and what was sent is believed from the provider's ledger alone.
"""

from collections.abc import Iterator

from reminders.rehearsal import checking_ends, checking_times, checking_told, checking_words
from reminders.rehearsal.cases import Cases
from reminders.rehearsal.ledger import Ledger, Violation

INVARIANTS = {
    "I1": "one message for each key, round and channel, unless the provider has said that the first did not arrive",
    "I2": "inside a window and bounds that hold for the plan in force at the intent",
    "I3": "every reminder ends, is held for something, or lies ahead",
    "I4": "what may only leave later leaves 86,400 seconds after the recorded end, or later",
    "I5": "approved words, as they were written down, to who could be reached so at the intent",
    "I6": "what was told and has changed has a correction or a task",
    "I7": "the event log is whole",
    "I8": "when the faults are over, nothing waits a day later that is due",
}


def check(ledger: Ledger) -> tuple[Violation, ...]:
    """Everything that is wrong, in the order of the invariants."""
    return tuple(sorted(_found(Cases(ledger)), key=lambda each: (each.invariant, each.enrollment or "", each.story)))


def _found(cases: Cases) -> Iterator[Violation]:
    yield from checking_ends.nothing_twice(cases)
    yield from checking_times.in_time(cases)
    yield from checking_ends.nobody_lost(cases)
    yield from checking_times.a_day_after_the_end(cases)
    yield from checking_words.approved(cases)
    yield from checking_told.corrected(cases)
    yield from checking_ends.log_whole(cases)
    yield from checking_ends.at_rest(cases)
