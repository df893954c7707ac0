"""The kinds of value a settings file holds, each checked when read; a refusal says what would be right.

No refusal repeats the value: a pilot's recipients are patients, and a key may have been given a secret.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationInfo

from schedules.errors import ScheduleError
from schedules.loading import read_window

CALENDAR = r"[A-Z]{2}(-[A-Z0-9]{1,3})?"
LONGEST_SITE_NAME, LONGEST_ADDRESS, LONGEST_FASTING_RULE = 30, 80, 80  # characters


def _line(text: str) -> str:
    if not text.strip() or len(text.splitlines()) != 1:
        raise ValueError("must be one line of text, not an empty one")
    return text.strip()


def _shaped(pattern: str, wanted: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(wanted)
        return text

    return check


def _beside_the_settings(path: Path, info: ValidationInfo) -> Path:
    """Relative paths start at the settings file, wherever a command is run; without a file they stay as they are."""
    folder = (info.context or {}).get("folder")
    return path if folder is None else folder / path.expanduser()


def _database_url(url: str, info: ValidationInfo) -> str:
    if not re.match(r"(sqlite|postgresql)(\+\w+)?://", url):
        raise ValueError("give sqlite:///FILE or postgresql://USER@HOST/DATABASE")
    scheme, slashes, file = url.partition(":///")
    if not scheme.startswith("sqlite") or not file or file.startswith((":memory:", "file:")):
        return url
    return f"{scheme}{slashes}{_beside_the_settings(Path(file), info)}"


def _phone(text: str) -> str:
    import phonenumbers  # 50 ms, and most commands check no number

    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        number = phonenumbers.PhoneNumber()
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) or written != text:
        raise ValueError("must be a valid phone number in international form, like +12125550123")
    return text


def _recipient(text: str) -> str:
    if "@" not in text:
        return _phone(text)
    return _shaped(r"[^@\s]+@[^@\s]+\.[^@\s]+", "must be an e-mail address or a phone number")(text)


def _time_zone(name: str) -> str:
    try:
        # "EST" and its like keep one offset all year: a place is asked for.
        known = name == "UTC" or ("/" in name and bool(ZoneInfo(name).key))
    except (KeyError, ValueError, OSError):
        known = False
    if not known:
        raise ValueError(f"is not a time zone; {_nearest_zone(name)}")
    return name


def _nearest_zone(name: str) -> str:
    places = {zone for zone in available_timezones() if "/" in zone}
    close = difflib.get_close_matches(name.replace(" ", "_"), places, n=1, cutoff=0.8)
    return f"did you mean {close[0]!r}?" if close else "write it like 'America/New_York'"


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or parts.scheme not in ({"https", "http"} if here else {"https"}):
        raise ValueError("must start with https:// (http:// only on this machine)")
    return url.rstrip("/")


def _staffed_hours(days: Mapping[str, str]) -> Mapping[str, str]:
    try:
        read_window("staffed", days)
    except ScheduleError as error:
        raise ValueError(f'must look like mon-fri = "08:00-17:00": {error}') from None
    return days


Line = Annotated[str, AfterValidator(_line)]
# The segments of every text are counted with values of this length: longer ones would break a text in two.
SiteName = Annotated[str, Field(max_length=LONGEST_SITE_NAME), AfterValidator(_line)]
SiteAddress = Annotated[str, Field(max_length=LONGEST_ADDRESS), AfterValidator(_line)]
FastingRule = Annotated[str, Field(max_length=LONGEST_FASTING_RULE), AfterValidator(_line)]
FilePath = Annotated[Path, AfterValidator(_beside_the_settings)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Phone = Annotated[str, AfterValidator(_phone)]
Recipient = Annotated[str, AfterValidator(_recipient)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
StaffedHours = Annotated[Mapping[str, str], AfterValidator(_staffed_hours)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
# Only the form of a calendar's code is checked here; whether it exists only the slow library knows (sites.py).
HolidayCode = Annotated[str, AfterValidator(_shaped(CALENDAR, 'must be a country or a part of one, like "US-NY"'))]
Language = Annotated[str, AfterValidator(_shaped(r"[a-z]{2}", 'must be a language of two letters, like "en"'))]
SiteId = Annotated[
    str, AfterValidator(_shaped(r"[a-z0-9][a-z0-9-]*", 'a site is called by small letters, like "main"'))
]
