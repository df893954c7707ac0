"""Whether a key file opens what a store holds: judged by one enrollment, and by a second where that does not open."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert

from reminders.database import tables
from reminders.database.engine import open_engine
from reminders.database.sealed import Fit, fit_of, holds_enrollments
from reminders.database.vault import Vault
from reminders.errors import ConfigurationError
from tests.reminders.database.plans import plan_of
from tests.reminders.database.rows import NOON, add_enrollment


@pytest.fixture
def another(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "another.key")


def add_sealed(connection: Connection, vault: Vault, id_: str) -> None:
    """An enrollment that consented, as every one does, and whose name opens with this vault."""
    add_enrollment(connection, id_, name=vault.seal("enrollments", id_, "name", "Pat Example"))
    row = {"enrollment": id_, "channel": "sms", "granted_at": NOON, "granted_by": "coordinator"}
    connection.execute(insert(tables.consents), row | {"wording": "2026-1", "detailed": False})


def test_an_empty_store_fits_any_key(connection: Connection, vault: Vault) -> None:
    assert fit_of(connection, vault) is Fit.WHOLE


def test_a_store_fits_the_key_that_sealed_it_and_no_other(connection: Connection, vault: Vault, another: Vault) -> None:
    for id_ in ("ZZZZ", "AAAA"):
        add_sealed(connection, vault, id_)
    assert fit_of(connection, vault) is Fit.WHOLE
    assert fit_of(connection, another) is Fit.NONE


def test_the_newest_is_judged_by_and_not_the_first_in_the_alphabet(
    connection: Connection, vault: Vault, another: Vault
) -> None:
    for id_, key in (("MMMM", another), ("AAAA", another), ("ZZZZ", another), ("NNNN", vault)):
        add_sealed(connection, key, id_)
    assert fit_of(connection, vault) is Fit.WHOLE


def test_one_damaged_row_does_not_speak_against_the_key(connection: Connection, vault: Vault, another: Vault) -> None:
    for id_, key in (("MMMM", vault), ("ZZZZ", vault), ("AAAA", another)):
        add_sealed(connection, key, id_)
    assert fit_of(connection, vault) is Fit.PART


@pytest.mark.parametrize("damaged", [b"", bytes(80), b"\x01", b"\x07" + bytes(60), b"\x01\x63 too short"])
def test_what_no_key_ever_sealed_does_not_speak_against_the_key(
    connection: Connection, vault: Vault, damaged: bytes
) -> None:
    for id_ in ("MMMM", "ZZZZ"):
        add_sealed(connection, vault, id_)
    e = tables.enrollments.c
    connection.execute(tables.enrollments.update().where(e.id == "ZZZZ").values(name=damaged))
    assert fit_of(connection, vault) is Fit.PART


def test_a_copy_of_the_file_from_before_a_key_was_added_fits_no_more(
    connection: Connection, vault: Vault, tmp_path: Path
) -> None:
    add_sealed(connection, vault, "MMMM")
    rotated = Vault.rotate(tmp_path / "reminders.key")
    assert fit_of(connection, rotated) is Fit.WHOLE
    add_sealed(connection, rotated, "NNNN")
    assert fit_of(connection, rotated) is Fit.WHOLE
    assert fit_of(connection, vault) is Fit.NONE


@pytest.mark.parametrize("key", ["vault", "another"])
def test_it_costs_rows_by_an_index_however_many_there_are(
    key: str, engine: Engine, vault: Vault, another: Vault
) -> None:
    def ask(connection: Connection) -> object:
        add_sealed(connection, vault, "MMMM")
        return fit_of(connection, {"vault": vault, "another": another}[key])

    plan = plan_of(engine, ask)
    if engine.dialect.name == "sqlite":
        assert "SCAN enrollments" not in plan
        assert "TEMP B-TREE" not in plan
    else:
        assert "Index Scan Backward using pk_consents" in plan or "Index Scan using pk_consents" in plan
        assert "using pk_enrollments" in plan


def test_a_database_without_tables_or_without_rows_holds_nobody(empty_database_url: str, database_url: str) -> None:
    if empty_database_url.startswith("sqlite"):
        with pytest.raises(ConfigurationError, match="no database yet"):
            holds_enrollments(empty_database_url)
        open_engine(empty_database_url, create=True).dispose()
    assert not holds_enrollments(empty_database_url)
    assert not holds_enrollments(database_url)


def test_one_enrollment_is_enough(database_url: str, engine: Engine, vault: Vault) -> None:
    with engine.begin() as connection:
        add_sealed(connection, vault, "MMMM")
    assert holds_enrollments(database_url)
