"""What a preview shows is what enrolling stores: the same steps, times, bounds and reasons, however late it is."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from reminders.database.engine import open_engine
from reminders.database.vault import Vault
from reminders.enrollment import enroll
from reminders.previewing import preview
from reminders.service import Service
from schedules.timeline import PlannedReminder
from tests.builders import NEW_YORK
from tests.reminders.builders import ENROLLED, a_booking, a_clock, a_request, a_service, everything, some_settings

MINUTES = st.integers(10, 60 * 24 * 60) | st.integers(10, 60 * 24 * 3)
HOLDS = st.sampled_from([(), ("warfarin=5",), ("warfarin=0",), ("warfarin=5", "aspirin=7"), ("apixaban=2",)])
FEW, MANY = 75, 2000
patients = count(1)
SETTINGS = """
[sites.main]
name = "Example Radiology"
phone = "+12125550100"
address = "1 Example Street"
time_zone = "America/New_York"
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("preview") / "reminders.toml"
    file.write_text(SETTINGS + '[transports.sms]\nkind = "memory"\n', encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def house(sqlite_template: Path, config: Path) -> Iterator[Service]:
    """One installation for all examples: each patient is another one."""
    folder = Path(tempfile.mkdtemp(prefix="preview-"))
    shutil.copy(sqlite_template, folder / "reminders.db")
    engine = open_engine(f"sqlite:///{folder / 'reminders.db'}")
    engine.dispose()  # the connection it has checked the tables with waits for the disk
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
    yield a_service(engine, Vault.create(folder / "reminders.key"), a_clock())
    engine.dispose()
    shutil.rmtree(folder)


def test_the_settings_of_both_name_the_same_site(config: Path) -> None:
    assert some_settings().sites["main"].time_zone in config.read_text("utf-8")


@settings(derandomize=True, database=None, deadline=None, max_examples=FEW)
@given(data=st.data())
def test_preview_and_enrolling_agree_on_every_step(data: st.DataObject, config: Path, house: Service) -> None:
    agree(data, config, house)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(database=None, deadline=None, max_examples=MANY)
@given(data=st.data())
def test_preview_and_enrolling_agree_for_very_many(data: st.DataObject, config: Path, house: Service) -> None:
    agree(data, config, house)


def agree(data: st.DataObject, config: Path, house: Service) -> None:
    start = (ENROLLED + timedelta(minutes=data.draw(MINUTES))).astimezone(NEW_YORK)
    holds = data.draw(HOLDS)
    options: dict[str, Any] = {
        "procedure": f"{start:%Y-%m-%d %H:%M %z}",
        "holds": holds,
        "resumes": tuple(f"{hold.partition('=')[0]}=1" for hold in holds if not hold.endswith("=0")),
        "zone": data.draw(st.sampled_from([None, "America/Los_Angeles", "Europe/London"])),
        "consent": data.draw(st.sampled_from(["sms", "email", "sms,email"])),
        "sedation": data.draw(st.sampled_from(["none", "moderate"])),
        "language": data.draw(st.sampled_from(["en", "es"])),
    }
    _, timeline = preview(config, a_booking(**options), None, a_clock())
    request = a_request(name=f"Pat Example {next(patients)}", email="pat@example.org", **options)
    stored = enroll(house, request, by="coordinator")
    assert [_shown(reminder) for reminder in timeline.reminders] == [
        {name: getattr(reminder, name) for name in _shown(timeline.reminders[0])}
        for reminder in everything(house, stored.enrollment)
    ]


def _shown(planned: PlannedReminder) -> dict[str, Any]:
    """What a preview says of one reminder, under the names of the store."""
    names = (
        "key",
        "send_at",
        "not_before",
        "not_after",
        "channels",
        "why",
        "late",
        "position",
        "drug",
        "copy_of",
        "joins",
    )
    return {name: getattr(planned, name) for name in names} | {
        "state": planned.status.value,
        "waits_for": tuple(str(fact) for fact in planned.waits_for),
    }
