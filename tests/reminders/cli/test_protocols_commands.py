"""`protocol`: list, show, check and approve; a mistake in a clinician's file is named before anybody is enrolled."""

import shutil
from pathlib import Path

import pytest

import schedules
from tests.reminders.cli.running import PATIENT, UTC, Cli, Installation, reads, words_of

SHIPPED = Path(schedules.__file__).parent / "library" / "vertebroplasty"
SUMMARY = ["protocol", "version", "title", "languages", "steps", "content"]
STEPS = [
    "welcome", "prepare", "prepare-plan", "stop", "ride", "arrival-call", "fasting", "day-of", "after-care",
    "resume-aspirin", "resume", "recovery-check", "visit-book", "visit-reminder",
]  # fmt: skip


@pytest.fixture
def copied(installation: Installation) -> Path:
    """A department's own copy of the shipped protocol, in reach by its settings."""
    folder = installation.folder / "protocols" / "vertebroplasty"
    shutil.copytree(SHIPPED, folder)
    installation.replace_setting("[sites.main]", 'protocols_dir = "protocols"\n\n[sites.main]')
    return folder


def change(file: Path, old: str, new: str) -> None:
    """Change one thing, where it stands first."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


# list and show


def test_the_list_says_version_languages_and_that_nobody_has_approved(
    cli: Cli, either_installation: Installation
) -> None:
    document = cli.read("protocol", "list")
    assert list(document) == ["protocols"]
    (row,) = document["protocols"]
    assert list(row) == [*SUMMARY, "approved_by", "approved_at", "error"]
    assert (row["protocol"], row["version"], row["languages"]) == ("vertebroplasty", 1, ["en", "es"])
    assert row["steps"] == STEPS
    assert (row["approved_by"], row["approved_at"], row["error"]) == (None, None, None)


def test_for_people_the_list_is_a_table(cli: Cli, installation: Installation) -> None:
    assert cli("protocol", "list").out.splitlines()[1].rstrip() == (
        "vertebroplasty  1        Vertebroplasty  en, es     nobody yet"
    )


@pytest.fixture
def broken(copied: Path) -> Path:
    """A second protocol of the department's own, with a mistake in it."""
    folder = copied.with_name("kyphoplasty")
    shutil.copytree(copied, folder)
    change(folder / "protocol.toml", 'name = "vertebroplasty"', 'name = "kyphoplasty"')
    change(folder / "protocol.toml", "offset =", "ofset =")
    return folder


def test_a_broken_protocol_is_listed_with_its_mistake_and_hides_no_other(cli: Cli, broken: Path) -> None:
    bad, good = cli.read("protocol", "list")["protocols"]
    assert (good["protocol"], good["error"]) == ("vertebroplasty", None)
    assert list(bad) == list(good)
    assert (bad["protocol"], bad["version"], bad["steps"]) == ("kyphoplasty", None, [])
    assert bad["error"] == (f"{broken}/protocol.toml: step[1] (welcome): ofset: unknown key; did you mean 'offset'?")


def test_for_people_a_broken_protocol_is_a_line_below_the_table(cli: Cli, broken: Path) -> None:
    answer = cli("protocol", "list")
    lines = [line.rstrip() for line in answer.out.splitlines()]
    assert (answer.code, answer.err) == (0, "")
    assert lines[1:] == [
        "vertebroplasty  1        Vertebroplasty  en, es     nobody yet",
        f"kyphoplasty cannot be used: {broken}/protocol.toml: step[1] (welcome): ofset: unknown key; "
        "did you mean 'offset'?",
    ]


def test_where_no_protocol_can_be_used_there_is_no_empty_table(cli: Cli, copied: Path) -> None:
    change(copied / "protocol.toml", "offset =", "ofset =")
    assert cli("protocol", "list").out.startswith("vertebroplasty cannot be used: ")


