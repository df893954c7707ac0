"""docs/adding-a-transport.md: its example keeps the port's contract, and settings find it by its published name."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.registry import make_transport
from schedules.protocol import Channel
from tests.contracts import test_every_transport as contract
from tests.contracts.rigs import CLOCK, Rig
from tests.docs.packages import MODULE, publish, told

LONGEST = 60  # lines

# The whole suite, over this one transport; what asks for a look-up is for those that can.
globals().update(
    {
        name: test
        for name, test in vars(contract).items()
        if name.startswith("test_") and "asked_rig" not in test.__code__.co_varnames
    }
)


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The document's module, published as its package publishes it."""
    publish(tmp_path / "installed")
    (tmp_path / "installed" / f"{MODULE}.py").write_text(told(f"{MODULE}.py"))
    monkeypatch.syspath_prepend(str(tmp_path / "installed"))
    yield importlib.import_module(MODULE)
    sys.modules.pop(MODULE)


@pytest.fixture
def rig(gateway: ModuleType, tmp_path: Path) -> Rig:
    folder = tmp_path / "gateway"
    folder.mkdir()

    def deliveries() -> dict[str | None, str]:
        in_order = sorted(folder.glob("*.txt"), key=lambda file: file.stat().st_mtime_ns)
        return {file.name: file.stem for file in in_order}

    transport: Any = gateway.make(Channel.SMS, TransportSettings(kind="folder", path=folder), CLOCK)
    return Rig(
        transport=transport,
        live=True,
        calls=lambda: len(deliveries()),
        taken=deliveries,
        faults={"the folder is gone": lambda: shutil.rmtree(folder)},
    )


def test_the_suite_is_run_over_the_example() -> None:
    assert len([name for name in globals() if name in vars(contract) and name.startswith("test_")]) > 10


def test_the_example_is_short() -> None:
    assert len(told(f"{MODULE}.py").splitlines()) < LONGEST


def test_the_settings_find_it_by_its_published_name(gateway: ModuleType, tmp_path: Path) -> None:
    made = make_transport(Channel.SMS, TransportSettings(kind="folder", path=tmp_path), CLOCK)

    assert made.name == "folder"


def test_without_a_folder_it_is_refused_in_words(gateway: ModuleType) -> None:
    with pytest.raises(ConfigurationError, match=r"transports\.sms: .*needs a path"):
        make_transport(Channel.SMS, TransportSettings(kind="folder"), CLOCK)


def test_a_missing_folder_is_a_problem_for_doctor(gateway: ModuleType, tmp_path: Path) -> None:
    made = make_transport(Channel.SMS, TransportSettings(kind="folder", path=tmp_path / "nowhere"), CLOCK)

    assert "is missing or cannot be written" in made.check()[0]
