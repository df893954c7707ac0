"""`init`, `db` and `doctor`: the operator's first steps, and what needs mending."""

import json
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from reminders.database import migrate
from tests.reminders.builders import protocol_files, write_protocol
from tests.reminders.cli.running import Answer, Cli, Document, Installation, assert_is_timeline, move_to, reads
from tests.servers.raw import refusing_port

MADE = ("reminders.toml", "reminders.key", "reminders.db")


def mode(file: Path) -> str:
    return oct(stat.S_IMODE(file.stat().st_mode))


# init


def test_init_makes_a_settings_file_a_key_and_a_database_for_this_account_alone(cli: Cli, empty_folder: Path) -> None:
    document = cli.read("init")
    assert [Path(made).name for made in document["made"]] == list(MADE)
    assert document["kept"] == []
    assert {name: mode(empty_folder / name) for name in MADE} == dict.fromkeys(MADE, "0o600")


def test_a_second_init_changes_nothing(cli: Cli, empty_folder: Path) -> None:
    cli.read("init")
    before = {name: (empty_folder / name).read_bytes() for name in MADE}
    document = cli.read("init")
    assert document["made"] == []
    assert [Path(kept).name for kept in document["kept"]] == list(MADE)
    assert {name: (empty_folder / name).read_bytes() for name in MADE} == before


@pytest.mark.parametrize("missing", MADE[1:])
def test_init_makes_only_what_is_missing(missing: str, cli: Cli, empty_folder: Path) -> None:
    cli.read("init")
    kept = {name: (empty_folder / name).read_bytes() for name in MADE if name != missing}
    (empty_folder / missing).unlink()
    document = cli.read("init")
    assert [Path(made).name for made in document["made"]] == [missing]
    assert {name: (empty_folder / name).read_bytes() for name in kept} == kept


def test_what_init_made_works_at_once(cli: Cli, empty_folder: Path) -> None:
    cli.read("init")
    assert_is_timeline(cli.enroll()["timeline"])
    assert cli.run_once()["sent"] == 1
    assert cli("doctor").code == 0


def test_init_leaves_a_settings_file_of_ones_own_as_it_is(cli: Cli, installation: Installation) -> None:
    before = (installation.folder / "reminders.toml").read_text()
    assert [Path(kept).name for kept in cli.read("init")["kept"]] == list(MADE)
    assert (installation.folder / "reminders.toml").read_text() == before


