"""The corrections: what a patient is told when a change makes something already said wrong.

They are steps of no protocol, for every protocol needs them; their texts stand in `[corrections.<kind>]` of the
messages files. A correction never says to stop or to start a medicine.
"""

from enum import StrEnum

from schedules.protocol import Anchor, Calendar, Channel, IfLate, Offset, Shift, Step

PREFIX = "correction"


class Correction(StrEnum):
    """What a correction is about; of several kinds in one change, the first in this order is said."""

    CANCELLED = "cancelled"
    MOVED = "moved"
    PLAN = "plan"
    REST = "rest"
    VISIT = "visit"
    ARRIVAL = "arrival"

    @property
    def step_key(self) -> str:
        return f"{PREFIX}-{self}"


CALENDARS = {  # what of the patient's calendar a correction brings up to date
    Correction.CANCELLED: Calendar.PROCEDURE,
    Correction.MOVED: Calendar.PROCEDURE,
    Correction.VISIT: Calendar.VISIT,
}


def _step(kind: Correction, *, any_hour: bool) -> Step:
    return Step(
        key=kind.step_key,
        calendar=CALENDARS.get(kind),
        anchor=Anchor.ENROLLED,
        offset=Offset(),
        shift=Shift.LATER,
        channels=(Channel.SMS, Channel.VOICE, Channel.EMAIL),
        if_late=IfLate.SEND,
        missed_urgent=True,
        any_hour=any_hour,
    )


AT_ONCE = ":now"  # behind the key of a step that may leave outside the window
STEPS = {
    f"{kind.step_key}{suffix}": _step(kind, any_hour=bool(suffix)) for kind in Correction for suffix in ("", AT_ONCE)
}


def is_correction(step_key: str) -> bool:
    return step_key in STEPS


def correction_kind(step_key: str) -> Correction | None:
    """What the correction of this step is about; None for a step of a protocol."""
    return next((kind for kind in Correction if step_key in (kind.step_key, kind.step_key + AT_ONCE)), None)
