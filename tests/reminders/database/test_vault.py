"""The vault: what it seals opens in its own place only, and its keys are for their owner alone."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.database.vault import Vault
from reminders.errors import ConfigurationError, OperationError

_VAULT = Vault(keys={1: bytes(range(32))}, active=1, lookup=bytes(32))
_PLACE = ("enrollments", "ABCD-EFGH2", "name")
_NAME = "Canary Invented"
_words = st.text(max_size=20)


@given(text=st.text(), row=_words)
def test_what_is_sealed_opens_again_in_its_place(text: str, row: str) -> None:
    assert _VAULT.open("enrollments", row, "name", _VAULT.seal("enrollments", row, "name", text)) == text


@given(places=st.lists(st.tuples(_words, _words, _words), min_size=2, max_size=2, unique=True))
def test_a_value_moved_to_any_other_place_does_not_open(places: list[tuple[str, str, str]]) -> None:
    here, elsewhere = places
    with pytest.raises(OperationError, match="does not open"):
        _VAULT.open(*elsewhere, _VAULT.seal(*here, _NAME))


@pytest.mark.parametrize(
    ("here", "elsewhere"),
    [
        (("a", "bc", "d"), ("ab", "c", "d")),
        (("a", "b", "cd"), ("a", "bc", "d")),
        (("t", "1:x1", "c"), ("t1:x", "1", "c")),
    ],
)
def test_places_that_read_alike_when_joined_are_still_different(
    here: tuple[str, str, str], elsewhere: tuple[str, str, str]
) -> None:
    with pytest.raises(OperationError):
        _VAULT.open(*elsewhere, _VAULT.seal(*here, _NAME))


@given(text=st.text(max_size=20), data=st.data())
def test_a_value_changed_in_any_bit_does_not_open(text: str, data: st.DataObject) -> None:
    sealed = bytearray(_VAULT.seal(*_PLACE, text))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(OperationError):
        _VAULT.open(*_PLACE, bytes(sealed))


@given(data=st.data())
def test_a_value_cut_short_does_not_open(data: st.DataObject) -> None:
    sealed = _VAULT.seal(*_PLACE, _NAME)
    with pytest.raises(OperationError):
        _VAULT.open(*_PLACE, sealed[: data.draw(st.integers(0, len(sealed) - 1))])


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    assert len({_VAULT.seal(*_PLACE, _NAME) for _ in range(100)}) == 100


def test_another_installations_key_does_not_open_a_value() -> None:
    other = Vault(keys={1: bytes(32)}, active=1, lookup=bytes(32))
    with pytest.raises(OperationError, match=r"enrollments\.name of ABCD-EFGH2 does not open"):
        other.open(*_PLACE, _VAULT.seal(*_PLACE, _NAME))


def test_a_failure_tells_the_place_and_nothing_of_the_value() -> None:
    sealed = _VAULT.seal(*_PLACE, _NAME)
    with pytest.raises(OperationError) as caught:
        _VAULT.open("enrollments", "ABCD-EFGH2", "phone", sealed)
    assert sealed.hex() not in repr(caught.value)
    assert caught.value.__cause__ is None


# Look-up


def test_equal_texts_of_a_kind_are_found_by_one_keyed_hash() -> None:
    assert _VAULT.lookup("phone", "+12125550142") == _VAULT.lookup("phone", "+12125550142")
    assert _VAULT.lookup("phone", "+12125550142") != _VAULT.lookup("phone", "+12125550143")


def test_the_hash_of_one_kind_says_nothing_of_another() -> None:
    assert _VAULT.lookup("phone", "1") != _VAULT.lookup("mrn", "1")
    assert _VAULT.lookup("a", "bc") != _VAULT.lookup("ab", "c")


def test_a_hash_under_another_key_is_another() -> None:
    other = Vault(keys={1: bytes(range(32))}, active=1, lookup=bytes(range(32)))
    assert other.lookup("phone", "1") != _VAULT.lookup("phone", "1")


# The key file


def test_a_new_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    created = Vault.create(tmp_path / "reminders.key")
    assert (tmp_path / "reminders.key").stat().st_mode & 0o777 == 0o600
    loaded = Vault.load(tmp_path / "reminders.key")
    assert loaded.open(*_PLACE, created.seal(*_PLACE, _NAME)) == _NAME
    assert loaded.lookup("phone", "1") == created.lookup("phone", "1")


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    one, other = Vault.create(tmp_path / "1.key"), Vault.create(tmp_path / "2.key")
    assert one.lookup("phone", "1") != other.lookup("phone", "1")
    with pytest.raises(OperationError):
        other.open(*_PLACE, one.seal(*_PLACE, _NAME))


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    Vault.create(tmp_path / "reminders.key")
    before = (tmp_path / "reminders.key").read_bytes()
    with pytest.raises(ConfigurationError, match="not overwritten"):
        Vault.create(tmp_path / "reminders.key")
    assert (tmp_path / "reminders.key").read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    Vault.create(tmp_path / "reminders.key")
    (tmp_path / "reminders.key").chmod(mode)
    with pytest.raises(ConfigurationError, match="open to other accounts: chmod 600"):
        Vault.load(tmp_path / "reminders.key")


def test_a_missing_key_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no key file at .*: restore it from its backup "):
        Vault.load(tmp_path / "reminders.key")


def test_a_key_file_that_is_a_folder_cannot_be_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Vault.load(tmp_path)


def test_a_key_file_is_not_written_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot write the key file"):
        Vault.create(tmp_path / "nowhere" / "reminders.key")


_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "ñ",
        json.dumps({"active": 1, "keys": {"1": _KEY[:20]}, "lookup": _KEY}),
        json.dumps({"active": 1, "keys": {"1": "canary!"}, "lookup": _KEY}),
        json.dumps({"active": 2, "keys": {"1": _KEY}, "lookup": _KEY}),
        json.dumps({"active": 0, "keys": {"0": _KEY}, "lookup": _KEY}),
        json.dumps({"active": "1", "keys": {"1": _KEY}, "lookup": _KEY}),
        json.dumps({"active": 1, "keys": [_KEY], "lookup": _KEY}),
        json.dumps({"active": 1, "keys": {"1": _KEY}}),
    ],
)
def test_a_damaged_key_file_is_refused_without_quoting_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "reminders.key"
    path.touch(mode=0o600)
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"is damaged|cannot be read") as caught:
        Vault.load(path)
    assert caught.value.__cause__ is None
    assert not any(key in str(caught.value) for key in (_KEY[:20], "canary"))


def test_a_vault_does_not_show_its_keys() -> None:
    assert repr(_VAULT) == "<Vault with 1 keys>"


# Rotation


def test_after_a_rotation_old_values_open_and_new_ones_need_the_new_key(tmp_path: Path) -> None:
    path = tmp_path / "reminders.key"
    before = Vault.create(path)
    after = Vault.rotate(path)
    assert after.open(*_PLACE, before.seal(*_PLACE, _NAME)) == _NAME
    assert Vault.load(path).open(*_PLACE, after.seal(*_PLACE, _NAME)) == _NAME
    with pytest.raises(OperationError, match="needs a key that the key file does not hold"):
        before.open(*_PLACE, after.seal(*_PLACE, _NAME))


def test_a_rotation_leaves_the_keyed_hashes_as_they_are_and_the_file_private(tmp_path: Path) -> None:
    path = tmp_path / "reminders.key"
    before = Vault.create(path)
    assert Vault.rotate(path).lookup("phone", "1") == before.lookup("phone", "1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_rotation_at_the_same_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reminders.key"
    Vault.create(path)
    (tmp_path / "reminders.key.new").touch()
    with pytest.raises(ConfigurationError, match=r"reminders\.key\.new exists already"):
        Vault.rotate(path)


def test_a_full_key_file_is_not_rotated(tmp_path: Path) -> None:
    path = tmp_path / "reminders.key"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"active": 255, "keys": {"255": _KEY}, "lookup": _KEY}))
    with pytest.raises(ConfigurationError, match="is full"):
        Vault.rotate(path)
