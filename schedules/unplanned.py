"""The steps that stand in no protocol's table: corrections, responses to what a patient wrote, and staff's own words.

They are no part of the plan: a change of plan neither moves nor withdraws them. The texts of a response stand in
`[responses.<kind>]` of the messages files; none gives medical advice beyond whom to call.
"""

from enum import StrEnum

from schedules import corrections
from schedules.protocol import Anchor, Channel, IfLate, Offset, Protocol, Shift, Step


class Response(StrEnum):
    """What the program answers a patient's reply by itself."""

    HELP = "help"  # who we are and whom to call
    STOPPED = "stopped"  # the one confirmation of an opt-out
    STARTED = "started"  # texts are on again
    EMERGENCY = "emergency"  # a word of the 911 list: call 911
    WARNING = "warning"  # a word of the other list: call us
    NOTED = "noted"  # an answer to the open question was recorded
    OUTDATED = "outdated"  # the question it answers has been superseded
    RECEIVED = "received"  # anything else: a person will read it

    @property
    def step_key(self) -> str:
        return f"{RESPONSE_PREFIX}-{self}"

    @property
    def without_consent(self) -> bool:
        """Whether it answers a number that wants no texts, too: the law asks for it, or a life may hang on it."""
        return self in (Response.HELP, Response.STOPPED, Response.EMERGENCY, Response.WARNING)

    @property
    def guarded(self) -> bool:
        """Whether a number gets only so many of them an hour: two machines must not answer each other for ever."""
        return self in (Response.NOTED, Response.OUTDATED, Response.RECEIVED)


RESPONSE_PREFIX = "response"
STAFF_TEXT = "staff-text"
PREFIXES = (corrections.PREFIX, RESPONSE_PREFIX, STAFF_TEXT)
"""How the keys of these steps begin; no protocol's step may."""

RESPONSES = {
    kind.step_key: Step(
        key=kind.step_key,
        anchor=Anchor.ENROLLED,
        offset=Offset(),
        shift=Shift.LATER,
        channels=(Channel.SMS,),
        if_late=IfLate.SKIP,
        any_hour=True,  # the patient has just written: to answer in a day helps nobody
        unconsented=kind.without_consent,
        priority=1,
    )
    for kind in Response
}


def _staff_text(key: str, *, any_hour: bool) -> Step:
    return Step(
        key=key,
        anchor=Anchor.ENROLLED,
        offset=Offset(),
        shift=Shift.LATER,
        channels=(Channel.SMS,),
        if_late=IfLate.SEND,
        any_hour=any_hour,
        own_words=True,
        missed_urgent=any_hour,
        priority=1,
    )


STAFF_TEXTS = {
    f"{STAFF_TEXT}{suffix}": _staff_text(f"{STAFF_TEXT}{suffix}", any_hour=bool(suffix))
    for suffix in ("", corrections.AT_ONCE)
}
STEPS = corrections.STEPS | RESPONSES | STAFF_TEXTS


def is_planned(step_key: str) -> bool:
    """Whether a step stands in a protocol's table, so that a change of plan moves or withdraws it."""
    return step_key not in STEPS


def is_response(step_key: str) -> bool:
    """Whether a step answers a reply: it waits for nothing, and no change of the enrollment makes it wrong."""
    return step_key in RESPONSES


def has_step(protocol: Protocol, key: str) -> bool:
    """Whether a protocol still has a step: a newer version may have dropped it while its message was on the way."""
    return key in STEPS or protocol.has_step(key)


def find_step(protocol: Protocol, key: str) -> Step:
    """A step of the protocol, or one that stands in none."""
    return STEPS[key] if key in STEPS else protocol.step(key)
