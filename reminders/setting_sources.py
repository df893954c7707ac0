"""The settings as written: the file, over it the environment, and the secrets that stand in files of their own.

Nothing is judged here but where a value may stand; a secret in the settings file is refused.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from reminders.errors import ConfigurationError
from reminders.secret_files import read_secret

PREFIX = "REMINDERS_"
NESTED = "__"
SECRETS = ("auth_token", "password")
# Names of one level are read only where they are known: container platforms put REMINDERS_PORT and its like
# into the environment of whatever is called "reminders".
OUTERMOST = ("key_file", "protocols_dir")

Keys = tuple[str, ...]
"""Where a value stands, from the top: ("sites", "main", "phone")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """The merged tables, and which variable gave which value."""

    file: Path
    in_file: Mapping[str, Any]
    merged: Mapping[str, Any]
    variables: Mapping[Keys, str]

    def origin(self, keys: Keys) -> str:
        """The file or the variable that a fault at `keys` has to be mended in."""
        for given, name in self.variables.items():
            inside = keys[: len(given)] == given
            above = given[: len(keys)] == keys and not _stands_in(self.in_file, keys)
            if inside or (above and keys):
                return f"{name} in the environment"
        return str(self.file)


def read_sources(file: Path, environ: Mapping[str, str]) -> Sources:
    """Read all of it. Raises ConfigurationError for a file that cannot be read and for a secret in the wrong place."""
    in_file = _parsed(file)
    _refuse_secrets(file, in_file)
    variables = dict(_variables(environ))
    merged = _copied(in_file)
    for keys, name in variables.items():
        _put(merged, keys, _value(environ[name]))
    sources = Sources(file=file, in_file=in_file, merged=merged, variables=variables)
    _fill_from_files(sources)
    return sources


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{file}: there is no such file; `reminders init` makes one, --config FILE names another"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: must be written in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: is not valid TOML: {error}") from None


def _refuse_secrets(file: Path, in_file: Mapping[str, Any]) -> None:
    for keys, table in _tables_with_secrets(in_file):
        for secret in SECRETS:
            if secret in table:
                raise _misplaced(file, (*keys, secret), "a secret")
    url = in_file.get("database", {}).get("url") if isinstance(in_file.get("database"), dict) else None
    if isinstance(url, str) and _carries_password(url):
        raise _misplaced(file, ("database", "url"), "a password")


def _misplaced(file: Path, keys: Keys, what: str) -> ConfigurationError:
    variable = PREFIX + NESTED.join(keys).upper()
    return ConfigurationError(
        f"{file}: {'.'.join(keys)}: {what} does not belong in this file; "
        f"set {variable}, or name a file of its own with {keys[-1]}_file"
    )


def _carries_password(url: str) -> bool:
    parts = urlsplit(url)
    return parts.password is not None or "password" in parse_qs(parts.query)


def _tables_with_secrets(data: Mapping[str, Any]) -> Iterator[tuple[Keys, dict[str, Any]]]:
    transports = data.get("transports")
    for channel, table in transports.items() if isinstance(transports, dict) else ():
        if isinstance(table, dict):
            yield ("transports", channel), table


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[Keys, str]]:
    """An empty variable counts as none: that is how compose files pass on what is not set."""
    for name in sorted(environ):
        keys = tuple(name.removeprefix(PREFIX).lower().split(NESTED))
        if name.startswith(PREFIX) and environ[name] and (len(keys) > 1 or keys[0] in OUTERMOST):
            yield keys, name


def _value(text: str) -> Any:
    """A list is written as JSON; everything else is text, which the settings turn into what they need."""
    if not text.startswith("["):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _put(table: dict[str, Any], keys: Keys, value: Any) -> None:
    """Set a value below tables that are made as needed, also over a file's value that is no table."""
    for key in keys[:-1]:
        if not isinstance(table.get(key), dict):
            table[key] = {}
        table = table[key]
    table[keys[-1]] = value


def _fill_from_files(sources: Sources) -> None:
    for keys, table in _tables_with_secrets(sources.merged):
        for secret in SECRETS:
            _fill(sources, (*keys, secret), table)
    for keys in (("database", "url"), ("worker", "ping_url")):
        above = sources.merged.get(keys[0])
        if isinstance(above, dict):
            _fill(sources, keys, above)


def _fill(sources: Sources, keys: Keys, table: dict[str, Any]) -> None:
    file_key = f"{keys[-1]}_file"
    named = table.get(file_key)
    if not isinstance(named, str) or keys in sources.variables:
        return
    where = f"{sources.origin((*keys[:-1], file_key))}: {'.'.join(keys[:-1])}.{file_key}"
    if keys[-1] in table:
        raise ConfigurationError(f"{where}: {keys[-1]} is given as well; keep one of the two")
    table[keys[-1]] = read_secret(sources.file.parent / Path(named).expanduser(), where)


def _stands_in(data: Any, keys: Keys) -> bool:
    for key in keys:
        if not isinstance(data, Mapping) or key not in data:
            return False
        data = data[key]
    return True


def _copied(data: Any) -> Any:
    """Tables of their own, so that what the environment adds does not appear to stand in the file."""
    return {key: _copied(value) for key, value in data.items()} if isinstance(data, dict) else data
