"""What one installation is set to: a TOML file, and over it the environment, read once into frozen values.

The one home of the environment. A secret never stands in the file: it comes from a variable
(`REMINDERS_TRANSPORTS__SMS__AUTH_TOKEN`) or from a file of its own, which a `*_file` key names.
Every mistake is one ConfigurationError line: which file or variable, which key, what would be right.
"""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from reminders.errors import ConfigurationError
from reminders.setting_sources import read_sources
from reminders.setting_values import (
    DatabaseUrl,
    FastingRule,
    FilePath,
    HolidayCode,
    Language,
    Line,
    Phone,
    Recipient,
    SiteAddress,
    SiteId,
    SiteName,
    StaffedHours,
    TimeZone,
    WebAddress,
)
from schedules.protocol import Channel
from schedules.reading import nearest

DEFAULT_FILE = "reminders.toml"
FILE_VARIABLE = "REMINDERS_CONFIG"
EXEMPT_PER_DAY, EXEMPT_PER_WEEK, EXEMPT_CHARACTERS = 1, 3, 160
_PLAIN_WORDS = {
    "missing": "is missing; it is needed",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "tuple_type": 'must be a list, like ["one", "two"]',
    "too_short": "needs at least one",
}


def settings_path(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The settings file in force: `path`, else $REMINDERS_CONFIG, else ./reminders.toml."""
    environ = os.environ if environ is None else environ
    return path or Path(environ.get(FILE_VARIABLE) or DEFAULT_FILE)


def load_settings(path: Path | None = None, environ: Mapping[str, str] | None = None) -> "Settings":
    """The settings in `path`, else in $REMINDERS_CONFIG, else in ./reminders.toml, under the environment.

    `environ` stands for the process's own environment. Raises ConfigurationError.
    """
    environ = os.environ if environ is None else environ
    file = settings_path(path, environ)
    sources = read_sources(file, environ)
    try:
        return Settings.model_validate(sources.merged, context={"folder": file.absolute().parent})
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
    # Raised here, outside: the validation error holds the values, and must not travel along.
    keys, fault = _fault(found[0])
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    where = f"{sources.origin(keys)}: {'.'.join(keys)}: " if keys else f"{file}: "
    raise ConfigurationError(f"{where}{fault}{more}")


def _fault(error: ErrorDetails) -> tuple[tuple[str, ...], str]:
    """Where the fault stands, and what would be right, in the words of a settings file."""
    keys = tuple(str(part) for part in error["loc"] if part != "[key]")
    context = error.get("ctx", {})
    message = _PLAIN_WORDS.get(error["type"], error["msg"].removeprefix("Value error, "))
    return (*keys, context["key"]) if error["type"] == "unknown_key" else keys, message


class _Table(BaseModel):
    """A table of the file; a key it does not know is refused with the nearest one it does."""

    # Defaults are validated too, whole tables as well: a default file stands beside the settings as a written one.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        revalidate_instances="always",
        hide_input_in_errors=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, given: Any) -> Any:
        unknown = sorted(set(given) - set(cls.model_fields)) if isinstance(given, dict) else []
        if unknown:
            hint = nearest(unknown[0], cls.model_fields)
            raise PydanticCustomError("unknown_key", "is not a setting; {hint}", {"key": unknown[0], "hint": hint})
        return given


class DatabaseSettings(_Table):
    """Where the plan is kept: SQLite for one process, PostgreSQL for many."""

    # Not in the repr: a URL from the environment may carry a password.
    url: DatabaseUrl = Field(default="sqlite:///reminders.db", repr=False)
    url_file: FilePath | None = None
    epoch_file: FilePath | None = None  # how far the store has come, kept outside it; else beside the key file


class SiteTexts(_Table):
    """What a site says in its own words, in one language."""

    fasting: FastingRule | None = None


class EscalationStep(_Table):
    """Who hears of an urgent task that is overdue, and how long after the step before it (or the due time)."""

    channel: Channel
    to: Recipient = Field(repr=False)
    after_minutes: int = Field(default=15, ge=0, le=1440)


class FrequencySettings(_Table):
    """How many messages one number gets, over any 24 hours and any 7 days; None: no limit.

    `exempt` relies on the healthcare exemption instead of consent (47 CFR 64.1200(a)(9)(iv)): one a day, three a week,
    160 characters; what the site sets can only be stricter.
    """

    mode: Literal["consented", "exempt"] = "consented"
    per_day: int | None = Field(default=None, ge=1, le=100)
    per_week: int | None = Field(default=None, ge=1, le=200)

    @property
    def day_cap(self) -> int | None:
        return min(EXEMPT_PER_DAY, self.per_day or EXEMPT_PER_DAY) if self.mode == "exempt" else self.per_day

    @property
    def week_cap(self) -> int | None:
        return min(EXEMPT_PER_WEEK, self.per_week or EXEMPT_PER_WEEK) if self.mode == "exempt" else self.per_week

    @property
    def longest_text(self) -> int | None:
        """Characters of one SMS, where they are limited."""
        return EXEMPT_CHARACTERS if self.mode == "exempt" else None


class SiteSettings(_Table):
    """A department: how it is called, reached and found, and the days it works."""

    name: SiteName
    phone: Phone
    phone_after_hours: Phone | None = None
    address: SiteAddress
    hours: str = ""
    staffed: StaffedHours = Field(default_factory=lambda: {"mon-fri": "08:00-17:00"})  # when `phone` is answered
    time_zone: TimeZone
    holidays: HolidayCode | None = None
    closed: tuple[date, ...] = ()
    open: tuple[date, ...] = ()
    texts: Mapping[Language, SiteTexts] = Field(default_factory=dict)
    escalation: tuple[EscalationStep, ...] = ()
    frequency: FrequencySettings = Field(default_factory=FrequencySettings)

    def __hash__(self) -> int:
        """By what tells sites apart; the tables inside have no hash."""
        return hash((self.name, self.phone, self.time_zone))

    @model_validator(mode="after")
    def _refuse_a_day_both_closed_and_open(self) -> Self:
        both = sorted({*self.closed} & {*self.open})
        if both:
            raise ValueError(f"{both[0]} stands under closed and under open; keep one of the two")
        return self


SenderKind = Literal["long-code", "toll-free", "10dlc", "short-code"]
SENDER_RATES: Mapping[SenderKind, float] = {  # segments a second, as Twilio publishes them for the United States
    "long-code": 1.0,
    "toll-free": 3.0,
    "10dlc": 3.75,  # the lowest; up to 225, as the campaign is registered: then per_second says so
    "short-code": 100.0,
}


class TransportSettings(_Table):
    """How one channel is sent; which of the options a kind needs, its transport says."""

    kind: Line = "console"
    path: FilePath | None = None
    account_sid: str | None = None
    auth_token: SecretStr | None = None
    auth_token_file: FilePath | None = None
    from_number: str | None = None
    messaging_service_sid: str | None = None
    base_url: str | None = None
    timeout_seconds: float = Field(default=10, gt=0)
    host: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    password_file: FilePath | None = None
    sender: str | None = None
    ca_file: FilePath | None = None
    per_second: float | None = Field(default=None, gt=0, le=10_000)  # segments of texts, calls, e-mails
    sender_kind: SenderKind | None = None  # of texts

    @property
    def rate(self) -> float | None:
        """Units a second that the sender takes, as far as the settings say."""
        return self.per_second or (SENDER_RATES[self.sender_kind] if self.sender_kind else None)


class WorkerSettings(_Table):
    """How eagerly one process works. `only_recipients`: everyone else's messages go to the outbox (a pilot)."""

    senders: int = Field(default=10, ge=1, le=200)
    lease_seconds: int = Field(default=60, ge=5)
    poll_seconds: float = Field(default=0.5, gt=0)
    only_recipients: tuple[Recipient, ...] = Field(default=(), repr=False)
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    # Not in the repr: whoever knows the address can say in our name that all is well.
    ping_url: WebAddress | None = Field(default=None, repr=False)
    ping_url_file: FilePath | None = None


class WebSettings(_Table):
    """The address at which a provider reaches us; it enters a signature, so it must be exactly the public one.

    Without it nobody could opt out by a text, so live texts wait unless `accept_no_replies` says that this is known.
    """

    public_url: WebAddress | None = None
    accept_no_replies: bool = False


class Settings(_Table):
    """Everything one installation is set to."""

    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    key_file: FilePath = Path("reminders.key")
    sites: Mapping[SiteId, SiteSettings] = Field(min_length=1)
    transports: Mapping[Channel, TransportSettings] = Field(default_factory=dict)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    protocols_dir: FilePath | None = None

    @property
    def epoch_file(self) -> Path:
        """Where a worker keeps how far the store has come."""
        return self.database.epoch_file or self.key_file.with_suffix(".epoch")

    @model_validator(mode="after")
    def _refuse_a_kind_of_number_where_no_texts_go(self) -> Self:
        for channel, transport in self.transports.items():
            if transport.sender_kind is not None and channel is not Channel.SMS:
                raise ValueError(f"transports.{channel}.sender_kind: is for texts; set per_second here")
        return self

    @model_validator(mode="after")
    def _refuse_a_call_longer_than_the_lease(self) -> Self:
        lease = self.worker.lease_seconds
        for channel, transport in self.transports.items():
            if transport.timeout_seconds >= lease:
                raise ValueError(
                    f"transports.{channel}.timeout_seconds: must be less than worker.lease_seconds ({lease}), "
                    "or two workers may send one message"
                )
        return self
