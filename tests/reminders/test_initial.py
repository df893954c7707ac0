"""The first steps of an installation: what is missing is made for one account alone, what is there is kept."""

import re
import stat
from pathlib import Path

import pytest

from reminders.bootstrap import open_service, open_transports
from reminders.database import migrate
from reminders.errors import ConfigurationError
from reminders.initial import EXAMPLE, initialize
from reminders.settings import load_settings


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_the_example_settings_are_settings_as_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "reminders.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    settings = load_settings(file, {})
    assert list(settings.sites) == ["main"]
    assert {transport.kind for transport in settings.transports.values()} == {"console"}


def test_what_is_commented_out_in_the_example_is_right_once_it_is_not(tmp_path: Path) -> None:
    file = tmp_path / "reminders.toml"
    file.write_text(re.sub(r"^# (\[|\w+ = )", r"\1", EXAMPLE, flags=re.MULTILINE), encoding="utf-8")
    settings = load_settings(file, {})
    assert settings.sites["main"].texts["en"].fasting is not None
    assert (settings.key_file, settings.protocols_dir) == (tmp_path / "reminders.key", tmp_path / "protocols")


def test_no_path_in_the_example_depends_on_where_it_was_written() -> None:
    paths = re.findall(r'^(?:# )?(?:url|key_file|protocols_dir) = "(?:sqlite:///)?([^"]+)"', EXAMPLE, re.MULTILINE)
    assert paths == ["reminders.key", "protocols", "reminders.db"]


def test_a_whole_installation_is_made_and_opens(tmp_path: Path) -> None:
    made, kept = initialize(tmp_path / "reminders.toml")
    assert (names(made), kept) == (["reminders.toml", "reminders.key", "reminders.db"], [])
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    service = open_service(tmp_path / "reminders.toml")
    assert len(open_transports(service)) == 2
    service.engine.dispose()


@pytest.mark.parametrize("folder", [".", "site"])
def test_paths_are_told_as_the_settings_file_was_named(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(folder).mkdir(exist_ok=True)
    made, _ = initialize(Path(folder, "reminders.toml"))
    assert made == [Path(folder, name) for name in ("reminders.toml", "reminders.key", "reminders.db")]
    made, kept = initialize(Path(folder, "reminders.toml").absolute())
    assert (made, kept) == ([], [tmp_path / folder / path.name for path in kept])


def test_what_stands_elsewhere_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "keys.json"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("REMINDERS_KEY_FILE", str(elsewhere))
    made, _ = initialize(Path("reminders.toml"))
    assert made == [Path("reminders.toml"), elsewhere, Path("reminders.db")]


def test_what_is_there_is_kept_as_it_is(tmp_path: Path) -> None:
    first, _ = initialize(tmp_path / "reminders.toml")
    before = [path.read_bytes() for path in first]
    made, kept = initialize(tmp_path / "reminders.toml")
    assert (made, kept) == ([], first)
    assert [path.read_bytes() for path in kept] == before


def test_the_folders_above_a_database_are_made_too(tmp_path: Path) -> None:
    file = tmp_path / "reminders.toml"
    file.write_text(EXAMPLE.replace("sqlite:///reminders.db", "sqlite:///data/2026/plan.db"), encoding="utf-8")
    initialize(file)
    assert migrate.current(f"sqlite:///{tmp_path}/data/2026/plan.db") == migrate.head()


def test_a_server_gets_its_tables(tmp_path: Path, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMINDERS_DATABASE__URL", empty_postgres_url)
    made, _ = initialize(tmp_path / "reminders.toml")
    assert names(made) == ["reminders.toml", "reminders.key"]
    assert migrate.current(empty_postgres_url) == migrate.head()


def test_a_settings_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing/reminders.toml: cannot be written \(No such file"):
        initialize(tmp_path / "missing" / "reminders.toml")
