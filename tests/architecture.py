"""Reads the source as text and finds what the design forbids; each check returns one line for each finding."""

import ast
import re
import statistics
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

# The design's house, row by row. A module imports from its own row and from those above it.
# A new module is written into its row; a folder stands for all that is in it.
HOUSE = """
schedules

booking budgeting clock composing copying deciding epoch_file errors forecasting health.pinging health.pulse
identifiers inputs joining lifecycle limiting logs picture previewing protocols readability receipt_ranks records
rendering retry secret_files sending.circuit setting_sources setting_values settings sites telling text_checks texts
understanding

transports hooks

database

approving callbacks capping changes consent correcting corresponding dispatch documents enrollment escalating
foreseeing health housekeeping initial key_fit looking opting_out outcomes pausing picturing replies reporting saving
sending service settling staff_texts stopping tasking unsubscribing worklist

hooks.apply hooks.calls

bootstrap checks health.metrics health.readiness trial_message worker

rehearsal

cli web __main__
"""
ROWS: tuple[tuple[str, ...], ...] = tuple(
    tuple(name if name == "schedules" else f"reminders.{name}" for name in row.split())
    for row in HOUSE.strip().split("\n\n")
)
STRANGERS = frozenset({("reminders.cli", "reminders.web"), ("reminders.web", "reminders.cli")})
DOORS = frozenset({("reminders.cli.web", "reminders.web.server")})  # the command that starts the web application

# Libraries that have one home, and what may be named elsewhere to hand it on.
HOMES: Mapping[str, tuple[str, ...]] = {
    "alembic": ("reminders.database",),
    "apscheduler": ("reminders.worker",),
    "cryptography": ("reminders.database",),
    "fastapi": ("reminders.web",),
    "starlette": ("reminders.web",),
    "uvicorn": ("reminders.web",),
    "icalendar": ("reminders.texts",),
    "prometheus_client": ("reminders.health.metrics",),
    "smtplib": ("reminders.transports",),
    "sqlalchemy": ("reminders.database",),
    "sqlite3": ("reminders.database",),
    "twilio": ("reminders.transports", "reminders.hooks"),
    "typer": ("reminders.cli",),
}
HANDED_ON = frozenset({"sqlalchemy.Connection", "sqlalchemy.Engine"})

