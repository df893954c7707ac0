"""What can be wrong with a plan's input.

ScheduleError
├── ProtocolError       the clinician's file says something that cannot be right; names file and key
└── LocalTimeError      a wall-clock time that does not exist, or exists twice, in its zone
"""


class ScheduleError(Exception):
    """Base of every error of this package; `str()` is one line without patient data."""


class ProtocolError(ScheduleError):
    """A protocol or message file is wrong; `where` is the path to the bad key."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class LocalTimeError(ScheduleError):
    """A local time that names no instant, or two."""
