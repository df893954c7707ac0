"""`doctor --heartbeat`: what a container's health check asks every minute."""

import sqlite3

import pytest
from freezegun.api import FrozenDateTimeFactory

from reminders import housekeeping, identifiers
from reminders.bootstrap import open_service
from tests.reminders.cli.running import Cli, Installation


def seen(installation: Installation, worker: str, ago_seconds: int, at_noon: FrozenDateTimeFactory) -> None:
    instant = int(at_noon.time_to_freeze.timestamp() - ago_seconds) * 1_000_000
    with sqlite3.connect(installation.folder / "reminders.db") as connection:
        connection.execute("INSERT INTO heartbeats VALUES (?, ?, ?)", (worker, instant, instant))
    connection.close()


def test_before_a_worker_of_this_machine_was_seen_it_fails(cli: Cli, installation: Installation) -> None:
    answer = cli("doctor", "--heartbeat")

    assert (answer.code, answer.out) == (1, "MEND heartbeat: no worker of this machine was seen yet\n")


@pytest.mark.parametrize(("ago_seconds", "code"), [(0, 0), (119, 0), (120, 1), (86_400, 1)])
def test_it_fails_when_the_machines_worker_has_been_silent_for_two_minutes(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory, ago_seconds: int, code: int
) -> None:
    seen(installation, identifiers.worker_id(), ago_seconds, at_noon)
    answer = cli("doctor", "--heartbeat")

    assert answer.code == code
    assert f"a worker of this machine was last seen {ago_seconds} s ago" in answer.out


def test_another_machines_worker_does_not_cover_for_this_one(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    seen(installation, f"{identifiers.machine()}-two:1:ab", 0, at_noon)
    seen(installation, "%:1:ab", 0, at_noon)

    assert cli("doctor", "--heartbeat").code == 1


def test_it_asks_no_transport(cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory) -> None:
    seen(installation, identifiers.worker_id(), 0, at_noon)
    installation.replace_setting('kind = "outbox"\npath = "outbox.jsonl"\n\n', 'kind = "no such kind"\n\n')

    assert cli("doctor", "--heartbeat").code == 0


def test_a_script_reads_it_as_json(cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory) -> None:
    seen(installation, identifiers.worker_id(), 5, at_noon)

    [check] = cli("doctor", "--heartbeat", "--json").document["checks"]
    assert (check["check"], check["ok"]) == ("heartbeat", True)


def test_a_worker_that_ran_is_seen(cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory) -> None:
    service = open_service(installation.folder / "reminders.toml")
    housekeeping.beat(service, identifiers.worker_id(), service.clock.now())
    service.engine.dispose()

    assert cli("doctor", "--heartbeat").code == 0


def test_it_sends_no_test_message_besides(cli: Cli, installation: Installation) -> None:
    refusal = cli("doctor", "--heartbeat", "--send-test", "+12125550123").refusal

    assert refusal == "--heartbeat: asks one thing alone; leave --send-test out"