def test_show_has_every_step_as_its_clinicians_wrote_it(cli: Cli, empty_folder: Path) -> None:
    document = cli.read("protocol", "show", "vertebroplasty")
    assert [step["key"] for step in document["steps"]] == STEPS
    stop = document["steps"][3]
    assert stop["offset"] == {"hold": -1, "days": -1, "at": "10:00"}
    assert document["window"] == {"mon-sat": "09:00-20:00", "sun": "12:00-20:00"}


def test_for_people_show_is_a_table_with_the_bounds_below_each_step(cli: Cli, empty_folder: Path) -> None:
    lines = [line.rstrip() for line in cli("protocol", "show", "vertebroplasty").out.splitlines()]
    assert lines[0] == "vertebroplasty version 1: Vertebroplasty"
    assert [line.split() for line in lines_of("welcome", lines)] == [
        ["welcome", "enrolled", "later", "send"],
        ["not", "after", "start"],
    ]
    first, last = lines_of("ride", lines)
    assert first.split()[1:] == ["start", "-", "3", "days", "at", "12:00", "earlier", "send"]
    assert last.strip() == "not after start - 12 hours"
    assert "not after start - hold days - 1 day at 20:00" in lines_of("stop", lines)[1]
    assert "end + resume days at 09:00" in lines_of("resume", lines)[0]
    assert [line.strip() for line in lines_of("day-of", lines)[1:]] == [
        "not before start + 0 days at 06:00",
        "not after start - 2 hours",
    ]


def lines_of(step: str, lines: list[str]) -> list[str]:
    """A step's own line and those that belong to it."""
    (at,) = [number for number, line in enumerate(lines) if line.startswith(f"{step} ")]
    below = [number for number, line in enumerate(lines) if number > at and not line.startswith(" ")]
    return lines[at : below[0] if below else None]


