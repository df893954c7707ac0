"""The watchman of one process: may it send, is all well, and who outside is told so.

The rule: it stops rather than goes on wrong. Until the epoch was looked at no claim is made, and a clock that is wrong
keeps this process alone from sending; what is wrong in the store stops every process.
"""

import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from reminders import identifiers
from reminders.database import epochs, operating, worklog
from reminders.database.engine import reading
from reminders.errors import ConfigurationError
from reminders.health.pinging import Pinger
from reminders.health.pulse import DISPATCH, Pulse
from reminders.health.restoring import Keeper
from reminders.health.selfchecks import HOUSEKEEPING, Looked, act_on, look_over
from reminders.logs import get_logger
from reminders.pausing import EVERYTHING
from reminders.records import Task
from reminders.service import Service
from reminders.worklist import URGENT_ROOM

LOOK_SECONDS = 60
WIDEST_CLOCK_GAP = timedelta(seconds=30)
SLOWEST_BEAT = timedelta(minutes=2)  # of a worker's heartbeat in the store
CLOCK, EPOCH, RESTORED, SELF_CHECK, STOPPED = "clock", "epoch", "restored", "self-check", "stopped"
"""The words in which a trouble is told; none of them tells more than it is."""

log = get_logger(__name__)


def troubles_of(connection: Connection) -> tuple[str, ...]:
    """What stops every process, as the store has it: a restored backup, a self-check's pause."""
    stored = epochs.current(connection)
    row = operating.pauses(connection).get(EVERYTHING)
    stopped = row is not None and row["paused_by"] == operating.SYSTEM
    behind = stored is not None and stored.lost is not None
    return (*((RESTORED,) if behind else ()), *((STOPPED,) if stopped else ()))


class Watchman:
    """Asked before each claim; `look` and `ping` come each minute, by the metronome.

    `epoch_file` None: nothing is kept outside the store, as in a rehearsal.
    """

    def __init__(self, service: Service, epoch_file: Path | None = None) -> None:
        worker = service.settings.worker
        self._service = service
        self._keeper = Keeper(service, epoch_file)
        self._pinger = Pinger(worker.ping_url) if worker.ping_url is not None else None
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self.suspects: frozenset[str] = frozenset()  # what the last look found, whether it counted or not
        self._looked = Looked()
        self._clock_wrong = False
        self._epoch_failing = False
        self.pulse = Pulse(service.clock, lease_seconds=worker.lease_seconds)

    def begin(self) -> None:
        """Before the first claim: look at the epoch. ConfigurationError where its file is no good."""
        try:
            self._keeper.beat()
        except ConfigurationError:
            raise
        except Exception as error:  # the database: nothing is claimed until it has answered
            self._epoch_failing = True
            log.error("epoch_not_kept", error)

    def allows(self, connection: Connection) -> bool:
        """Whether this process may claim, as far as this transaction sees it."""
        return not self._clock_wrong and self._keeper.allows(connection)

    def look(self) -> None:
        """Each minute: keep the epoch, compare the clocks, look the store over."""
        self._keep_epoch()
        self._compare_clocks()
        self.look_over()

    def look_over(self, *, settled: bool = False) -> None:
        """The self-checks. What somebody may be about to mend counts where it was there a look ago.

        `settled`: housekeeping has just done its part.
        """
        looked = look_over(self._service)
        done = {None, HOUSEKEEPING} if settled else {None}
        counted = [each for each in looked.findings if each.mended_by in done or each.seen in self.suspects]
        self.suspects = frozenset(each.seen for each in looked.findings)
        self._looked = Looked(findings=tuple(counted), broken=looked.broken)
        try:
            act_on(self._service, counted)
        except Exception as error:
            log.error("self_check_not_told", error, found=len(counted))

    def ping(self) -> None:
        """Say outside that all is well; nothing is said when it is not."""
        if self._pinger is not None and not self._all_troubles():
            self._pinger.ping()

    def troubles(self) -> tuple[str, ...]:
        """What is wrong with this process itself, or with what it found."""
        found = list(self.pulse.stopped())
        found += [CLOCK] if self._clock_wrong else []
        found += [EPOCH] if self._epoch_failing else []
        found += [RESTORED] if self._keeper.behind is not None else []
        return (*found, *(() if self._looked.clean else (SELF_CHECK,)))

    def _all_troubles(self) -> tuple[str, ...]:
        if found := self.troubles():
            return found
        try:
            with reading(self._service.engine) as connection:
                return troubles_of(connection)
        except Exception as error:
            return (type(error).__name__,)

    def count(self, counts: Counter[str], told: Counter[str]) -> Counter[str]:
        """Dispatch moves: what it has done since it told last is added up; returns what is told now."""
        self.pulse.beat(DISPATCH)
        with self._lock:
            self._counts.update(counts - told)
        return Counter(counts)

    def counted(self) -> dict[str, int]:
        """What became of reminders in this process, since it began."""
        with self._lock:
            return dict(self._counts)

    def _keep_epoch(self) -> None:
        try:
            self._keeper.beat()
        except Exception as error:
            if not self._epoch_failing:
                log.error("epoch_not_kept", error)
            self._epoch_failing = True
        else:
            self._epoch_failing = False

    def _compare_clocks(self) -> None:
        """PostgreSQL's clock beside the one we send by: a wrong one is our matter alone, and the others go on."""
        if self._service.engine.dialect.name == "sqlite":
            return
        try:
            gap = self._clock_gap()
        except Exception as error:
            log.error("self_check_broken", error, check=CLOCK)
            return
        if gap > WIDEST_CLOCK_GAP and not self._clock_wrong:
            log.error("clock_wrong", seconds=round(gap.total_seconds()))
        self._clock_wrong = gap > WIDEST_CLOCK_GAP
        if self._clock_wrong:
            self._tell_of_clock(gap)

    def _clock_gap(self) -> timedelta:
        """How far apart they surely are, however long the question took."""
        before = self._service.clock.now()
        with reading(self._service.engine) as connection:
            theirs = operating.database_time(connection)
        after = self._service.clock.now()
        return max(before - theirs, theirs - after, timedelta(0))

    def _tell_of_clock(self, gap: timedelta) -> None:
        try:
            with self._service.engine.begin() as connection:
                now = operating.database_time(connection)
                tasks = [_clock_task(site, gap, now) for site in self._service.settings.sites]
                worklog.open_tasks(connection, tasks, now)
        except Exception as error:
            log.error("self_check_not_told", error, found=1)


def _clock_task(site: str, gap: timedelta, now: datetime) -> Task:
    machine = identifiers.machine()
    return Task(
        kind="self-check",
        cause=f"self-check:clock:{site}:{machine}:{now:%Y-%m-%dT%H}",
        reason=f"The clock of {machine} is {gap.total_seconds():.0f} s from the database's: its worker sends nothing "
        "until the two agree.",
        due_at=now + URGENT_ROOM,
        urgent=True,
        enrollment=None,
        site=site,
    )
