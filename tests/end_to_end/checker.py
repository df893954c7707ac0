"""What must hold in every story, looked up in the database itself and in what providers took.

It shares no code with the planner: it believes only what staff were seen to say, the protocol's file, the words of
the messages, and the rows that stand in the tables.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from reminders.transports.memory import MemoryTransport, Taken
from schedules.protocol import Channel
from tests.end_to_end.naive import (
    SITE_ZONE,
    STEPS,
    Plan,
    is_open,
    next_open,
    printed_day,
    printed_time,
    site_day,
)

REST, REST_TOO = {"rest_until", "end_date"}, "The end of the rest has changed too"
MOVES = {  # the table of the life of a reminder; a call that is kept back goes through its plan again
    "planned": {"sending", "held", "missed", "skipped", "withdrawn"},
    "held": {"planned", "missed", "withdrawn", "skipped"},
    "sending": {"sent", "planned", "failed", "unknown"},
    "unknown": {"sent", "planned", "failed"},
    "sent": {"delivered", "planned", "failed"},
}
DELIVERY_MOVES = {
    "intended": {"accepted", "not_sent", "refused", "unknown"},
    "accepted": {"delivered", "undelivered"},
    "unknown": {"accepted", "absent", "abandoned"},
}
ABOUT_THE_DAY = {"welcome", "prepare", "prepare-plan", "ride", "arrival-call", "fasting", "day-of"}
UNTOLD = {"deceased", "admitted"}
CLOCK = r"(\d{1,2}:\d\d [AP]M)"
DAY = r"((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2})"
NEAR = timedelta(hours=12)
Row = Mapping[str, Any]


class Checker:
    """Remembers what each patient believes; every method raises AssertionError at the first thing that is wrong."""

    def __init__(self, database: Path, plans: dict[str, Plan]) -> None:
        self._rows = sqlite3.connect(database, check_same_thread=False)
        self._rows.row_factory = sqlite3.Row
        self._plans = plans
        self._taken = dict.fromkeys(Channel, 0)
        self._times_taken: dict[int, int] = {}
        self._moves_seen = 0
        self.believed: dict[str, dict[str, Any]] = {}
        self._doubted: dict[str, set[str]] = {}
        self._starts: dict[str, list[datetime]] = {}  # under every plan so far: one that may be told
        self._again: dict[str, bool] = {}  # whether the order of a drug has changed whose stop was told
        self._near: dict[str, bool] = {}  # whether the last change was near enough to correct it at once
        self._tell_at_all: dict[str, bool] = {}
        self.messages = 0

    def close(self) -> None:
        self._rows.close()

    def _all(self, question: str, *values: Any) -> list[Row]:
        return list(self._rows.execute(question, values))

    # What patients got

    def take(self, transports: Mapping[Channel, MemoryTransport], now: datetime) -> None:
        """Look at every message providers have taken since the last time; they left at `now`."""
        for channel, transport in transports.items():
            fresh = transport.ledger[self._taken[channel] :]
            self._taken[channel] += len(fresh)
            for taken in fresh:
                self._message(taken, now)

    def _message(self, taken: Taken, now: datetime) -> None:
        message, plan = taken.message, self._plans[taken.message.enrollment]
        where = f"{message.key} by {message.channel} at {now:%Y-%m-%d %H:%M} UTC: {message.text!r}"
        self.messages += 1
        (row,) = self._all(
            "SELECT r.id, r.key, r.round FROM deliveries d JOIN reminders r ON r.id = d.reminder WHERE d.id = ?",
            message.delivery_id,
        )
        self._times_taken[row["id"]] = self._times_taken.get(row["id"], 0) + 1
        assert self._times_taken[row["id"]] == 1, f"a second time: {where}"
        if message.key == "correction":
            zone = plan.zone
            assert is_open(now, zone) or self._near[message.enrollment], f"a correction at night: {where}"
        else:
            self._check_time(plan, message.key, now, where)
        self._hear(message, plan, where)

    def _check_time(self, plan: Plan, key: str, now: datetime, where: str) -> None:
        base, _, drug = key.partition("@")[0].partition(":")
        step = STEPS[base]
        assert plan.status in ("active", "completed"), f"after the end: {where}"
        assert is_open(now, plan.step_zone(step)), f"outside the window: {where}"
        assert (base, drug or None) in [(s["key"], d) for _, s, d in plan.instances()], f"not in the plan: {where}"
        before, after = (plan.bound(step, name, drug or None) for name in ("not_before", "not_after"))
        assert before is None or now >= before, f"too early: {where}"
        assert after is None or now < after, f"too late: {where}"
        if "completed" in step.get("waits_for", ()):
            assert plan.ended is not None, f"before the end was recorded: {where}"
        if base.startswith("resume"):
            earliest = plan.anchor("end") + timedelta(hours=24)
            assert now >= earliest, f"within 24 hours: {where}"

    def _hear(self, message: Any, plan: Plan, where: str) -> None:
        """Hold every value the words state against the plan in force; the patient believes it from now on."""
        id_, words = message.enrollment, f"{message.subject or ''} {message.text}"
        base, _, drug = message.key.partition("@")[0].partition(":")
        truth, believed = plan.facts(), self.believed.setdefault(id_, {})
        said = _said(base, drug, words)
        if base == "correction":
            _take_back(believed, words)
        for fact, printed in said.items():
            assert truth.get(fact) is not None, f"states {fact}, which is not known: {where}"
            assert printed == _printed(fact, truth[fact]), f"states a wrong {fact} ({truth[fact]}): {where}"
            if plan.status != "cancelled":
                believed[fact] = truth[fact]
        if base == "arrival-call":
            believed["call_by"] = True
        if base in ("stop", "resume"):
            assert drug not in self._doubted.get(id_, set()), f"while its order is in doubt: {where}"
        self._hear_entry(message, plan, believed, where)

    def _hear_entry(self, message: Any, plan: Plan, believed: dict[str, Any], where: str) -> None:
        for attached in message.attachments:
            content = attached.content.decode()
            shown = re.search(r"BEGIN:VEVENT.*?DTSTART[^:]*:(\w+)", content, re.DOTALL)
            if "METHOD:PUBLISH" not in content or shown is None:
                continue
            visit = "follow-up" in content.replace("\r\n ", "")
            starts = plan.visit if visit else plan.start
            assert starts is not None, where
            local = starts.astimezone(SITE_ZONE)
            clockless = not visit and not plan.hour_known
            assert shown[1] == (f"{local:%Y%m%d}" if clockless else f"{local:%Y%m%dT%H%M%S}"), f"calendar: {where}"
            if not clockless:
                believed["visit_time" if visit else "start_time"] = starts

    # What a change did

    def remember(self, id_: str, confirmed: tuple[str, ...]) -> dict[str, Any]:
        """What to know of the old plan once it is replaced; an order puts its drugs beyond doubt."""
        self._doubted.setdefault(id_, set()).difference_update(confirmed)
        plan = self._plans[id_]
        self._starts.setdefault(id_, []).append(plan.start)
        return {"plan": deepcopy(plan), "wrong": self._wrong(id_), "order": bool(confirmed)}

    def _was_announced(self, id_: str, old: Plan, plan: Plan) -> bool:
        """Whether an order has changed whose stop was told: also one that another drug's correction has taken back."""
        drugs = {drug for drug in {*old.holds, *plan.holds} if old.holds.get(drug) != plan.holds.get(drug)}
        told = "SELECT 1 FROM reminders WHERE enrollment = ? AND key = ? AND state IN ('sent', 'delivered')"
        return any(self._all(told, id_, f"stop:{drug}") for drug in drugs)

    def changed(self, id_: str, before: Mapping[str, Any], answer: Any, now: datetime) -> None:
        """A change was taken: what it made wrong is corrected once, and a drug's plan is a person's urgent matter."""
        plan, old = self._plans[id_], before["plan"]
        wrong = self._wrong(id_)
        fresh = wrong - before["wrong"]
        drugs = {fact.partition(":")[2] for fact in fresh if ":" in fact}
        if plan.status == "cancelled" and old.status == "active":
            drugs |= {fact.partition(":")[2] for fact in self.believed.get(id_, {}) if fact.startswith("stop:")}
        if plan.status == "cancelled" and plan.reason == "deceased":
            drugs = set()  # nobody is to be called about a medicine
        for drug in drugs:
            question = "SELECT reason FROM tasks WHERE enrollment = ? AND urgent AND opened_at = ?"
            found = self._all(question, id_, _us(now))
            assert any(drug in task["reason"] for task in found), f"{drug} was announced, and nobody is to call"
            if not before["order"]:
                self._doubted[id_].add(drug)
        if answer.corrections:
            unclear = self._all("SELECT 1 FROM deliveries WHERE enrollment = ? AND state = 'unknown'", id_)
            expected = [*self._expected(id_), *(self._starts[id_] if unclear else ())]
            self._near[id_] = self._may_leave_at_once(plan, old, expected, now)
            told = bool(self.believed.get(id_))
            cancelled = plan.status == "cancelled" and told
            arrival = plan.arrival is not None and plan.arrival != old.arrival
            call = "call_by" in self.believed.get(id_, {})
            self._again[id_] = again = self._again.get(id_, False) or self._was_announced(id_, old, plan)
            assert wrong or cancelled or arrival or unclear or call or again, "a correction, and nothing told was wrong"
        self._tell_at_all[id_] = plan.start > now and plan.reason not in UNTOLD

    def _expected(self, id_: str) -> list[datetime]:
        """When the patient believes that it starts: an earlier change's correction may not have left yet."""
        believed = self.believed.get(id_, {})
        day, hour = believed.get("procedure_date"), believed.get("start_time")
        if hour is None and day is not None:
            hour = datetime.combine(day, time(7), SITE_ZONE).astimezone(UTC)
        return [] if hour is None else [hour]

    def _may_leave_at_once(self, plan: Plan, old: Plan, expected: list[datetime], now: datetime) -> bool:
        """Twelve hours around a start or the first day of a hold; or where the window comes too late for it."""
        moments = [*expected]
        for each in (plan, old):
            moments.append(each.start)
            for days, _ in each.holds.values():
                day = site_day(each.start) - timedelta(days=days)
                moments += [datetime(day.year, day.month, day.day, tzinfo=SITE_ZONE)] if days else []
        limits = (plan.start, old.start, plan.visit, plan.facts()["rest_until"], *expected)
        ends = [m for m in limits if m is not None and m > now]
        opens = next_open(now, plan.zone)
        return any(abs(m - now) <= NEAR for m in moments) or any(end <= opens for end in ends)

    def _wrong(self, id_: str) -> set[str]:
        """The facts of which the newest the patient was told does not hold."""
        truth = self._plans[id_].facts()
        believed = self.believed.get(id_, {})
        return {fact for fact, value in believed.items() if fact != "call_by" and truth.get(fact) != value}

    # What stands in the store

    def look(self, now: datetime, *, ticked: bool = False) -> None:
        """Everything that must hold at any time; with `ticked`, also what holds once a worker has looked."""
        self._check_moves()
        doubts = [task["reason"] for task in self._all("SELECT reason FROM tasks WHERE kind = 'self-check'")]
        assert not doubts, f"the program takes something for its own fault: {doubts}"
        for id_, plan in self._plans.items():
            rows = self._all("SELECT * FROM reminders WHERE enrollment = ? ORDER BY key, round", id_)
            tasks = self._all("SELECT * FROM tasks WHERE enrollment = ?", id_)
            self._check_kept(plan, rows)
            self._check_told(id_, plan, rows, tasks, now)
            for row in rows:
                _check_row(row, tasks, now, ticked)
            assert not [task["reason"] for task in tasks if task["kind"] == "text"], "a text could not be made"
            if ticked and plan.status == "active" and now >= plan.anchor("end") + timedelta(hours=2):
                asked = [task for task in tasks if task["kind"] == "completion" and task["state"] == "open"]
                assert asked, "nobody is asked how it went"
                assert asked[0]["urgent"] or now < plan.anchor("end") + timedelta(hours=4), "not pressed"

    def _check_moves(self) -> None:
        for row in self._all("SELECT * FROM story_moves WHERE id > ?", self._moves_seen):
            table = MOVES if row["kind"] == "reminder" else DELIVERY_MOVES
            assert row["new"] in table.get(row["old"], set()), f"{row['kind']}: {row['old']} -> {row['new']}"
            self._moves_seen = row["id"]

    def _check_kept(self, plan: Plan, rows: list[Row]) -> None:
        """Every reminder the plan asks for is there, and was not taken out of it."""
        latest = {row["key"]: row for row in rows}
        corrections = [row for row in rows if row["key"] == "correction" and row["state"] in ("planned", "held")]
        assert len(corrections) <= 1, "two corrections on their way"
        if plan.status != "active":
            return
        for key, _, _ in plan.instances():
            assert key in latest, f"{key} was never planned"
            assert latest[key]["state"] != "withdrawn", f"{key} is lost: {latest[key]['reason']}"

    def _check_told(self, id_: str, plan: Plan, rows: list[Row], tasks: list[Row], now: datetime) -> None:
        """What patients believe holds, or a correction is on its way, or a task says that none could be."""
        cancelled = plan.status == "cancelled" and self.believed.get(id_) and self._tell_at_all[id_]
        wrong = self._wrong(id_) if plan.status in ("active", "completed") else set()
        if wrong and wrong <= REST and any(REST_TOO in task["reason"] for task in tasks):
            wrong = set()  # the one correction spoke of medicines, and the person who calls says this too
        if not (wrong or cancelled):
            return
        corrections = [row for row in rows if row["key"] == "correction"]
        assert corrections, f"nobody told the patient that {wrong or 'it is cancelled'}"
        last = corrections[-1]
        if last["state"] in ("missed", "failed", "unknown") and not _is_asked_about(last, now):
            assert any("correction" in task["reason"] for task in tasks), "a correction failed, and nobody knows"
        else:
            assert last["state"] in ("planned", "sending", "unknown"), (
                f"{wrong or 'cancelled'} still believed: {last['state']}"
            )


