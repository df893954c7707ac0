"""The migrations: from nothing to the tables of this program and back, on both databases."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import alembic
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Inspector, inspect, text

from reminders.database import migrate
from reminders.database.engine import known_revisions, open_unchecked
from reminders.database.tables import metadata
from reminders.errors import ConfigurationError, OperationError

_CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    engine = open_unchecked(empty_database_url, create=True)
    yield engine
    engine.dispose()


def _run(engine: Engine, step: Callable[..., Any], target: str) -> None:
    config = migrate.alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        step(config, target)


def _content(engine: Engine) -> dict[str, Any]:
    """Every table with all that holds it, triggers and version table aside, in an order of its own."""
    seen = inspect(engine)
    names = sorted(set(seen.get_table_names()) - {"alembic_version"})
    return {name: _table(seen, name) for name in names}


def _table(seen: Inspector, name: str) -> list[str]:
    parts: list[Any] = [{**column, "type": str(column["type"])} for column in seen.get_columns(name)]
    parts += [seen.get_pk_constraint(name), *seen.get_foreign_keys(name), *seen.get_indexes(name)]
    parts += [*seen.get_check_constraints(name), *seen.get_unique_constraints(name)]
    return sorted(map(_plain, parts))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return str(sorted((key, _plain(part)) for key, part in value.items()))
    return str(value)


def test_there_is_one_line_of_migrations_and_the_file_names_tell_it() -> None:
    scripts = ScriptDirectory.from_config(migrate.alembic_config())
    in_order = [script.revision for script in scripts.walk_revisions()][::-1]
    assert tuple(in_order) == known_revisions()
    assert scripts.get_heads() == [migrate.head()]


def test_alembic_finds_nothing_to_add_to_the_migrated_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrated_tables_equal_the_tables_of_the_code_down_to_checks_and_partial_indexes(
    engine: Engine, empty: Engine
) -> None:
    metadata.create_all(empty)
    assert _content(engine) == _content(empty)


def test_every_migration_can_be_taken_back_and_made_again(empty: Engine) -> None:
    _run(empty, command.upgrade, "head")
    first = _content(empty)
    _run(empty, command.downgrade, "base")
    assert _content(empty) == {}
    _run(empty, command.upgrade, "head")
    assert _content(empty) == first


def test_an_upgrade_ends_at_head_and_a_second_one_changes_nothing(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url)
    migrate.upgrade(empty_database_url)
    assert migrate.current(empty_database_url) == migrate.head()


def test_two_processes_that_upgrade_at_once_both_succeed(empty_database_url: str) -> None:
    processes = [_python(_UPGRADE_WHEN_TOLD, empty_database_url) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    _tell(*processes)
    assert [_answer(process) for process in processes] == [(0, "")] * 2
    assert migrate.current(empty_database_url) == migrate.head()


def test_the_folder_alembic_of_a_checkout_does_not_hide_the_library() -> None:
    assert not (_CHECKOUT / "alembic" / "__init__.py").exists()
    process = _python("import alembic; print(alembic.__version__)")
    assert process.communicate() == (f"{alembic.__version__}\n", "")


def test_scripts_are_found_in_a_wheel_too(tmp_path: Path) -> None:
    shutil.copytree(_CHECKOUT / "reminders", tmp_path / "reminders")
    shutil.copytree(_CHECKOUT / "alembic", tmp_path / "reminders" / "migrations")
    process = _python(_UPGRADE_WHEN_TOLD, f"sqlite:///{tmp_path / 'a.db'}", folder=tmp_path)
    _tell(process)
    assert _answer(process) == (0, "")
    assert migrate.current(f"sqlite:///{tmp_path / 'a.db'}") == migrate.head()


def test_an_upgrade_refuses_a_database_of_a_newer_program(engine: Engine, database_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"newer version \(9999\)"):
        migrate.upgrade(database_url)


def test_an_upgrade_that_leaves_rows_pointing_nowhere_changes_nothing(empty_sqlite_url: str) -> None:
    engine = open_unchecked(empty_sqlite_url, create=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE orphans (parent INTEGER REFERENCES parents)"))
    raw = sqlite3.connect(empty_sqlite_url.removeprefix("sqlite:///"))
    raw.execute("INSERT INTO orphans VALUES (1)")  # plain SQLite looks at no reference
    raw.commit()
    raw.close()
    with pytest.raises(OperationError, match="point nowhere"):
        migrate.upgrade(empty_sqlite_url)
    assert inspect(engine).get_table_names() == ["orphans", "parents"]
    engine.dispose()


_UPGRADE_WHEN_TOLD = """
import sys
from alembic import command
from reminders.database import migrate
print("ready", flush=True)
sys.stdin.readline()
migrate.upgrade(sys.argv[1])
"""


def _python(program: str, *arguments: str, folder: Path = _CHECKOUT) -> subprocess.Popen[str]:
    # -c puts the folder it runs in first on the path of modules, as a developer's shell does.
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _tell(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()


def _answer(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, complaint = process.communicate()
    return process.returncode, complaint
