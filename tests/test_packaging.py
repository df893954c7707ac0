import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel, built as an installation builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return set(zipfile.ZipFile(next(folder.glob("*.whl"))).namelist())


def test_the_wheel_holds_both_packages_with_their_types_and_the_shipped_protocol(wheel: set[str]) -> None:
    assert wheel >= {
        "reminders/py.typed",
        "schedules/py.typed",
        "schedules/library/medications.toml",
        "schedules/library/vertebroplasty/protocol.toml",
        "schedules/library/vertebroplasty/messages.en.toml",
        "schedules/library/vertebroplasty/messages.es.toml",
    }


def test_the_migrations_travel_inside_the_package_and_hide_no_library(wheel: set[str]) -> None:
    assert "reminders/migrations/env.py" in wheel
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {
        "reminders",
        "schedules",
        "procedure_reminders",
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_requirement_is_pinned_with_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pins = re.findall(r"^\S+==\S+( ; [^\\]*)? \\\n    --hash=sha256:[0-9a-f]{64}", text, flags=re.MULTILINE)

    assert len(pins) == len(re.findall(r"^[a-z]", text, flags=re.MULTILINE)) > 0
    assert "://" not in text
    assert "-index-url" not in text


def test_what_is_asked_for_is_what_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[\[<>=]", one)[0] for one in project["dependencies"]}
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==", lock, flags=re.MULTILINE))

    assert asked <= pinned