def _is_asked_about(row: Row, now: datetime) -> bool:
    """Whether its outcome is not known, and people need not hear of it yet: the provider is asked first."""
    return bool(row["state"] == "unknown" and row["changed_at"] > _us(now - timedelta(minutes=15)))


def _check_row(row: Row, tasks: list[Row], now: datetime, ticked: bool) -> None:
    """One reminder is never lost: it has left, or a reason says why not, and where it matters a task does."""
    name = f"{row['key']} round {row['round']} ({row['state']})"
    state, reason, passed = row["state"], row["reason"], row["send_at"] is not None and row["send_at"] <= _us(now)
    if state in ("held", "missed", "skipped", "withdrawn", "failed", "unknown"):
        assert reason, f"{name} has no reason"
    if state == "held":
        assert json.loads(row["waits_for"]), f"{name} waits for nothing"
    if (state in ("failed", "unknown") and not _is_asked_about(row, now)) or (
        state == "missed" and row["copy_of"] is None
    ):
        assert any(row["key"] in task["reason"] for task in tasks), f"{name} has no task"
    if not ticked:
        return
    assert state != "sending", f"{name} was never settled"
    if state in ("planned", "held"):
        assert row["not_after"] is None or row["not_after"] > _us(now), f"{name} has become wrong and still stands"
    if state == "planned":
        assert (row["due_at"] or 0) > _us(now), f"{name} is due and stays"
        assert not passed or reason, f"{name} is late without a reason"