def test_init_makes_what_the_settings_file_names(
    cli: Cli, empty_folder: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMINDERS_DATABASE__URL", empty_database_url)
    monkeypatch.setenv("REMINDERS_KEY_FILE", "keys.json")
    cli.read("init", "--config", "other.toml")
    assert mode(empty_folder / "other.toml") == mode(empty_folder / "keys.json") == "0o600"
    assert migrate.current(empty_database_url) == migrate.head()


def test_for_people_init_says_what_it_made_what_it_kept_and_what_comes_next(cli: Cli, empty_folder: Path) -> None:
    first = cli("init").out.splitlines()
    assert first[0] == "made reminders.toml"
    assert first[-1] == "next: edit the settings file, then `reminders doctor`"
    assert cli("init").out.splitlines()[0] == "kept reminders.toml: it was there already"


def test_init_refuses_a_folder_that_is_not_there(cli: Cli, empty_folder: Path) -> None:
    line = "missing/reminders.toml: cannot be written (No such file or directory)"
    assert cli("init", "--config", "missing/reminders.toml").refusal == line
    assert list(empty_folder.iterdir()) == []


def test_init_refuses_a_settings_file_that_cannot_be_right(cli: Cli, installation: Installation) -> None:
    installation.replace_setting("[sites.main]", "[site.main]")
    (installation.folder / "reminders.key").unlink()
    assert cli("init").refusal.startswith("reminders.toml: site: is not a setting; ")
    assert not (installation.folder / "reminders.key").exists()


def test_init_refuses_a_folder_under_a_key_of_somebody_elses(cli: Cli, installation: Installation) -> None:
    installation.replace_setting("[sites.main]", 'key_file = "missing/reminders.key"\n\n[sites.main]')
    refusal = cli("init").refusal
    assert reads(refusal, "cannot write the key file …missing/reminders.key: No such file or directory")


# db


def test_db_upgrade_makes_the_tables_and_a_second_one_changes_nothing(
    cli: Cli, installation: Installation, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMINDERS_DATABASE__URL", empty_database_url)
    head = migrate.head()
    assert cli.read("db", "upgrade") == {"revision": head, "head": head}
    assert cli.read("db", "upgrade") == {"revision": head, "head": head}
    assert cli.read("db", "current") == {"revision": head, "head": head}
    assert cli.read("list") == {"enrollments": []}


def test_db_current_says_when_there_are_no_tables(
    cli: Cli, installation: Installation, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMINDERS_DATABASE__URL", empty_postgres_url)
    head = migrate.head()
    assert cli.read("db", "current") == {"revision": None, "head": head}
    assert cli("db", "current").out == f"tables: none; this program: {head}\n"
    assert cli("list").refusal == "the database has no tables yet: run `reminders db upgrade`"


def test_db_current_makes_no_file(cli: Cli, installation: Installation) -> None:
    file = installation.folder / "reminders.db"
    file.unlink()
    assert reads(cli("db", "current").refusal, "no database yet at …: run `reminders init` or `reminders db upgrade`")
    assert not file.exists()


def test_for_people_db_says_both_versions(cli: Cli, installation: Installation) -> None:
    head = migrate.head()
    for command in ("current", "upgrade"):
        assert cli("db", command).out == f"tables: {head}; this program: {head}\n"


# doctor


def findings(answer: Answer) -> dict[str, tuple[bool, str]]:
    """What `doctor --json` found, in the shape it always has; exit 1 exactly when something is to be mended."""
    document: Document = json.loads(answer.out)
    assert list(document) == ["checks"]
    assert all(list(check) == ["check", "ok", "detail"] for check in document["checks"])
    assert answer.code == (0 if all(check["ok"] for check in document["checks"]) else 1)
    assert answer.err == ""
    return {check["check"]: (check["ok"], check["detail"]) for check in document["checks"]}


def doctor(cli: Cli) -> dict[str, tuple[bool, str]]:
    return findings(cli("doctor", "--json"))


def test_doctor_looks_at_settings_database_key_clock_transports_protocols_worker_and_itself(
    cli: Cli, either_installation: Installation
) -> None:
    found = doctor(cli)
    assert list(found) == [
        "settings", "database", "key", "clock", "transport sms", "transport email", "replies",
        "protocol vertebroplasty", "worker", "epoch", "self-checks",
    ]  # fmt: skip
    well = {name: ok for name, (ok, _) in found.items() if name != "clock"}
    assert set(well.values()) == {True}


def test_a_transport_that_reaches_nobody_says_so(cli: Cli, installation: Installation) -> None:
    assert doctor(cli)["transport sms"] == (True, "outbox, reaches no patient")


def test_a_clock_far_from_the_databases_is_to_be_mended(
    cli: Cli, installation: Installation, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMINDERS_DATABASE__URL", postgres_url)
    with freeze_time("2001-01-01 12:00"):  # the database's own clock goes on
        ok, detail = doctor(cli)["clock"]
    assert not ok
    assert reads(detail, "… s from the database's clock")


def test_a_database_file_others_can_read_is_to_be_mended(cli: Cli, installation: Installation) -> None:
    (installation.folder / "reminders.db").chmod(0o644)
    ok, detail = doctor(cli)["database"]
    assert not ok
    assert reads(detail, "…reminders.db is open to other accounts: chmod 600 …reminders.db…")


def test_an_outbox_others_can_read_is_to_be_mended(cli: Cli, installation: Installation) -> None:
    cli.enroll()
    cli.run_once()
    (installation.folder / "outbox.jsonl").chmod(0o644)
    ok, detail = doctor(cli)["transport sms"]
    assert not ok
    assert reads(detail, "The outbox file … can be read by others: chmod 600 …")


def test_without_any_transport_nothing_can_leave(cli: Cli, installation: Installation) -> None:
    file = installation.folder / "reminders.toml"
    file.write_text(file.read_text().partition("[transports")[0])
    assert doctor(cli)["transports"] == (
        False,
        "none is configured: add [transports.sms] to the settings",
    )


def test_a_live_transport_that_cannot_be_asked_and_an_unapproved_protocol_are_to_be_mended(
    cli: Cli, live_texts: None
) -> None:
    found = doctor(cli)
    assert not found["transport sms"][0]
    assert found["transport sms"][1].startswith("The Twilio account could not be asked: ")
    assert found["protocol vertebroplasty"] == (
        False,
        "not approved: live messages are held; `reminders protocol approve vertebroplasty --by NAME`",
    )


def test_an_approved_protocol_names_its_clinician(cli: Cli, live_texts: None) -> None:
    cli.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    assert doctor(cli)["protocol vertebroplasty"] == (True, "approved by Dr. Example")


def test_a_protocol_with_a_mistake_is_to_be_mended_and_hides_no_other_finding(
    cli: Cli, installation: Installation
) -> None:
    write_protocol(installation.folder / "protocols", protocol_files("broken", version=0), folder="broken")
    installation.replace_setting("[sites.main]", 'protocols_dir = "protocols"\n\n[sites.main]')
    found = doctor(cli)
    assert not found["protocol broken"][0]
    assert reads(found["protocol broken"][1], "…protocols/broken/protocol.toml: version: …")
    assert found["protocol vertebroplasty"][0]


@pytest.fixture
def live_texts(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Texts by Twilio, at an address where nobody listens."""
    monkeypatch.setenv("REMINDERS_TRANSPORTS__SMS__AUTH_TOKEN", "an invented token")
    with refusing_port() as port:
        live = f'account_sid = "AC1"\nfrom_number = "+12125550199"\nbase_url = "http://127.0.0.1:{port}"'
        outbox = '[transports.sms]\nkind = "outbox"\npath = "outbox.jsonl"'
        installation.replace_setting(outbox, f'[transports.sms]\nkind = "twilio"\n{live}')
        yield


def beat(installation: Installation, ago_seconds: int, at_noon: FrozenDateTimeFactory) -> None:
    seen = int(at_noon.time_to_freeze.timestamp() - ago_seconds) * 1_000_000
    connection = sqlite3.connect(installation.folder / "reminders.db")
    with connection:
        connection.execute("INSERT INTO heartbeats (worker, started_at, seen_at) VALUES ('w', ?, ?)", (seen, seen))
    connection.close()


def test_a_worker_that_beats_is_well(cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory) -> None:
    assert doctor(cli)["worker"] == (True, "none has run yet; start one with `reminders run`")
    move_to(at_noon, "2026-11-21 12:00")
    beat(installation, 119, at_noon)
    assert doctor(cli)["worker"] == (True, "last seen 119 s ago")


def test_a_worker_that_has_gone_quiet_is_to_be_mended(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    move_to(at_noon, "2026-11-21 12:00")
    beat(installation, 120, at_noon)
    assert doctor(cli)["worker"] == (False, "last seen 120 s ago; is `reminders run` still running?")


def test_for_people_each_check_is_a_line(cli: Cli, installation: Installation) -> None:
    (installation.folder / "reminders.db").chmod(0o644)
    answer = cli("doctor")
    lines = answer.out.splitlines()
    assert answer.code == 1
    assert "ok   settings: 1 site(s)" in lines
    assert any(line.startswith("MEND database: ") for line in lines)


def test_a_test_message_goes_where_the_operator_says(cli: Cli, installation: Installation) -> None:
    found = findings(cli("doctor", "--json", "--send-test", "212 555 0123"))
    assert found["test message"] == (True, "taken by the outbox transport: it reaches nobody")
    (message,) = installation.sent
    assert (message["to"], message["key"], message["enrollment"]) == ("+12125550123", "test", "-")


def test_a_test_message_nobody_can_get_is_refused(cli: Cli, installation: Installation) -> None:
    assert cli("doctor", "--send-test", "12345").refusal.startswith("--send-test: not a valid phone number")
    assert installation.sent == []
