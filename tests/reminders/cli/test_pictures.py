"""`--svg`: the timeline as a file, beside the usual answer."""

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.reminders.cli.running import WARFARIN, Cli, Installation, move_to, words_of

PLAN = ("preview", *words_of({"procedure": "2026-12-08 09:00"} | WARFARIN))
SVG = "{http://www.w3.org/2000/svg}"
IMAGES = Path(__file__).parents[3] / "docs" / "images"


def drawn(file: Path) -> str:
    """All text of a picture."""
    root = ElementTree.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314  # our own text
    assert root.tag == f"{SVG}svg"
    return " ".join(" ".join(root.itertext()).split())


def described(file: Path) -> str:
    """What a screen reader hears of a picture: all of it but the words of the messages."""
    return ElementTree.fromstring(file.read_text(encoding="utf-8"))[1].text or ""  # noqa: S314  # our own text


def test_a_preview_is_drawn_beside_its_answer(cli: Cli, installation: Installation) -> None:
    answer = cli(*PLAN, "--svg", "plan.svg")
    assert (answer.code, answer.out) == (0, cli(*PLAN).out)
    assert "Preview: Vertebroplasty, Tue Dec 8, 2026, 9:00 AM" in drawn(installation.folder / "plan.svg")


def test_a_picture_and_json_go_together(cli: Cli, installation: Installation) -> None:
    assert cli.read(*PLAN, "--svg", "plan.svg") == cli.read(*PLAN)
    assert (installation.folder / "plan.svg").exists()


def test_the_same_plan_gives_the_same_file(cli: Cli, installation: Installation) -> None:
    for name in ("one.svg", "two.svg"):
        cli(*PLAN, "--svg", name)
    one, two = ((installation.folder / name).read_bytes() for name in ("one.svg", "two.svg"))
    assert one == two


def test_an_older_picture_is_replaced(cli: Cli, installation: Installation) -> None:
    file = installation.folder / "plan.svg"
    file.write_text("older")
    cli(*PLAN, "--svg", "plan.svg")
    assert "older" not in file.read_text(encoding="utf-8")


def test_an_enrollment_is_drawn_as_it_stands(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = cli.enrolled_id(**WARFARIN)
    cli.run_once()
    move_to(at_noon, "2026-11-21 10:00")
    answer = cli("show", enrolled, "--svg", "plan.svg")
    said = drawn(installation.folder / "plan.svg")
    assert (answer.code, answer.out) == (0, cli("show", enrolled).out)
    assert f"{enrolled}: Vertebroplasty" in said
    assert "As of Sat Nov 21, 2026, 10:00 AM" in said
    assert "Fri Nov 20, 2026, 12:00 PM, welcome, by text, sent." in said


def test_a_picture_of_an_enrollment_names_neither_patient_nor_phone(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(email="pat@example.org")
    cli("show", enrolled, "--svg", "plan.svg")
    said = (installation.folder / "plan.svg").read_text(encoding="utf-8")
    assert not [word for word in ("Pat Example", "Pat,", "555-0123", "5550123", "pat@") if word in said]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (".", "Is a directory"),
        ("missing/plan.svg", "No such file or directory"),
        ("reminders.toml/plan.svg", "Not a directory"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_in_one_line(
    cli: Cli, installation: Installation, path: str, why: str
) -> None:
    refusal = f"--svg: {path} cannot be written ({why}); name a file in a folder of yours"
    assert cli(*PLAN, "--svg", path).refusal == refusal
    assert cli("show", cli.enrolled_id(), "--json", "--svg", path).refusal == refusal


def test_a_plan_that_is_refused_leaves_no_picture(cli: Cli, installation: Installation) -> None:
    assert cli("preview", "--procedure", "12/08/2026", "--svg", "plan.svg").refusal
    assert not (installation.folder / "plan.svg").exists()


def test_the_documents_picture_is_what_its_command_draws(cli: Cli, installation: Installation) -> None:
    text = (IMAGES / "README.md").read_text("utf-8").replace("\\\n", " ")
    (command,) = re.findall(r"^\$ reminders (.*)$", text, re.MULTILINE)
    assert cli(*shlex.split(command)).code == 0
    now, then = (described(folder / "timeline.svg") for folder in (installation.folder, IMAGES))
    assert now == then, "make it again as docs/images/README.md says, and look at it"
