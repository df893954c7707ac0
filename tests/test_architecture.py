from pathlib import Path

import pytest

from tests.architecture import (
    HOMES,
    LONGEST_MEDIAN,
    ROWS,
    Module,
    homeless_libraries,
    import_circles,
    impure_imports,
    length,
    median_length,
    misplaced_modules,
    modules_under,
    oversized,
    package_circles,
    step_keys,
    steps_known_by_name,
    strayed_calls,
    wrong_arrows,
)

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "schedules" / "library"


@pytest.fixture(scope="module")
def house() -> list[Module]:
    return modules_under(ROOT / "schedules", ROOT / "reminders")


def planted(**sources: str) -> list[Module]:
    """Modules of an imagined house; a double underscore stands for the dot in a name."""
    return [Module(name.replace("__", "."), source) for name, source in sources.items()]


# --- the house as it stands -------------------------------------------------------------------


def test_both_packages_are_read(house: list[Module]) -> None:
    assert {"schedules.timeline", "reminders", "reminders.transports.base"} <= {module.name for module in house}


def test_every_module_stands_in_a_row(house: list[Module]) -> None:
    assert misplaced_modules(house) == []


def test_no_module_imports_from_a_row_below(house: list[Module]) -> None:
    assert wrong_arrows(house) == []


def test_no_modules_import_each_other_in_a_circle(house: list[Module]) -> None:
    assert import_circles(house) == []


def test_no_packages_need_each_other(house: list[Module]) -> None:
    assert package_circles(house) == []


def test_every_library_stays_in_its_home(house: list[Module]) -> None:
    assert homeless_libraries(house) == []


def test_schedules_rests_on_the_standard_library_and_dateutil_and_touches_nothing_outside(
    house: list[Module],
) -> None:
    assert impure_imports(house) == []


def test_the_clock_chance_and_the_environment_are_touched_in_their_homes_alone(house: list[Module]) -> None:
    assert strayed_calls(house) == []


def test_no_code_knows_a_step_by_name(house: list[Module]) -> None:
    assert steps_known_by_name(house, step_keys(LIBRARY)) == []


def test_no_function_and_no_module_passes_the_hard_stop(house: list[Module]) -> None:
    assert oversized(house) == []


def test_half_of_all_functions_are_ten_lines_or_less(house: list[Module]) -> None:
    assert median_length(house) <= LONGEST_MEDIAN


def test_the_migrations_are_no_package_that_would_hide_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


# --- each check finds what it is for ----------------------------------------------------------


def test_a_module_nobody_placed_is_found() -> None:
    modules = planted(reminders="", reminders__surprise="", reminders__cli__demo="", schedules__timeline="")

    assert misplaced_modules(modules) == ["reminders.surprise stands in no row; write it into HOUSE"]


@pytest.mark.parametrize(
    ("importer", "source", "target"),
    [
        ("schedules.timeline", "import reminders.clock", "reminders.clock"),
        ("reminders.settings", "from reminders.database import queries", "reminders.database.queries"),
        ("reminders.rendering", "def f():\n    from reminders.dispatch import send", "reminders.dispatch"),
        ("reminders.database.queries", "from reminders import worklist", "reminders.worklist"),
        ("reminders.hooks.twilio", "import reminders.hooks.apply", "reminders.hooks.apply"),
        ("reminders.worker", "from reminders.rehearsal.demo import run", "reminders.rehearsal.demo"),
        ("reminders.cli.run", "from reminders.web import app", "reminders.web"),
        ("reminders.web", "import reminders.cli.run", "reminders.cli.run"),
    ],
)
def test_an_arrow_that_points_down_is_found(importer: str, source: str, target: str) -> None:
    targets = dict.fromkeys((place for row in ROWS for place in row), "") | {target: ""}
    modules = [Module(name, text) for name, text in (targets | {importer: source}).items()]

    assert wrong_arrows(modules) == [f"{importer} must not import {target}"]


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("reminders.dispatch", "from reminders.worklist import open_task"),
        ("reminders.cli.demo", "from reminders.rehearsal import demo"),
        ("reminders.hooks.apply", "from reminders.hooks.twilio import parse"),
        ("reminders.cli", "from reminders import __version__"),
    ],
)
def test_an_arrow_to_the_own_row_or_above_is_none_of_them(importer: str, source: str) -> None:
    others = ("reminders", "reminders.worklist", "reminders.rehearsal", "reminders.hooks.twilio")
    modules = [Module(name, "") for name in others] + [Module(importer, source)]

    assert wrong_arrows(modules) == []


def test_a_circle_is_found() -> None:
    modules = planted(
        reminders__clock="import reminders.errors",
        reminders__errors="from reminders import lifecycle",
        reminders__lifecycle="def f():\n    import reminders.clock",
    )

    assert len(import_circles(modules)) == 1
    assert "reminders.clock imports reminders.errors" in import_circles(modules)[0]


