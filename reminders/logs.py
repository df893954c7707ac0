"""Log lines: one JSON object each, with identifiers only; what could name or reach a patient never enters one.

Modules log through `get_logger`, which costs nothing to import; structlog, which takes 0.2 s, comes with
`configure_logging`. Until that is called, the standard library prints warnings and errors without their fields.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import date
from pathlib import PurePath
from traceback import walk_tb
from types import TracebackType
from typing import Any, TextIO

from reminders.errors import ReminderError

HIDDEN = "[hidden]"
PRIVATE_WORDS = frozenset(
    {"name", "names", "phone", "phones", "email", "emails", "address", "recipient", "recipients", "mrn", "birth"}
    | {"body", "text", "subject", "html", "password", "token", "secret"}
)
PRIVATE_KEYS = frozenset({"to", "from", "note"})
_REACHABLE = re.compile(r"\+?\d[\d ().-]{6,}\d|[^\s@,;:<>()'\"]+@[^\s@,;:<>()'\"]+")
_OURS = ("reminders", "schedules")
# At INFO the Twilio client writes the query of every request, and so the number that was looked up.
# APScheduler tells of every tick at INFO: four lines a second, and nothing in them.
_QUIET = ("twilio.http_client", "apscheduler", "uvicorn")

Field = str | int | float | bool | None


class EventLog:
    """Writes events of one module: a constant sentence, and fields that are identifiers or counts."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **fields: Field) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: Field) -> None:
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, error: BaseException | None = None, **fields: Field) -> None:
        """With `error`, its kind and where it arose are told, but not its text, which may quote a row."""
        self._write(logging.ERROR, event, fields, error)

    def _write(self, level: int, event: str, fields: Mapping[str, Field], error: BaseException | None = None) -> None:
        # The event goes in as an argument: a percent sign in it is not a place to fill.
        self._logger.log(level, "%s", event, extra={"fields": dict(fields)}, exc_info=error)


def get_logger(name: str) -> EventLog:
    """The log of a module; `name` is its `__name__`."""
    return EventLog(name)


def configure_logging(level: int | str = logging.INFO, stream: TextIO | None = None) -> None:
    """Send every log line of this process, the libraries' own as well, to `stream` (default: standard error)."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(handler)
    root.addHandler(_Handler(stream or sys.stderr))
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Handler(logging.StreamHandler[TextIO]):
    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.setFormatter(_formatter())

    def handleError(self, record: logging.LogRecord) -> None:
        """The standard way prints the arguments of the line that failed; they may be anything."""
        self.stream.write(f'{{"event": "a log line could not be written", "logger": "{record.name}"}}\n')


def _formatter() -> logging.Formatter:
    from structlog import processors, stdlib

    return stdlib.ProcessorFormatter(
        processors=[
            _take_fields,
            stdlib.add_logger_name,
            stdlib.add_log_level,
            processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _tell_error,
            hide_private,
            stdlib.ProcessorFormatter.remove_processors_meta,
            processors.JSONRenderer(),
        ]
    )


EventDict = MutableMapping[str, Any]


def _take_fields(_logger: Any, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event.update(getattr(record, "fields", {}))
    if not record.name.startswith(_OURS):
        event["event"] = _REACHABLE.sub(HIDDEN, event["event"])
    return event


def _tell_error(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The kind of an exception and the way it came; only our own errors promise a text without patient data."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["error"] = type(error).__qualname__
        event["trace"] = _places(error.__traceback__)
    if isinstance(error, ReminderError):
        event["reason"] = str(error)
    return event


def _places(traceback: TracebackType | None) -> list[str]:
    return [f"{frame.f_globals.get('__name__')}:{line} {frame.f_code.co_name}" for frame, line in walk_tb(traceback)]


def hide_private(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Mask what stands under a private key, and whatever is no plain value: its repr could hold anything."""
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = HIDDEN if _is_private(key) else _plain(value)
    return event


def _is_private(key: str) -> bool:
    return key in PRIVATE_KEYS or not PRIVATE_WORDS.isdisjoint(key.lower().split("_"))


def _plain(value: Any) -> Any:
    match value:
        case None | str() | int() | float():
            return value
        case date() | PurePath():
            return str(value)
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case Mapping():
            return {str(key): HIDDEN if _is_private(str(key)) else _plain(item) for key, item in value.items()}
        case _:
            return f"<{type(value).__qualname__}>"
