"""What every provider's callback becomes once it is verified; nothing of what a person wrote reaches a `repr`.

The rule: a refusal carries a status and one fixed word, never a part of the request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit


class HookRefused(Exception):
    """A callback that changes nothing; `status` is the HTTP answer, `reason` one fixed word for the log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class HookRequest:
    """A form as it came in; `url` is the configured public address, and never what the request calls itself."""

    url: str = field(repr=False)
    form: Sequence[tuple[str, str]] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)  # names in small letters

    def query(self, name: str) -> str | None:
        """A value of the address's query; HookRefused where it stands there twice."""
        found = [value for key, value in parse_qsl(urlsplit(self.url).query, keep_blank_values=True) if key == name]
        if len(found) > 1:
            raise HookRefused(400, "doubled")
        return found[0] if found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusEvent:
    """How far a message or a call has come, in the provider's own word."""

    provider: str = "twilio"
    provider_id: str
    status: str
    delivery: str | None
    code: str | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundText:
    """A text somebody sent us. `opt_out_type`: what the provider itself has made of it and answered, if anything."""

    provider_id: str
    sender: str = field(repr=False)
    to: str
    text: str = field(repr=False)
    media: int
    opt_out_type: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CallEvent:
    """A call that was taken and asks what to say.

    `again` and `asked` count in its address how often the message, and how often the choices, were said before.
    """

    provider_id: str
    delivery: str | None
    answered_by: str | None
    digits: str | None
    again: int
    asked: int = 0
