"""What every command shares: where the global options stand, and how it answers what it cannot do."""

import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from reminders import looking
from tests.reminders.cli.running import PATIENT, Cli, Installation, reads, words_of

ROOT = Path(__file__).parents[3]
NAME = "vertebroplasty"
COMMANDS = (
    "init", "preview", "enroll", "list", "show", "history", "reschedule", "cancel", "complete", "arrival", "visit",
    "order", "contact", "tasks", "run", "demo", "doctor", "db", "protocol", "medications", "report",
)  # fmt: skip
NO_ENROLLMENT = "enrollment: this is not an enrollment; …"


# The global options


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "list"),
        ("list", "--json"),
        ("--json", "list", "--json"),
        ("--json", "tasks", "list"),
        ("tasks", "--json", "list"),
        ("tasks", "list", "--json"),
    ],
    ids=" ".join,
)
def test_json_may_stand_before_and_after_the_command(
    words: tuple[str, ...], cli: Cli, installation: Installation
) -> None:
    answer = cli(*words)
    assert answer.code == 0
    assert list(json.loads(answer.out).values()) == [[]]


@pytest.mark.parametrize(
    "words",
    [
        ("--config", "FILE", "list"),
        ("list", "--config", "FILE"),
        ("--config=FILE", "list"),
        ("list", "--config=FILE"),
        ("tasks", "--config", "FILE", "list"),
        ("list", "--json", "--config", "FILE"),
    ],
    ids=" ".join,
)
def test_config_may_stand_before_and_after_the_command(
    words: tuple[str, ...], cli: Cli, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = installation.folder / "reminders.toml"
    elsewhere = installation.folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert cli("list").code == 2
    assert cli(*(word.replace("FILE", str(file)) for word in words)).code == 0


def test_the_environment_names_a_settings_file_and_the_option_goes_before_it(
    cli: Cli, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMINDERS_CONFIG", str(installation.folder / "reminders.toml"))
    monkeypatch.chdir("/")
    assert cli("list").code == 0
    assert cli("list", "--config", "/nowhere.toml").refusal.startswith("/nowhere.toml: there is no such file; ")


def test_after_two_dashes_no_word_is_an_option(cli: Cli, installation: Installation) -> None:
    assert reads(cli("show", "--", "--json").refusal, NO_ENROLLMENT)
    assert reads(cli("show", "--", "--config").refusal, NO_ENROLLMENT)


def test_the_files_a_settings_file_names_stand_beside_it(
    cli: Cli, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    file = str(installation.folder / "reminders.toml")
    cli.read("enroll", *words_of(PATIENT), "--config", file)
    cli.read("run", "--once", "--config", file)
    assert installation.sent_keys == ["welcome"]


# Words it does not know


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "Missing command. (see `reminders --help`)"),
        (("db",), "Missing command. (see `reminders db --help`)"),
        (("protocol",), "Missing command. (see `reminders protocol --help`)"),
        (("medications",), "Missing command. (see `reminders medications --help`)"),
        (("report",), "Missing command. (see `reminders report --help`)"),
        (("enrol",), "No such command 'enrol'. Did you mean 'enroll'? (see `reminders --help`)"),
        (("tasks", "dne"), "No such command 'dne'. Did you mean 'done'? (see `reminders tasks --help`)"),
        (("--jsn", "list"), "No such option: --jsn…(see `reminders --help`)"),
        (("enroll", "--nme", "x"), "No such option: --nme…--name…(see `reminders enroll --help`)"),
        (("list", "--config"), "--config: needs a value"),
        (("show",), "Missing argument 'ENROLLMENT'. (see `reminders show --help`)"),
        (("list", "extra"), "Got unexpected extra argument…"),
        (("preview", "--procedure"), "Option '--procedure' requires an argument. (see `reminders --help`)"),
        (("tasks", "done", "first", "--note", "x"), "Invalid value for 'TASK': …"),
    ],
    ids=str,
)
def test_a_word_it_does_not_know_is_one_line_that_says_where_help_is(
    words: tuple[str, ...], line: str, cli: Cli, installation: Installation
) -> None:
    refusal = cli(*words).refusal
    assert reads(refusal, line), refusal


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("7KQM", NO_ENROLLMENT),
        ("Pat Example", NO_ENROLLMENT),
        ("7KQM-4XWP0", NO_ENROLLMENT),
        ("2222-22222", "enrollment 2222-22222 is not known; `reminders list` shows all"),
    ],
)
@pytest.mark.parametrize("command", ["show", "history", "cancel", "complete"])
def test_an_enrollment_that_is_none_is_refused(
    command: str, typed: str, line: str, cli: Cli, installation: Installation
) -> None:
    more = {"cancel": ["--reason", "patient"], "complete": ["--ended-at", "2026-11-20 10:00"]}.get(command, [])
    refusal = cli(command, typed, *more).refusal
    assert reads(refusal, line), refusal


