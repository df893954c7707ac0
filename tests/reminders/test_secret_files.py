"""Who may read a secret's file, and where that is for the platform to say."""

from pathlib import Path

import pytest

from reminders.errors import ConfigurationError
from reminders.secret_files import PLATFORM_PLACES, mending, read_secret
from tests.secret_file import write_secret

FILE = Path("secrets/token")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_for_its_owner_alone_is_read(tmp_path: Path, mode: int) -> None:
    assert read_secret(write_secret(tmp_path / "token", "invented\n", mode), "here") == "invented"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o444])
def test_a_file_that_is_open_to_anybody_else_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    file = write_secret(tmp_path / "token", "invented", mode)
    with pytest.raises(ConfigurationError) as refused:
        read_secret(file, "here")
    assert str(refused.value) == f"here: the file it names is open to other accounts: chmod 600 {file}"


def test_where_a_platform_lays_secrets_their_mode_is_the_platforms(tmp_path: Path) -> None:
    file = write_secret(tmp_path / "token", "invented", 0o444)
    assert read_secret(file, "here", (tmp_path,)) == "invented"
    with pytest.raises(ConfigurationError):
        read_secret(file, "here", (tmp_path / "other",))


def test_a_link_among_the_platforms_secrets_leads_to_one(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    write_secret(tmp_path / "..data" / "token", "invented", 0o644)
    (tmp_path / "token").symlink_to("..data/token")
    assert read_secret(tmp_path / "token", "here", (tmp_path,)) == "invented"


def test_a_link_from_there_to_somewhere_else_closes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "token").symlink_to(write_secret(tmp_path / "token", "invented", 0o644))
    with pytest.raises(ConfigurationError):
        read_secret(place / "token", "here", (place,))


def test_the_platforms_places_are_those_of_containers_and_of_systemd() -> None:
    assert [str(place) for place in PLATFORM_PLACES] == ["/run/secrets", "/run/credentials"]


@pytest.mark.parametrize(
    ("owner", "account", "command"),
    [
        (10001, 10001, "chmod 600 secrets/token"),
        (10001, 0, "chmod 600 secrets/token"),  # who is root reads it whoever owns it
        (0, 10001, "chown 10001 secrets/token && chmod 600 secrets/token"),
    ],
)
def test_what_mends_it_leaves_the_account_able_to_read_it(owner: int, account: int, command: str) -> None:
    assert mending(FILE, owner=owner, account=account) == command


def test_a_name_with_blanks_can_be_typed_as_told() -> None:
    assert mending(Path("my token"), owner=1, account=1) == "chmod 600 'my token'"
