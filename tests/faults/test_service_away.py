"""Nobody runs the program for three days, patients at every stage: each step by its own policy, and no flood."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from reminders.changes.recording import complete
from reminders.clock import ManualClock
from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from reminders.enrollment import enroll
from reminders.service import Service
from reminders.transports.memory import Taken
from schedules.protocol import Channel
from schedules.timeline import GAP
from tests.builders import local
from tests.faults.accounts import duplicates, lost, told_nobody, wrong
from tests.faults.walking import hasty, walk
from tests.reminders.builders import Transports, a_request, a_service, texts_only, the_reminder

pytestmark = pytest.mark.slow

STOPS = local("2026-12-08 18:00")  # a Tuesday evening
RUNS_AGAIN = STOPS + timedelta(hours=72)
ENROLLED_AT = local("2026-11-16 12:00")
# How many days after the stop each patient's procedure is: from the recovery check to before the first step.
DAYS = (-18, -6, -4, -1, 0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 17)
"""Zero is the day of the stop itself."""


HOURS = timedelta(hours=6)  # between housekeepings; weeks need not be walked through by the minute


class Hospital:
    """Patients by the day of their procedure, and staff who record each end at two, unless nothing runs."""

    def __init__(self, service: Service, clock: ManualClock, transports: Transports) -> None:
        self.service, self.clock, self.transports = service, clock, transports
        self.patients: dict[int, str] = {}
        self._unrecorded: list[int] = []

    def enroll(self, days: int) -> str:
        day = f"{STOPS + timedelta(days=days):%Y-%m-%d}"
        hold = {"holds": ("warfarin=5",), "resumes": ("warfarin=1",)} if days % 2 else {}
        request = a_request(procedure=f"{day} 13:00", sedation="moderate", name=f"Pat Example{days}", **hold)
        self.patients[days] = enroll(self.service, request, by="coordinator").enrollment
        self._unrecorded = sorted([*self._unrecorded, days])
        return self.patients[days]

    def walk(self, until: datetime) -> None:
        """Work as usual until an instant; what was not recorded in time is recorded first."""
        while self._unrecorded and self._ended(self._unrecorded[0]) < until:
            days = self._unrecorded.pop(0)
            at = max(self.clock.now(), self._ended(days) + timedelta(minutes=20))
            walk(self.service, self.clock, self.transports, at, house=HOURS)
            day = f"{STOPS + timedelta(days=days):%Y-%m-%d}"
            complete(self.service, self.patients[days], ended_at=f"{day} 14:00", by="coordinator")
        walk(self.service, self.clock, self.transports, until, house=HOURS)

    def states(self, days: int, *keys: str) -> list[str]:
        return [the_reminder(self.service, self.patients[days], key).state.value for key in keys]

    @staticmethod
    def _ended(days: int) -> datetime:
        return STOPS + timedelta(days=days) - timedelta(hours=4)


def test_after_three_days_each_step_keeps_its_own_policy_and_no_patient_is_flooded(
    sqlite_url: str, vault: Vault
) -> None:
    engine = hasty(open_engine(sqlite_url))
    clock = ManualClock(ENROLLED_AT)
    service, transports = a_service(engine, vault, clock), texts_only(clock)
    hospital = Hospital(service, clock, transports)
    for days in DAYS:
        hospital.enroll(days)
    hospital.walk(STOPS)
    before = transports[Channel.SMS].ledger
    fresh = hospital.enroll(20)  # nobody is there to welcome the patient

    clock.move_to(RUNS_AGAIN)
    walk(service, clock, transports, RUNS_AGAIN + timedelta(minutes=30))
    hospital.walk(RUNS_AGAIN + timedelta(days=4))
    engine.dispose()

    ledger = transports[Channel.SMS].ledger
    after = ledger[len(before) :]
    assert hospital.states(2, "arrival-call", "day-of", "after-care") == ["missed", "skipped", "missed"]
    assert hospital.states(5, "ride", "arrival-call") == ["sent", "sent"]
    assert hospital.states(7, "stop:warfarin") == ["missed"]  # the day after the stop was its only day
    assert hospital.states(9, "stop:warfarin") == ["sent"]  # its day had two hours left
    assert next(one.at for one in after if one.message.enrollment == fresh) == RUNS_AGAIN
    assert_right(service, ledger)
    assert_no_flood(after)


def assert_right(service: Service, ledger: tuple[Taken, ...]) -> None:
    taken = [one.message.delivery_id for one in ledger]
    assert (duplicates(service, taken), lost(service, taken)) == ([], [])
    assert (wrong(service, ledger), told_nobody(service)) == ([], [])


def assert_no_flood(after: Iterable[Taken]) -> None:
    """No reader gets two of a kind; and while what is late leaves, none less than ten minutes after another."""
    kinds = Counter((one.message.enrollment, one.message.key) for one in after)
    assert [kind for kind, times in kinds.items() if times > 1] == []
    late = [one for one in after if one.at < RUNS_AGAIN + timedelta(hours=18)]
    for reader in {one.message.enrollment for one in late}:
        left = sorted((one.at, one.message.key) for one in late if one.message.enrollment == reader)
        assert [(one, other) for one, other in pairwise(left) if other[0] - one[0] < GAP] == []
