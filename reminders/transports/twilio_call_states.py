"""What Twilio's word about a call means for the reminder: a pure table, and its words for staff.

A call that ended counts as delivered once something listened; what a person confirmed by a key is another matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# Twilio's AnsweredBy; a machine's goes on with how far its greeting was heard.
PERSON, MACHINES, FAX_MACHINE = "human", "machine_", "fax"

Word = Literal["queued", "sent", "delivered", "undelivered"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CallMeaning:
    """What became of a call so far; `reason` is for staff."""

    word: Word
    reason: str | None = None


ON_ITS_WAY: Mapping[str, CallMeaning] = {
    "queued": CallMeaning(word="queued"),
    "initiated": CallMeaning(word="sent"),
    "ringing": CallMeaning(word="sent"),
    "in-progress": CallMeaning(word="sent"),
    "answered": CallMeaning(word="sent"),  # the event's name, where a gateway sends it instead of in-progress
}
NOT_ANSWERED: Mapping[str, CallMeaning] = {
    "busy": CallMeaning(word="undelivered", reason="the line was busy"),
    "no-answer": CallMeaning(word="undelivered", reason="nobody answered the call"),
    "failed": CallMeaning(word="undelivered", reason="the call could not be connected"),
    "canceled": CallMeaning(word="undelivered", reason="the call was canceled before anybody answered"),
}
HUMAN = CallMeaning(word="delivered")
MACHINE = CallMeaning(word="delivered", reason="left on an answering machine (discreet words)")
FAX = CallMeaning(word="undelivered", reason="a fax machine answered the call")
SOMEBODY = CallMeaning(word="delivered", reason="answered, perhaps by an answering machine (discreet words)")


def call_status(status: str, answered_by: str | None) -> CallMeaning | None:
    """What CallStatus and AnsweredBy say together; None for a status Twilio does not document.

    `answered_by` is None where nobody was asked, and "unknown" where Twilio could not tell.
    """
    if status != "completed":
        return ON_ITS_WAY.get(status) or NOT_ANSWERED.get(status)
    if answered_by == PERSON:
        return HUMAN
    if answered_by == FAX_MACHINE:
        return FAX
    return MACHINE if (answered_by or "").startswith(MACHINES) else SOMEBODY