def _said(base: str, drug: str, words: str) -> dict[str, str]:
    """The facts a message states, as its words print them."""
    patterns = {
        "procedure_date": rf"(?:visit|vertebroplasty|you|driver|{CLOCK})(?: is| is now| is planned)? (?:on|for) {DAY}",
        "start_time": rf"start at {CLOCK}",
        "arrival": rf"arrive at {CLOCK}",
        "rest_until": rf"Rest until {CLOCK}",
    }
    if "one-month visit" in words or base.startswith("visit"):
        patterns = {"visit_date": rf"(?:on|around) {DAY}", "visit_time": rf"{DAY} at {CLOCK}"}
    if base in ("stop", "resume"):
        word = "last day with .*? is|a step on" if base == "stop" else "again from|a step on"
        patterns = {f"{base}:{drug}": rf"(?:{word}) {DAY}"}
    found = {fact: match.groups()[-1] for fact, pattern in patterns.items() if (match := re.search(pattern, words))}
    if base in ABOUT_THE_DAY:
        assert "procedure_date" in found, f"no date in {words!r}"
    if base in ("stop", "resume"):
        assert found, f"no date in {words!r}"
    return found


def _printed(fact: str, value: Any) -> str:
    """A fact as texts print it; of a hold they name the last day with the drug."""
    if isinstance(value, datetime):
        return printed_time(value)
    return printed_day(value - timedelta(days=1) if fact.startswith("stop:") else value)


def _take_back(believed: dict[str, Any], words: str) -> None:
    """What a correction's words say no longer counts."""
    if "will not take place" in words:
        believed.clear()
    if "Earlier dates and times" in words or "dates and times we gave you before" in words:
        for fact in ("procedure_date", "start_time", "arrival", "call_by"):
            believed.pop(fact, None)
    if "do not start or stop any medicine" in words:
        for fact in [fact for fact in believed if ":" in fact]:
            del believed[fact]


def _us(instant: datetime) -> int:
    """An instant as SQLite keeps it."""
    return (instant.replace(microsecond=0) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
