"""The line to Twilio: one request, no retries, and every failure told apart by whether a connection was made.

The SDK builds the request and reads the good answer. Its own client is not used: it hands the answer over in
an attribute that its threads share, so that one patient's message can get another's id; and it writes query
parameters, which hold phone numbers, into the log.
"""

import http.cookiejar
import json
import logging
import typing
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from reminders.transports.base import (
    FailureCode,
    Misconfigured,
    NotSent,
    OutcomeUnknown,
    TransportFailure,
)
from reminders.transports.twilio_errors import failure_of_call

CONNECT_SECONDS = 5.0

# At DEBUG urllib3 writes the whole address, and a look-up's address holds a phone number.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


def _never_connected(error: Exception) -> NotSent:
    text = f"No connection to Twilio could be made ({type(error).__name__})."
    return NotSent(FailureCode.UNREACHABLE, text)


# The classes of requests do not tell "refused" from "dropped after sending", nor a TLS handshake from a TLS
# answer. This does: what goes wrong inside `connect` (name, proxy, handshake, certificate) is surely not sent.
class _WatchedConnection(HTTPConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:
            self.close()
            raise _never_connected(error) from None


class _WatchedTlsConnection(HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:
            self.close()
            raise _never_connected(error) from None


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


_POOLS = {"http": _WatchedPool, "https": _WatchedTlsPool}


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: typing.Any, **options: typing.Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: typing.Any) -> typing.Any:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class TwilioLine(HttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Raises a TransportFailure for everything but an answer below 400; shared by all threads."""

    def __init__(self, *, timeout_seconds: float, base_url: str | None) -> None:
        super().__init__(logging.getLogger(__name__), False, timeout_seconds)
        self._timeouts = (min(CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        self._base = urlsplit(base_url) if base_url else None
        self._session = requests.Session()
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = _WatchedAdapter(max_retries=0, pool_maxsize=64)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    @property
    def longest_seconds(self) -> float:
        """What one request may take: connecting and waiting for the answer."""
        return sum(self._timeouts)

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, str | int] | None = None,
        data: dict[str, str | int | list[str]] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        try:
            answer = self._session.request(
                method,
                self._address(uri),
                params=params,
                data=data,
                headers=headers,
                auth=auth,
                timeout=self._timeouts,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _lost(error) from None
        if not 200 <= answer.status_code < 300:
            raise failure_of_call(answer.status_code, _code(answer), _retry_after(answer))
        return Response(answer.status_code, _json_text(answer), answer.headers)

    def close(self) -> None:
        self._session.close()

    def _address(self, uri: str) -> str:
        if self._base is None:
            return uri
        parts = urlsplit(uri)
        path = self._base.path.rstrip("/") + parts.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, parts.query, ""))


def _lost(error: requests.RequestException) -> TransportFailure:
    if isinstance(error, ValueError):  # requests refused the address or a header before any connection
        return Misconfigured(FailureCode.SETUP, "The address or the account set for Twilio cannot be used.")
    if isinstance(error, requests.Timeout):
        text = "Twilio did not answer in time; the message may be on its way."
        return OutcomeUnknown(FailureCode.NO_ANSWER, text)
    text = "The line to Twilio broke before its answer came; the message may be on its way."
    return OutcomeUnknown(FailureCode.LINE_LOST, text)


def _code(answer: requests.Response) -> int | None:
    try:
        code = answer.json()["code"]
        return int(code)
    except (ValueError, TypeError, KeyError):  # not JSON, or not Twilio's
        return None


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds; the header's other form, a date, is left out: it is a hint, and Twilio sends seconds."""
    try:
        return max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return None


def _json_text(answer: requests.Response) -> str:
    """The body, if it is the JSON object the SDK takes for granted."""
    try:
        readable = isinstance(json.loads(answer.text), dict)
    except ValueError:
        readable = False
    if not readable:
        text = "Twilio's answer could not be read; the message may be on its way."
        raise OutcomeUnknown(FailureCode.UNREADABLE_ANSWER, text, provider_code=str(answer.status_code))
    return answer.text