def test_in_80_columns_no_line_of_a_step_is_broken(
    cli: Cli, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = [line.split() for line in cli("protocol", "show", "vertebroplasty").out.splitlines()]
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes this for a terminal
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    narrow = cli("protocol", "show", "vertebroplasty").out.splitlines()
    assert [line.split() for line in narrow] == wide
    assert max(map(len, narrow)) <= 80


# check


def test_the_shipped_protocol_holds_no_mistake(cli: Cli, empty_folder: Path) -> None:
    assert list(cli.read("protocol", "check", "vertebroplasty")) == SUMMARY
    assert cli("protocol", "check", "vertebroplasty").out == (
        "vertebroplasty version 1: 14 steps, texts in en, es: no mistake\n"
    )


@pytest.mark.parametrize("inside", ["", "protocol.toml"])
def test_a_folder_or_its_protocol_file_can_be_checked(
    inside: str, cli: Cli, copied: Path, installation: Installation
) -> None:
    change(copied / "protocol.toml", "version = 1", "version = 7")
    assert cli.read("protocol", "check", str(copied / inside))["version"] == 7


@pytest.mark.parametrize("path", ["protocols/vertebroplsty", "./nothing", "/nothing/at/all"])
def test_a_path_that_is_not_there_is_refused_and_nothing_else_is_checked_for_it(
    path: str, cli: Cli, copied: Path
) -> None:
    assert cli("protocol", "check", path).refusal == f"{path}: there is no such folder"


@pytest.mark.parametrize("command", ["show", "check", "approve"])
def test_a_name_that_is_misspelled_is_answered_with_the_right_one(
    command: str, cli: Cli, installation: Installation
) -> None:
    more = ["--by", "Dr. Example"] if command == "approve" else []
    refusal = cli("protocol", command, "vertebroplsty", *more).refusal
    assert refusal == "protocol 'vertebroplsty' is not known; did you mean 'vertebroplasty'?"


def test_a_file_that_is_no_text_is_refused(cli: Cli, copied: Path) -> None:
    (copied / "messages.en.toml").write_bytes(b"\xff\xfe\x00")
    assert cli("protocol", "check", str(copied)).refusal == (
        f"{copied}: cannot be read as a protocol folder (UnicodeDecodeError)"
    )


def test_a_folder_without_a_protocol_is_refused(cli: Cli, copied: Path) -> None:
    (copied / "protocol.toml").unlink()
    assert cli("protocol", "check", str(copied)).refusal == f"{copied}/protocol.toml: is missing"


MISTAKES: dict[str, tuple[str, str, str, str]] = {
    # what is wrong: file, what stands there, what is written instead, how the refusal ends
    "an unknown key": (
        "protocol.toml",
        'if_late = "send"',
        'if_lat = "send"',
        "protocol.toml: step[1] (welcome): if_lat: …did you mean 'if_late'?",
    ),
    "a bad offset": (
        "protocol.toml",
        'offset = { days = -3, at = "12:00" }',
        'offset = { days = -3, hours = 2, at = "12:00" }',
        "protocol.toml: step[5] (ride): offset.hours: cannot be mixed with days, at: count dates or hours, not both",
    ),
    "a clock time that is none": (
        "protocol.toml",
        'offset = { days = -3, at = "12:00" }',
        'offset = { days = -3, at = "25:00" }',
        "protocol.toml: step[5] (ride): offset.at: must be a clock time like \"09:00\", not '25:00'",
    ),
    "two steps of one key": ("protocol.toml", 'key = "prepare-plan"', 'key = "prepare"', "protocol.toml: …prepare…"),
    "an unknown placeholder": (
        "messages.en.toml",
        "{procedure_date}",
        "{procedure_dat}",
        "messages.en.toml: …{procedure_dat}…",
    ),
    "a forbidden word": (
        "messages.en.toml",
        "{procedure_date}",
        "tomorrow",
        "messages.en.toml: …tomorrow…",
    ),
    "a text longer than its segments": (
        "messages.en.toml",
        "{site}:",
        "{site}: " + "Please read all of this with care. " * 10,
        "messages.en.toml: …segments…",
    ),
    "a step without a text": (
        "messages.es.toml",
        "[steps.ride]",
        "[steps.rides]",
        "messages.es.toml: …rides…",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_file_and_its_place(mistake: str, cli: Cli, copied: Path) -> None:
    file, old, new, line = MISTAKES[mistake]
    change(copied / file, old, new)
    refusal = cli("protocol", "check", str(copied)).refusal
    assert reads(refusal, f"{copied}/{line}"), refusal


@pytest.mark.parametrize("mistake", MISTAKES)
def test_nobody_is_enrolled_on_a_protocol_with_a_mistake(
    mistake: str, cli: Cli, copied: Path, installation: Installation
) -> None:
    file, old, new, line = MISTAKES[mistake]
    change(copied / file, old, new)
    before = installation.rows()
    refusal = cli("enroll", *words_of(PATIENT)).refusal
    assert reads(refusal, f"…protocols/vertebroplasty/{line}"), refusal
    assert installation.rows() == before


@pytest.mark.parametrize(
    "words",
    [
        ("protocol", "check", "vertebroplasty"),
        ("protocol", "show", "vertebroplasty"),
        ("protocol", "approve", "vertebroplasty", "--by", "Dr. Example"),
        ("preview", "--procedure", "2026-12-08 09:00"),
    ],
    ids=" ".join,
)
def test_a_mistake_in_a_protocol_is_told_by_every_command_that_asks_for_it_by_name(
    words: tuple[str, ...], cli: Cli, copied: Path, installation: Installation
) -> None:
    change(copied / "protocol.toml", "version = 1", "version = 0")
    before = installation.rows()
    assert reads(cli(*words).refusal, "…protocols/vertebroplasty/protocol.toml: version: …")
    assert installation.rows() == before


def test_a_departments_own_protocol_goes_before_the_shipped_one(cli: Cli, copied: Path) -> None:
    change(copied / "protocol.toml", "version = 1", "version = 7")
    assert cli.enroll()["timeline"]["version"] == 7


def test_a_plan_keeps_the_version_it_was_made_with(cli: Cli, copied: Path) -> None:
    enrolled = cli.enrolled_id()
    change(copied / "protocol.toml", "version = 1", "version = 7")
    assert cli.read("show", enrolled)["timeline"]["version"] == 1


# approve


def test_an_approval_names_the_clinician_and_the_content(cli: Cli, either_installation: Installation) -> None:
    document = cli.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    assert list(document) == [*SUMMARY, "approved_by", "approved_at", "is_new", "released"]
    assert (document["approved_by"], document["is_new"], document["released"]) == ("Dr. Example", True, 0)
    (row,) = cli.read("protocol", "list")["protocols"]
    assert row["approved_by"] == "Dr. Example"
    assert UTC.fullmatch(row["approved_at"])
    assert row["content"] == document["content"]


def test_a_second_approval_changes_nothing(cli: Cli, either_installation: Installation) -> None:
    cli.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    before = either_installation.rows()
    again = cli.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Other")
    assert (again["is_new"], either_installation.rows()) == (False, before)
    assert (again["approved_by"], again["approved_at"]) == ("Dr. Example", "2026-11-20T17:00:00Z")
    assert cli.read("protocol", "list")["protocols"][0]["approved_by"] == "Dr. Example"


def test_one_changed_letter_needs_a_new_approval(cli: Cli, copied: Path) -> None:
    cli.read("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    change(copied / "messages.en.toml", "Welcome", "Welcom")
    assert cli.read("protocol", "list")["protocols"][0]["approved_by"] is None


def test_in_a_script_an_approval_needs_a_name(cli: Cli, installation: Installation) -> None:
    before = installation.rows()
    assert cli("protocol", "approve", "vertebroplasty").refusal == "--by: is required"
    assert cli("protocol", "approve", "vertebroplasty", "--by", " ").refusal == "--by: must not be empty"
    assert installation.rows() == before


def test_for_people_an_approval_says_what_is_approved(cli: Cli, installation: Installation) -> None:
    words = ("protocol", "approve", "vertebroplasty", "--by", "Dr. Example")
    assert cli(*words).out == "vertebroplasty version 1 is approved\n"
    assert cli(*words).out == (
        "vertebroplasty version 1 was already approved by Dr. Example, Fri 2026-11-20 12:00 EST\n"
    )


# new


def test_a_new_protocol_is_a_copy_in_the_departments_own_folder(cli: Cli, installation: Installation) -> None:
    installation.replace_setting("[sites.main]", 'protocols_dir = "protocols"\n\n[sites.main]')
    document = cli.read("protocol", "new", "spine-injection")
    assert list(document) == [*SUMMARY, "folder"]
    assert Path(document["folder"]) == installation.folder / "protocols" / "spine-injection"
    assert cli.enroll(protocol="spine-injection")["timeline"]["protocol"] == "spine-injection"
    assert cli.read("protocol", "list")["protocols"][0]["protocol"] == "spine-injection"


def test_a_new_protocol_may_start_from_ones_own(cli: Cli, copied: Path) -> None:
    cli.read("protocol", "new", "first")
    change(copied.with_name("first") / "protocol.toml", "version = 1", "version = 7")
    assert cli.read("protocol", "new", "second", "--from", "first")["version"] == 7


def test_a_new_protocol_can_be_made_anywhere_without_any_settings(cli: Cli, empty_folder: Path) -> None:
    cli.read("protocol", "new", "spine-injection", "--to", "drafts")
    assert cli.read("protocol", "check", "drafts/spine-injection")["protocol"] == "spine-injection"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("spine-injection",), "protocols_dir: is not set; put protocols_dir = …"),
        (
            ("vertebroplasty", "--to", "protocols"),
            "protocols/vertebroplasty: is there already and is not overwritten; …",
        ),
        (("Spine Injection", "--to", "drafts"), "NAME: 'Spine Injection' must be lower-case words …"),
        (("../spine", "--to", "drafts"), "NAME: '../spine' must be lower-case words …"),
        (("spine", "--to", "drafts", "--from", "vertebroplsty"), "protocol 'vertebroplsty' is not known; …"),
    ],
    ids=str,
)
def test_a_new_protocol_that_cannot_be_made_is_refused(
    words: tuple[str, ...], line: str, cli: Cli, installation: Installation
) -> None:
    shutil.copytree(SHIPPED, installation.folder / "protocols" / "vertebroplasty")
    before = sorted(installation.folder.rglob("*"))
    refusal = cli("protocol", "new", *words).refusal
    assert reads(refusal, line), refusal
    assert sorted(installation.folder.rglob("*")) == before


def test_for_people_a_new_protocol_says_what_was_made_and_what_comes_next(cli: Cli, empty_folder: Path) -> None:
    lines = cli("protocol", "new", "spine", "--to", "drafts").out.splitlines()
    assert "made drafts/spine/protocol.toml" in lines
    assert lines[-1] == "next: edit, then `reminders protocol check drafts/spine`"


def test_in_reach_a_new_protocol_is_checked_by_its_name(cli: Cli, copied: Path) -> None:
    lines = cli("protocol", "new", "spine").out.splitlines()
    assert lines[-1] == "next: edit, then `reminders protocol check spine`"


def test_a_settings_file_that_was_named_and_is_not_there_is_refused(cli: Cli, empty_folder: Path) -> None:
    assert cli("protocol", "show", "vertebroplasty", "--config", "other.toml").refusal.startswith("other.toml: ")


# migrate


@pytest.fixture
def outdated(cli: Cli, copied: Path) -> str:
    """A patient whose plan was made before the clinicians wrote that the ride is spoken of at eleven."""
    enrolled = cli.enrolled_id()
    change(copied / "protocol.toml", "version = 1", "version = 2")
    change(copied / "protocol.toml", 'offset = { days = -3, at = "12:00" }', 'offset = { days = -3, at = "11:00" }')
    return enrolled


def test_what_a_new_version_would_change_is_shown_and_not_done(
    cli: Cli, installation: Installation, outdated: str
) -> None:
    before = (installation.rows(), cli.read("show", outdated))
    document = cli.read("protocol", "migrate", "vertebroplasty")
    assert document["applied"] is False
    (done,) = document["changes"]
    assert done["moved"] == [{"key": "ride", "from": "2026-12-05T17:00:00Z", "to": "2026-12-05T16:00:00Z"}]
    assert (installation.rows(), cli.read("show", outdated)) == before


def test_with_apply_running_plans_follow_the_new_version_and_say_who_moved_them(cli: Cli, outdated: str) -> None:
    document = cli.read("protocol", "migrate", "vertebroplasty", "--apply", "--by", "Sam Coordinator")
    assert (document["applied"], [done["enrollment"] for done in document["changes"]]) == (True, [outdated])
    timeline = cli.read("show", outdated)["timeline"]
    assert timeline["version"] == 2
    assert {r["key"]: r["send_at"] for r in timeline["reminders"]}["ride"] == "2026-12-05T16:00:00Z"
    event = cli.read("history", outdated)["events"][-1]
    assert (event["action"], event["by"]) == ("migrate", "Sam Coordinator")
    assert cli.read("protocol", "migrate", "vertebroplasty")["changes"] == []


def test_for_people_a_migration_says_what_it_would_do_and_how_to_do_it(cli: Cli, outdated: str) -> None:
    lines = cli("protocol", "migrate", "vertebroplasty").out.splitlines()
    assert lines[0].startswith(f"{outdated}  1 moved")
    assert lines[-1] == "1 enrollment(s) would move; add --apply to do it"
    assert cli("protocol", "migrate", "vertebroplasty", "--apply").out.splitlines()[-1] == "1 enrollment(s) moved"
