"""E-mail through the hospital's mail relay: one connection and one message per call.

The line is always encrypted and the relay's certificate checked, but for a relay on this very machine.
"""

import ipaddress
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr

from reminders.clock import Clock
from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import Accepted, Channel, OutboundMessage, TransportFailure
from reminders.transports.smtp_message import compose, is_plain_address, message_id
from reminders.transports.smtp_session import TOTAL_SECONDS, Relay, Security, SmtpSession

_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class SmtpTransport:
    """Keeps nothing between two messages; safe from several threads."""

    name = "smtp"
    channel = Channel.EMAIL
    live = True
    can_look_up = False  # a relay cannot be asked what it took
    per_second = None
    longest_send_seconds = TOTAL_SECONDS

    def __init__(self, relay: Relay, sender: Address, clock: Clock) -> None:
        self._relay = relay
        self._sender = sender
        self._clock = clock

    def send(self, message: OutboundMessage) -> Accepted:
        mail = compose(message, self._sender, self._clock.now())
        session = SmtpSession(self._relay, self._clock)
        try:
            session.open()
            session.deliver(self._sender.addr_spec, message.to, mail.as_bytes())
        finally:
            session.leave()
        return Accepted(provider_id=message_id(message, self._sender))

    def check(self) -> tuple[str, ...]:
        """Connect, encrypt, log in and leave."""
        session = SmtpSession(self._relay, self._clock)
        try:
            session.open()
        except TransportFailure as failure:
            code = f" ({failure.provider_code})" if failure.provider_code else ""
            return (f"Mail relay {self._relay.host}, port {self._relay.port}: {failure.text}{code}",)
        finally:
            session.leave()
        return ()

    def close(self) -> None:
        """No connection outlives its message."""


def make(channel: Channel, settings: TransportSettings, clock: Clock) -> SmtpTransport:
    """Raises ConfigurationError for a missing host or sender, and for mail in clear text over a network."""
    sender = _sender(settings)
    security = Security(settings.security)
    relay = Relay(
        host=_host(settings, security),
        port=settings.port or _PORTS[security],
        security=security,
        tls=_tls(settings),
        username=settings.username,
        password=_password(settings),
        own_name=sender.domain,
        step_seconds=settings.timeout_seconds,
    )
    return SmtpTransport(relay, sender, clock)


def _sender(settings: TransportSettings) -> Address:
    given = settings.sender or ""
    name, address = parseaddr(given)
    if is_plain_address(address) and given.isprintable():
        with suppress(MessageError, ValueError):
            return Address(display_name=name, addr_spec=address)
    raise ConfigurationError("transports.email.sender: give an address such as reminders@example.org")


def _host(settings: TransportSettings, security: Security) -> str:
    if not settings.host:
        raise ConfigurationError('transports.email: the kind "smtp" needs a host')
    if security is Security.NONE and not _is_this_machine(settings.host):
        raise ConfigurationError(
            'transports.email.security: "none" would send mail in clear text over the network; use "starttls" or "tls"'
        )
    return settings.host


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tls(settings: TransportSettings) -> ssl.SSLContext:
    """Trusts the machine's authorities, or those of `ca_file` alone."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError:  # missing, unreadable, or no certificates in it
        raise ConfigurationError(f"transports.email.ca_file: {settings.ca_file} holds no certificates") from None


def _password(settings: TransportSettings) -> str | None:
    if settings.username is None:
        return None
    password = settings.password.get_secret_value() if settings.password else ""
    if not password.isascii() or not settings.username.isascii():
        raise ConfigurationError("transports.email: user name and password may hold ASCII characters only")
    return password
