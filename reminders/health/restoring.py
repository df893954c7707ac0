"""A store that has fallen behind what was kept outside it is an old backup: it sends nothing until a person decides.

The rule: a claim is made only while the epoch is being kept outside, and while the store has not fallen behind it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from reminders import identifiers, worklist
from reminders.database import epochs, worklog
from reminders.database.engine import reading
from reminders.database.epochs import Stored
from reminders.epoch_file import Epoch, read_epoch, write_epoch
from reminders.logs import get_logger
from reminders.records import Task
from reminders.service import Service

KEPT_SECONDS = 150.0  # a process that could not keep the epoch for so long sends nothing until it can
ROOM = timedelta(minutes=3)  # so the lost store may have sent what fell due until then, and nothing later

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """A restored backup: since when its store is behind (None: nobody knows), and until when the lost one worked."""

    since: datetime | None
    until: datetime

    def __str__(self) -> str:
        since = f"{self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else "an unknown instant"
        return (
            f"an old backup was restored: what was done between {since} and {self.until:%Y-%m-%d %H:%M:%S} UTC is "
            "lost, and nothing is sent; enter anew what you know of, then `reminders db reconcile`"
        )


def lost_of(stored: Stored | None, remembered: Epoch | None) -> Epoch | None:
    """How far a lost store had come, where this one is a backup of it (pure); a higher number here is normal."""
    noted = stored.lost if stored is not None else None
    if remembered is None:
        return noted
    known = stored is not None and stored.epoch.store == remembered.store
    if known and stored is not None and stored.epoch.number >= remembered.number:
        return noted
    return noted if noted is not None and noted.at > remembered.at else remembered


def behind_of(stored: Stored | None, lost: Epoch) -> Behind:
    """In instants: from the backup's last beat to the last one that was kept outside."""
    known = stored is not None and stored.epoch.number > 0
    return Behind(since=stored.epoch.at if known and stored is not None else None, until=lost.at)


def look(service: Service, file: Path | None) -> tuple[Stored | None, Behind | None]:
    """The store's epoch, and whether it is a restored backup; `file` None: only what is noted in the store itself."""
    with reading(service.engine) as connection:
        stored = epochs.current(connection)
    lost = lost_of(stored, read_epoch(file) if file is not None else None)
    return stored, behind_of(stored, lost) if lost is not None else None


def is_behind(connection: Connection) -> bool:
    """Whether it is noted in the store that it is a restored backup."""
    stored = epochs.current(connection)
    return stored is not None and stored.lost is not None


class Keeper:
    """Keeps the epoch of a working process: it rises in the store, then in the file outside.

    `file` None: nothing is kept outside, as in a rehearsal.
    """

    def __init__(self, service: Service, file: Path | None) -> None:
        self._service = service
        self._file = file
        self._known: Epoch | None = None
        self._kept_at: float | None = None
        self.behind: Behind | None = None

    def beat(self) -> None:
        """Raise the epoch, or note that the store is a restored backup. ConfigurationError for a file of no use."""
        if self._file is None:
            return
        remembered = read_epoch(self._file)
        with self._service.engine.begin() as connection:
            risen = self._rise(connection, remembered)
        if risen is None:
            return
        write_epoch(self._file, risen)
        if remembered is None and risen.number > 1:  # whoever worked before kept it elsewhere, or it was removed
            log.warning("epoch_file_made", number=risen.number)
        self._known, self._kept_at, self.behind = risen, self._service.clock.monotonic(), None

    def allows(self, connection: Connection) -> bool:
        """Whether a claim may be made in this transaction: the store is not behind, and the epoch is being kept."""
        stored, known = epochs.current(connection), self._known
        if stored is not None and stored.lost is not None:
            return False
        if self._file is None:
            return True
        if known is None or self._kept_at is None or stored is None:
            return False
        kept = self._service.clock.monotonic() - self._kept_at <= KEPT_SECONDS
        return kept and lost_of(stored, known) is None

    def _rise(self, connection: Connection, remembered: Epoch | None) -> Epoch | None:
        now = self._service.clock.now()
        stored = epochs.current(connection, lock=True)
        if stored is None:
            stored = epochs.begin(connection, Epoch(store=identifiers.store_id(), number=0, at=now))
        lost = lost_of(stored, remembered)
        if lost is not None:
            self._stop(connection, stored, lost, now)
            return None
        risen = Epoch(store=stored.epoch.store, number=stored.epoch.number + 1, at=now)
        epochs.put(connection, risen)
        return risen

    def _stop(self, connection: Connection, stored: Stored, lost: Epoch, now: datetime) -> None:
        behind = behind_of(stored, lost)
        if self.behind != behind:
            log.error("restored_backup", number=stored.epoch.number, kept=lost.number, until=str(lost.at))
        self.behind = behind
        epochs.mark_lost(connection, lost)
        worklog.open_tasks(connection, [_task(site, behind, stored, now) for site in self._service.settings.sites], now)


def cause_of(site: str, stored: Stored) -> str:
    """Of a site's task: the same for every machine that notices, since the number stays until a person decides."""
    return f"restored:{site}:{stored.epoch.store}:{stored.epoch.number}"


def _task(site: str, behind: Behind, stored: Stored, now: datetime) -> Task:
    return Task(
        kind="restored",
        cause=cause_of(site, stored),
        reason=f"Nothing leaves: {behind}.",
        due_at=now + worklist.URGENT_ROOM,
        urgent=True,
        enrollment=None,
        site=site,
    )
