"""The picture in words, for those who hear it: what `title` and `desc` of the SVG say."""

from collections.abc import Iterator

from reminders.picture.axis import day_label
from reminders.picture.looks import STYLES
from reminders.picture.model import Entry, Look, Picture


def describe(picture: Picture) -> str:
    """The head, the landmarks and every reminder with its time, way and state; not the words of the messages."""
    counts = ", ".join(f"{count} {STYLES[look].word.lower()}" for look, count in picture.counts.items())
    summary = f"Reminders: {counts}." if counts else "No reminders."
    entries = [*(entry for _, entry in picture.timed), *picture.not_going]
    return " ".join([*picture.head, summary, *_landmarks(picture), *map(_entry, entries)])


def _landmarks(picture: Picture) -> Iterator[str]:
    for mark in picture.landmarks:
        day = day_label(mark.at.date(), year=True)
        yield f"{_joined(mark.name.capitalize(), day, mark.clock, mark.detail)}."


def _entry(entry: Entry) -> str:
    when = "" if entry.day is None else day_label(entry.day, year=True)
    parts = (when, entry.clock, entry.key, f"by {entry.by}", _state(entry), entry.reason)
    return f"{_joined(*parts).rstrip('.')}."


def _state(entry: Entry) -> str:
    word = STYLES[entry.look].word.lower()
    if not entry.waits_for:
        return word
    return f"{word} for {entry.waits_for}" if entry.look is Look.WAITING else f"{word}, waits for {entry.waits_for}"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
