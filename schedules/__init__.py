"""The plan: pure rules from a protocol and one patient's facts to a timeline.

No clock, no file, no database, no network, no log: everything comes in as an argument.
"""

from schedules.errors import LocalTimeError, ProtocolError, ScheduleError
from schedules.loading import load_protocol
from schedules.procedure import Hold, Place, Procedure
from schedules.protocol import Channel, Protocol
from schedules.timeline import PlannedReminder, Status, Timeline, build_timeline
from schedules.workdays import Workdays

__all__ = [
    "Channel",
    "Hold",
    "LocalTimeError",
    "Place",
    "PlannedReminder",
    "Procedure",
    "Protocol",
    "ProtocolError",
    "ScheduleError",
    "Status",
    "Timeline",
    "Workdays",
    "build_timeline",
    "load_protocol",
]
