"""The key file is lost, or another one stands in its place: it is noticed, and nothing is sealed with a second key."""

from pathlib import Path

import pytest

from reminders.database.vault import Vault
from tests.reminders.cli.running import PATIENT, Cli, Installation, reads, words_of

MISMATCH = "the key file …reminders.key does not open what the database holds: restore the one it was sealed with"
SOMEBODY_ELSE = PATIENT | {"name": "Robin Example", "phone": "+12125550124"}


def lose_key(installation: Installation) -> bytes:
    file = installation.folder / "reminders.key"
    lost = file.read_bytes()
    file.unlink()
    return lost


def put_another_key(installation: Installation) -> bytes:
    lost = lose_key(installation)
    Vault.create(installation.folder / "reminders.key")
    return lost


def restore_key(installation: Installation, lost: bytes) -> None:
    file = installation.folder / "reminders.key"
    file.unlink(missing_ok=True)
    file.touch(0o600)
    file.write_bytes(lost)


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if not file.name.startswith("reminders.db")}


def test_init_makes_no_second_key_beside_enrollments(cli: Cli, either_installation: Installation) -> None:
    cli.enroll()
    lost = lose_key(either_installation)
    before, rows = files(either_installation.folder), either_installation.rows()
    line = "the database holds enrollments, and the key file …reminders.key that it was sealed with is missing: "
    assert reads(cli("init").refusal, f"{line}restore that file from its backup; …")
    assert (files(either_installation.folder), either_installation.rows()) == (before, rows)
    restore_key(either_installation, lost)
    assert cli("init").code == 0
    assert "ok   key: readable by this account alone" in cli("doctor").out


def test_init_makes_no_settings_either_where_it_refuses_the_key(cli: Cli, either_installation: Installation) -> None:
    cli.enroll()
    lose_key(either_installation)
    (either_installation.folder / "reminders.toml").unlink()
    assert "restore that file from its backup" in cli("init").refusal
    assert files(either_installation.folder) == set()


def test_init_makes_a_key_where_nobody_is_enrolled_yet(cli: Cli, either_installation: Installation) -> None:
    lose_key(either_installation)
    assert cli("init").code == 0
    assert (either_installation.folder / "reminders.key").exists()
    cli.enroll()


def test_doctor_sees_that_the_key_is_not_the_one_and_makes_every_other_check(
    cli: Cli, either_installation: Installation
) -> None:
    cli.enroll()
    put_another_key(either_installation)
    answer = cli("doctor")
    (line,) = [line for line in answer.out.splitlines() if "key: " in line]
    assert (answer.code, answer.err) == (1, "")
    assert reads(line, f"MEND key: {MISMATCH}")
    assert "ok   self-checks" in answer.out


@pytest.mark.parametrize("command", [("run",), ("run", "--once"), ("serve", "--port", "0"), ("web", "--port", "0")])
def test_nothing_that_goes_on_by_itself_starts_with_another_key(
    command: tuple[str, ...], cli: Cli, either_installation: Installation
) -> None:
    cli.enroll()
    put_another_key(either_installation)
    rows = either_installation.rows()
    assert reads(cli(*command).refusal, MISMATCH)
    assert either_installation.rows() == rows
    assert either_installation.sent == []


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_nobody_is_enrolled_under_a_second_key(
    dry_run: tuple[str, ...], cli: Cli, either_installation: Installation
) -> None:
    cli.enroll()
    lost = put_another_key(either_installation)
    rows = either_installation.rows()
    assert reads(cli("enroll", *words_of(SOMEBODY_ELSE), *dry_run).refusal, MISMATCH)
    assert either_installation.rows() == rows
    restore_key(either_installation, lost)
    assert cli("enroll", *words_of(SOMEBODY_ELSE), *dry_run).code == 0
    assert cli.run_once()["sent"] == 2 - len(dry_run)


def test_no_note_of_a_task_is_sealed_with_a_second_key(cli: Cli, either_installation: Installation) -> None:
    cli.enroll(takes="warfarin")
    (task, *_) = cli.read("tasks")["tasks"]
    put_another_key(either_installation)
    assert reads(cli("tasks", "done", str(task["task"]), "--note", "called").refusal, MISMATCH)
    assert task in cli.read("tasks")["tasks"]
