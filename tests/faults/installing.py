"""Real processes whose provider is a file: what stands in it has left, whatever the database says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from reminders.clock import SystemClock
from reminders.database import tables
from reminders.database.vault import Vault
from reminders.service import Service
from tests.end_to_end.running import House, zone_where_it_is_one_o_clock

BATCH = 40
SETTINGS = """\
[sites.main]
name = "Example Radiology"
phone = "+12125550100"
address = "1 Example Street"
time_zone = "{zone}"

[transports.sms]
kind = "outbox"
path = "outbox.jsonl"
timeout_seconds = 5

[worker]
senders = 3
lease_seconds = {lease}
poll_seconds = 0.1

[web]
accept_no_replies = true
"""


def install(folder: Path, url: str, *, lease: int = 30) -> House:
    Vault.create(folder / "reminders.key")
    zone = zone_where_it_is_one_o_clock(SystemClock().now())
    (folder / "reminders.toml").write_text(SETTINGS.format(zone=zone, lease=lease), encoding="utf-8")
    return House(folder=folder, url=url, secrets={})


def taken(house: House) -> list[str]:
    """The deliveries that left, by the provider's own ledger; a line that is being written is none yet."""
    file = house.folder / "outbox.jsonl"
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return [json.loads(line)["delivery_id"] for line in lines if line.endswith("\n")]


def plan_more(service: Service, enrollment: str) -> bool:
    """As many more first messages as a batch has, all due now, each a reminder of its own; False where it failed."""
    r = tables.reminders
    try:
        with service.engine.begin() as connection:
            rounds = connection.execute(select(r).where(r.c.enrollment == enrollment, r.c.key == "welcome")).mappings()
            newest = dict(max(rounds, key=lambda each: each["round"]))
            now = service.clock.now()
            fresh = {"state": "planned", "due_at": now, "send_at": now, "fence": 0, "attempts": 0, "reason": None}
            row = newest | fresh | {"worker": None, "lease_until": None}
            del row["id"]
            connection.execute(insert(r), [row | {"round": newest["round"] + n} for n in range(1, BATCH + 1)])
    except DBAPIError:  # our own connection died with the server
        return False
    return True


def all_settled(service: Service) -> bool:
    """Whether nothing that was due waits, or is on its way."""
    r = tables.reminders.c
    try:
        with service.engine.connect() as connection:
            query = select(r.id).where(r.key == "welcome", r.state.in_(("planned", "sending")))
            return connection.execute(query).first() is None
    except DBAPIError:
        return False


@contextmanager
def worker(house: House) -> Iterator[None]:
    """One process from beginning to end; told to stop it stops in good order."""
    process = house.start_worker()
    yield
    assert process.poll() is None
    process.terminate()
    assert process.wait(timeout=60) == 0