# `schedules` rests on the standard library and dateutil, and of the former on what touches nothing outside.
PURE_EXTRAS = frozenset({"dateutil", "schedules"})
IMPURE = frozenset(
    {"asyncio", "http", "io", "logging", "multiprocessing", "os", "queue", "random", "secrets", "select", "smtplib"}
    | {"socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "uuid"}
)

# What only one module may touch; a name that ends in a dot stands for all that begins with it.
ONE_HOME: Mapping[str, str] = {
    **dict.fromkeys(("datetime.datetime.now", "datetime.datetime.utcnow"), "reminders.clock"),
    **dict.fromkeys(("datetime.datetime.today", "datetime.date.today", "time."), "reminders.clock"),
    **dict.fromkeys(("random.", "secrets.", "uuid."), "reminders.identifiers"),
    **dict.fromkeys(("os.environ", "os.environb", "os.getenv"), "reminders.settings"),
}
# Keys of a protocol file and of the settings file that are called like a step.
KEYS_OF_FILES = frozenset(
    {
        ("schedules.loading", "resume"),
        ("reminders.rehearsal.naive", "resume"),
        ("reminders.rehearsal.scenes", "fasting"),
    }
)
LONGEST_FUNCTION, LONGEST_MODULE, LONGEST_MEDIAN = 50, 400, 10

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file under its dotted name."""

    name: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


def modules_under(*folders: Path) -> list[Module]:
    """Every Python file of the packages, by name."""
    return [
        Module(_dotted(path.relative_to(folder.parent)), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
    ]


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imported_names(module: Module) -> Iterator[str]:
    """Full dotted names, wherever in the file the import stands."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def longest_prefix(name: str, prefixes: Iterable[str]) -> str | None:
    fitting = (prefix for prefix in prefixes if name == prefix or name.startswith(f"{prefix}."))
    return max(fitting, key=len, default=None)


def place_of(name: str) -> str | None:
    """The package or module of HOUSE that a module of ours belongs to; None for one that nobody has placed."""
    return longest_prefix(name, (place for row in ROWS for place in row))


def row_of(name: str) -> int | None:
    """The row it stands in."""
    rows = {place: number for number, row in enumerate(ROWS) for place in row}
    place = place_of(name)
    return None if place is None else rows[place]


def misplaced_modules(modules: Iterable[Module]) -> list[str]:
    """`reminders` itself is but the version and needs no row."""
    return [
        f"{module.name} stands in no row; write it into HOUSE"
        for module in modules
        if module.name != "reminders" and row_of(module.name) is None
    ]


def wrong_arrows(modules: Iterable[Module]) -> list[str]:
    """Imports from a row below, and those between two that must not know each other."""
    modules = list(modules)
    known = {module.name for module in modules}
    return [
        f"{module.name} must not import {target}"
        for module in modules
        for target in sorted(_own_imports(module, known))
        if _is_wrong(module.name, target)
    ]


def _own_imports(module: Module, known: set[str]) -> set[str]:
    found = (longest_prefix(name, known) for name in imported_names(module))
    return {name for name in found if name is not None and name != module.name}


def _is_wrong(importer: str, target: str) -> bool:
    if (importer, target) in DOORS:
        return False
    if any(importer.startswith(one) and target.startswith(other) for one, other in STRANGERS):
        return True
    below, above = row_of(importer), row_of(target)
    return below is not None and above is not None and above > below


def import_circles(modules: Iterable[Module]) -> list[str]:
    modules = list(modules)
    known = {module.name for module in modules}
    return _circle({module.name: _own_imports(module, known) for module in modules})


def package_circles(modules: Iterable[Module]) -> list[str]:
    """Packages that need each other, by whatever modules: they are one thing in two folders."""
    modules = list(modules)
    known = {module.name for module in modules}
    needed: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        place = place_of(module.name) or module.name
        needed[place] |= {place_of(target) or target for target in _own_imports(module, known)} - {place}
    return _circle(needed)


def _circle(needed: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as circle:
        return [" imports ".join(reversed(circle.args[1]))]
    return []


def homeless_libraries(modules: Iterable[Module]) -> list[str]:
    """Uses of a library outside its home."""
    return [
        f"{module.name} must not import {name}"
        for module in modules
        for name in imported_names(module)
        if name not in HANDED_ON and _is_away(module.name, HOMES.get(name.partition(".")[0]))
    ]


def _is_away(module: str, homes: tuple[str, ...] | None) -> bool:
    return homes is not None and longest_prefix(module, homes) is None


def impure_imports(modules: Iterable[Module]) -> list[str]:
    """What `schedules` must not rest on."""
    allowed = (sys.stdlib_module_names | PURE_EXTRAS) - IMPURE
    return [
        f"{module.name} must not import {name}"
        for module in modules
        if module.name.partition(".")[0] == "schedules"
        for name in imported_names(module)
        if name.partition(".")[0] not in allowed
    ]


def strayed_calls(modules: Iterable[Module]) -> list[str]:
    """The clock, chance or the environment, touched outside their one home."""
    return [
        f"{module.name}:{line} must not use {name}, whose home is {home}"
        for module in modules
        for name, line in _used_names(module)
        if (home := _home_of(name)) is not None and home != module.name
    ]


def _home_of(name: str) -> str | None:
    return next(
        (home for one, home in ONE_HOME.items() if name == one or (one.endswith(".") and name.startswith(one))), None
    )


def _used_names(module: Module) -> Iterator[tuple[str, int]]:
    """Names and attributes as full dotted names, seen through the import that brought them."""
    brought = _brought_names(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            if first in brought:
                yield ".".join([brought[first], *rest]), node.lineno


def _brought_names(module: Module) -> dict[str, str]:
    brought: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            # `import a.b` brings a; `import a.b as c` brings a.b, as c.
            brought |= {
                alias.asname or top: alias.name if alias.asname else top
                for alias in node.names
                for top in [alias.name.partition(".")[0]]
            }
        elif isinstance(node, ast.ImportFrom):
            brought |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return brought


def step_keys(library: Path) -> set[str]:
    """The keys of every shipped protocol."""
    files = sorted(library.glob("*/protocol.toml"))
    return {step["key"] for file in files for step in tomllib.loads(file.read_text(encoding="utf-8"))["step"]}


def steps_known_by_name(modules: Iterable[Module], keys: Iterable[str]) -> list[str]:
    """Strings that are a step's key, alone or before a colon: the protocol's file says what a step is, not code."""
    pattern = re.compile(rf"({'|'.join(map(re.escape, sorted(keys)))})(:[\w-]*)?")
    return [
        f"{module.name}:{node.lineno} knows the step {node.value!r} by name"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and pattern.fullmatch(node.value)
        if (module.name, node.value) not in KEYS_OF_FILES
    ]


def oversized(modules: Iterable[Module]) -> list[str]:
    """Functions and modules beyond the hard stop."""
    modules = list(modules)
    long_modules = [f"{m.name} has {n} lines" for m in modules if (n := len(m.source.splitlines())) > LONGEST_MODULE]
    return long_modules + [
        f"{module.name}.{function.name} has {length(function)} lines"
        for module in modules
        for function in module.functions
        if length(function) > LONGEST_FUNCTION
    ]


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def median_length(modules: Iterable[Module]) -> float:
    """Lines of the function in the middle."""
    return statistics.median(length(function) for module in modules for function in module.functions)
