"""Figures for Prometheus: what they say, where they are served, and that nothing of a patient is in them."""

import socket
import urllib.request
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from reminders import pausing
from reminders.clock import ManualClock
from reminders.database import operating
from reminders.database.vault import Vault
from reminders.errors import OperationError
from reminders.health.metrics import exposed, serving_metrics
from reminders.health.watching import Watchman
from reminders.service import Service
from reminders.transports.memory import fails
from schedules.protocol import Channel
from tests.reminders.builders import Transports, a_service, enrolled_id, send_due, set_reminder, texts_only, unknown

Figures = Mapping[tuple[str, ...], float]


def figures(service: Service, watchman: Watchman | None = None) -> Figures:
    """Each sample by its name and its labels' values, in the order of the labels' names."""
    families = text_string_to_metric_families(exposed(service, watchman).decode())
    samples = [sample for family in families for sample in family.samples]
    return {(each.name, *(value for _, value in sorted(each.labels.items()))): each.value for each in samples}


def test_what_is_due_held_and_left_is_counted_by_site_and_channel(
    service: Service, transports: Transports, clock: ManualClock
) -> None:
    enrolled_id(service)
    send_due(service, transports)
    waiting = enrolled_id(service)
    set_reminder(service, waiting, "ride", state="held")
    clock.advance(timedelta(minutes=5))

    found = figures(service)
    assert found["reminders_due", "sms", "main"] == 1
    assert found["reminders_longest_waiting_seconds",] == 300
    assert found["reminders_held", "main"] == 1
    assert found["reminders_recent_deliveries", "sms", "main", "accepted"] == 1
    send_due(service, transports)
    assert figures(service)["reminders_worst_lateness_seconds",] == 300
    clock.advance(timedelta(minutes=15))
    assert ("reminders_recent_deliveries", "sms", "main", "accepted") not in figures(service)


def test_unknown_outcomes_and_late_tasks_are_counted(service: Service, clock: ManualClock) -> None:
    transports = texts_only(clock, can_look_up=False)
    enrolled_id(service)
    transports[Channel.SMS].script(fails(unknown))
    send_due(service, transports)
    clock.advance(timedelta(hours=2))

    found = figures(service)
    assert found["reminders_unknown", "sms", "main"] == 1
    assert found["reminders_tasks_open", "unknown", "main"] == 1
    assert found["reminders_tasks_overdue", "main"] == 1


def test_workers_and_pauses_are_counted(service: Service, clock: ManualClock) -> None:
    with service.engine.begin() as connection:
        for worker, quiet in (("one", 5), ("two", 90), ("dead", 9000)):
            operating.beat(connection, worker, started=clock.now(), now=clock.now() - timedelta(seconds=quiet))
    pausing.pause(service, site="main", by="Sam Operator")
    found = figures(service)
    assert (found["reminders_workers_alive",], found["reminders_last_heartbeat_age_seconds",]) == (2, 5)
    assert found["reminders_pauses",] == 1


def test_a_process_tells_its_own_ticks_and_what_it_has_done(service: Service, clock: ManualClock) -> None:
    watchman = Watchman(service)
    watchman.count(Counter(sent=3, missed=1), Counter())
    clock.advance(timedelta(seconds=61))
    found = figures(service, watchman)
    assert found["reminders_handled_total", "sent"] == 3
    assert found["reminders_handled_total", "missed"] == 1
    assert found["reminders_tick_age_seconds", "metronome"] == 61
    assert (found["reminders_trouble", "metronome"], found["reminders_trouble", "stopped"]) == (1, 0)


def test_without_a_database_a_scrape_says_so(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    with service.engine.begin() as connection:
        connection.execute(text("DROP TABLE heartbeats"))
    found = figures(service, Watchman(service))
    assert found["reminders_trouble", "database"] == 1
    assert ("reminders_workers_alive",) not in found
    assert {"not_ready", "not_measured"} <= {record.getMessage() for record in caplog.records}


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_worker_alone_answers_scrapes_on_a_port_of_the_settings(
    engine: Engine, vault: Vault, clock: ManualClock, free_port: int
) -> None:
    service = a_service(engine, vault, clock, worker={"metrics_port": free_port})
    with serving_metrics(service, Watchman(service)):
        address = f"http://127.0.0.1:{free_port}/metrics"
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert b"reminders_workers_alive 0.0" in answer.read()
    with socket.create_server(("127.0.0.1", free_port)):
        pass


def test_without_a_port_nothing_listens(service: Service) -> None:
    with serving_metrics(service, None):
        assert service.settings.worker.metrics_port is None


def test_a_port_in_use_is_one_line(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = a_service(engine, vault, clock, worker={"metrics_port": taken.getsockname()[1]})
        serving = serving_metrics(service, None)
        with pytest.raises(OperationError, match=r"^worker\.metrics_port: cannot listen"), serving:
            pass