@pytest.mark.parametrize("command", ["show", "cancel"])
def test_a_slip_in_an_id_is_refused_and_changes_nothing(command: str, cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    swapped = enrolled[:-2] + enrolled[-1] + enrolled[-2]
    slipped = swapped if swapped != enrolled else enrolled[:-1] + ("2" if enrolled[-1] != "2" else "3")
    before = installation.rows()
    more = ["--reason", "patient"] if command == "cancel" else []
    assert cli(command, slipped, *more).refusal == (
        "enrollment: the check character does not fit, so a character is mistyped; read it again"
    )
    assert installation.rows() == before


def test_an_id_may_be_typed_in_small_letters_and_without_its_dash(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    assert cli.read("show", enrolled.lower().replace("-", ""))["enrollment"] == enrolled


# Help


def test_help_names_every_command(cli: Cli) -> None:
    answer = cli("--help")
    listed = {line.split()[0] for line in answer.out.partition("Commands:")[2].splitlines() if line.strip()}
    assert (answer.code, answer.err) == (0, "")
    assert set(COMMANDS) <= listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_without_any_settings(command: str, cli: Cli, empty_folder: Path) -> None:
    answer = cli(command, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: reminders {command}")


# An installation that cannot be used


def test_without_a_settings_file_the_command_that_makes_one_is_named(cli: Cli, empty_folder: Path) -> None:
    assert cli("list").refusal == (
        "reminders.toml: there is no such file; `reminders init` makes one, --config FILE names another"
    )
    assert list(empty_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("holidays", "holidais", "reminders.toml: sites.main.holidais: is not a setting; did you mean 'holidays'?"),
        ("[sites.main]", "[site.main]", "reminders.toml: site: is not a setting; did you mean 'sites'?…"),
        ("America/New_York", "America/New_Yrok", "…time_zone: is not a time zone; did you mean 'America/New_York'?"),
        ('"+12125550100"', '"555-0100"', "…phone: must be a valid phone number in international form, …"),
        ('kind = "outbox"', 'kind = "outbox"\nauth_token = "x"', "…a secret does not belong in this file; …"),
        ("US-NY", "US-NU", "…'US-NU' is not a known calendar; did you mean 'US-…'?"),
        ("holidays =", "holidays", "reminders.toml: is not valid TOML: …"),
    ],
)
def test_a_mistake_in_the_settings_is_named_with_file_and_key(
    old: str, new: str, line: str, cli: Cli, installation: Installation
) -> None:
    before = installation.rows()
    installation.replace_setting(old, new)
    refusal = cli("enroll", *words_of(PATIENT)).refusal
    assert reads(refusal, line), refusal
    assert installation.rows() == before


@pytest.mark.parametrize("command", [("run",), ("run", "--once"), ("serve", "--port", "0"), ("web", "--port", "0")])
def test_nothing_that_goes_on_by_itself_starts_with_a_calendar_nobody_knows(
    command: tuple[str, ...], cli: Cli, installation: Installation
) -> None:
    installation.replace_setting("US-NY", "US-NU")
    assert reads(cli(*command).refusal, "sites.main.holidays: 'US-NU' is not a known calendar; did you mean 'US-…'?")
    assert cli("list").code == 0


def test_a_key_file_others_can_read_is_refused(cli: Cli, installation: Installation) -> None:
    (installation.folder / "reminders.key").chmod(0o644)
    line = "the key file …reminders.key is open to other accounts: chmod 600 …reminders.key"
    assert reads(cli("enroll", *words_of(PATIENT)).refusal, line)
    (installation.folder / "reminders.key").chmod(0o600)
    assert cli("list").code == 0


def test_without_a_key_file_nothing_is_opened(cli: Cli, installation: Installation) -> None:
    (installation.folder / "reminders.key").unlink()
    line = "restore it from its backup (only a new installation gets one by `reminders init`)"
    assert reads(cli("list").refusal, f"no key file at …reminders.key: {line}")


def test_without_a_database_the_command_that_makes_one_is_named(cli: Cli, installation: Installation) -> None:
    file = installation.folder / "reminders.db"
    file.unlink()
    refusal = cli("enroll", *words_of(PATIENT)).refusal
    assert reads(refusal, "no database yet at …reminders.db: run `reminders init` or `reminders db upgrade`")
    assert not file.exists()


def set_revision(file: Path, revision: str) -> None:
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()


def test_a_database_of_a_newer_version_is_refused(cli: Cli, installation: Installation) -> None:
    set_revision(installation.folder / "reminders.db", "9999")
    refusal = cli("enroll", *words_of(PATIENT)).refusal
    assert reads(refusal, "the database is of a newer version (9999) than this program (…): update the program")
    assert cli("db", "upgrade").refusal == refusal


def test_a_file_that_is_no_database_is_refused(cli: Cli, installation: Installation) -> None:
    (installation.folder / "reminders.db").write_text("not a database, but long enough to be looked at" * 30)
    assert reads(cli("list").refusal, "the database file is not a SQLite database: is its address right?")


# Failures that are nobody's input


def test_a_database_that_does_not_answer_is_a_failure(
    cli: Cli, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("REMINDERS_DATABASE__URL", f"postgresql://nobody@127.0.0.1:{taken.getsockname()[1]}/none")
        assert cli("list", "--json").failure.startswith("the database does not answer: ")


def spoil(installation: Installation, statement: str) -> None:
    connection = sqlite3.connect(installation.folder / "reminders.db")
    with connection:
        connection.execute(statement)
    connection.close()


def test_what_the_database_refuses_is_a_failure_in_its_first_line(cli: Cli, installation: Installation) -> None:
    spoil(installation, "DROP TABLE tasks")
    assert cli("tasks", "--json").failure == "the database did not do it: no such table: tasks"


def test_a_value_that_does_not_open_is_a_failure_that_names_its_place(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    spoil(installation, "UPDATE enrollments SET name = substr(name, 1, 20)")
    line = f"enrollments.name of {enrolled} does not open: it was changed, moved or sealed with another key"
    assert cli("list", "--json").failure == line


def test_a_mistake_of_ours_tells_its_kind_and_place_but_never_its_text(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    spoil(installation, "UPDATE reminders SET why = 'Pat Example'")
    failure = cli("show", enrolled, "--json").failure
    assert reads(failure, "unexpected JSONDecodeError at types.py:…; nothing more was done")
    assert "Pat" not in failure


def test_to_be_stopped_by_hand_is_a_failure(
    cli: Cli, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_service: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(looking, "all_enrollments", stop)
    assert cli("list", "--json").failure == "stopped"


@pytest.mark.parametrize("words", [("protocol", "check", NAME), ("protocol", "show", NAME, "--json")], ids=" ".join)
def test_a_reader_who_leaves_early_is_no_reason_to_complain(words: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reminders", *words]
    process = subprocess.Popen(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (1, "")