def test_packages_that_need_each_other_by_different_modules_are_found() -> None:
    modules = planted(
        reminders__sending__claiming="import reminders.health.watching",
        reminders__health__watching="",
        reminders__health__restoring="from reminders.sending import ringing",
        reminders__sending__ringing="",
    )

    assert import_circles(modules) == []
    assert len(package_circles(modules)) == 1


def test_a_library_away_from_home_is_found() -> None:
    modules = planted(
        reminders__dispatch="from sqlalchemy import Connection, select",
        reminders__cli__run="def f():\n    import twilio.rest",
        reminders__transports__twilio_sms="from twilio.rest import Client",
    )

    assert homeless_libraries(modules) == [
        "reminders.dispatch must not import sqlalchemy.select",
        "reminders.cli.run must not import twilio.rest",
    ]


def test_every_home_of_a_library_is_a_place_in_the_house() -> None:
    assert {home for homes in HOMES.values() for home in homes} <= {place for row in ROWS for place in row}


@pytest.mark.parametrize("name", ["pydantic", "logging", "time", "sqlite3", "reminders.clock"])
def test_an_import_that_schedules_must_not_have_is_found(name: str) -> None:
    assert impure_imports(planted(schedules__timeline=f"import {name}")) == [
        f"schedules.timeline must not import {name}"
    ]


def test_the_imports_that_schedules_may_have_are_not_found() -> None:
    source = "import tomllib\nfrom dateutil.relativedelta import relativedelta\nfrom datetime import time"

    assert impure_imports(planted(schedules__timeline=source, reminders__logs="import logging")) == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from datetime import datetime\ndatetime.now()", "datetime.datetime.now"),
        ("import datetime as dt\ndt.datetime.utcnow()", "datetime.datetime.utcnow"),
        ("from datetime import date\ntoday = date.today", "datetime.date.today"),
        ("import time\ntime.monotonic()", "time.monotonic"),
        ("from time import sleep as nap\nnap(1)", "time.sleep"),
        ("import random\nchance = random.Random", "random.Random"),
        ("from secrets import token_hex\ntoken_hex()", "secrets.token_hex"),
        ("import uuid\nuuid.uuid4()", "uuid.uuid4"),
        ("import os\nos.environ['HOME']", "os.environ"),
        ("from os import getenv\ngetenv('HOME')", "os.getenv"),
    ],
)
def test_a_call_away_from_its_home_is_found(source: str, name: str) -> None:
    findings = strayed_calls(planted(reminders__dispatch=source))

    assert len(findings) == 1
    assert findings[0].startswith(f"reminders.dispatch:2 must not use {name}, whose home is reminders.")


def test_a_call_at_home_or_one_that_only_sounds_alike_is_not_found() -> None:
    modules = planted(
        reminders__clock="import time\ntime.sleep(1)",
        reminders__dispatch="from datetime import time\nclock.now()\nclock.sleep(1)\ntime.fromisoformat('09:00')",
    )

    assert strayed_calls(modules) == []


@pytest.mark.parametrize(
    "source", ["x == 'ride'", "x = {'ride': 1}", "f'ride:{drug}'", "match x:\n    case 'ride':\n        pass"]
)
def test_a_step_known_by_name_is_found(source: str) -> None:
    assert len(steps_known_by_name(planted(reminders__dispatch=source), {"ride", "stop"})) == 1


def test_a_sentence_that_contains_a_step_is_not_a_step() -> None:
    modules = planted(reminders__dispatch='"""ride"s."""\nx = "who gives the ride"')

    assert steps_known_by_name(modules, {"ride"}) == []


def test_the_shipped_protocols_have_steps_to_look_for() -> None:
    assert {"welcome", "stop", "visit-reminder"} <= step_keys(LIBRARY)


def test_a_function_and_a_module_beyond_the_hard_stop_are_found() -> None:
    function = "def f():\n" + "    pass\n" * 50
    modules = planted(reminders__clock=function, reminders__errors="# a line\n" * 401)

    assert oversized(modules) == ["reminders.errors has 401 lines", "reminders.clock.f has 51 lines"]


def test_a_function_and_a_module_at_the_hard_stop_are_not_found() -> None:
    function = "class A:\n    async def f(self):\n" + "        pass\n" * 49

    assert oversized(planted(reminders__clock=function, reminders__errors="# a line\n" * 400)) == []


def test_the_median_is_the_length_of_the_function_in_the_middle() -> None:
    modules = planted(
        reminders__clock="def f(): pass\ndef g():\n    a = 1\n    return a\ndef h():\n" + "    pass\n" * 30
    )

    assert [length(function) for function in modules[0].functions] == [1, 3, 31]
    assert median_length(modules) == 3
