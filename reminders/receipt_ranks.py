"""How far a provider's words take a message, so that receipts may come in any order and any number (pure).

The rule: of two words the further one stays, whichever came first; that the patient has it outranks that it failed.
"""

from enum import StrEnum


class Progress(StrEnum):
    """What a provider's word says of the patient."""

    UNDERWAY = "underway"  # nothing yet
    FAILED = "failed"  # the patient does not have the message, or not the whole of it
    ARRIVED = "arrived"  # the patient has it


# `completed` alone says that a call was answered, by whom or what it does not say.
_ORDER = (
    (Progress.UNDERWAY, ("scheduled", "accepted", "queued", "initiated", "sending", "ringing", "sent")),
    (Progress.UNDERWAY, ("in-progress", "completed")),
    (Progress.FAILED, ("canceled", "no-answer", "busy", "failed", "undelivered", "partially_delivered")),
    (Progress.ARRIVED, ("delivered", "read")),
)
_RANKS = {word: rank for rank, word in enumerate((word for _, words in _ORDER for word in words), start=1)}
_PROGRESS = {word: progress for progress, words in _ORDER for word in words}


def merge(old: str | None, new: str) -> str:
    """The further of two words; unknown ones rank lowest. Commutative, associative and idempotent."""
    return new if old is None else max(old, new, key=_rank)


def _rank(word: str) -> tuple[int, str]:
    return _RANKS.get(word, 0), word  # the word itself tells two unknown ones apart, whichever came first


def progress_of(word: str) -> Progress:
    return _PROGRESS.get(word, Progress.UNDERWAY)
