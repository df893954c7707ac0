"""One Twilio account on one line, as texts and calls share it: made from the settings, asked whether it works.

The account knows no message; what is posted, each transport says for itself.
"""

from urllib.parse import urlsplit

from twilio.rest import Client
from twilio.rest.api.v2010.account import AccountContext

from reminders.errors import ConfigurationError
from reminders.settings import TransportSettings
from reminders.transports.base import Channel, FailureCode, TransportFailure
from reminders.transports.twilio_http import TwilioLine


class TwilioAccount:
    """Safe from several threads."""

    def __init__(self, *, channel: Channel, account_sid: str, auth_token: str, line: TwilioLine) -> None:
        # A made-up environment: else the SDK would read the real one, and TWILIO_REGION would move us.
        self.client = Client(account_sid, auth_token, http_client=line, environment={"TWILIO_EDGE": ""})
        self.api: AccountContext = self.client.api.v2010.accounts(account_sid)
        self._channel = channel
        self._line = line

    @property
    def longest_seconds(self) -> float:
        return self._line.longest_seconds

    def check(self) -> tuple[str, ...]:
        """One GET of the account; a sentence for what an operator must mend."""
        try:
            account = self.api.fetch()
        except TransportFailure as failure:
            return (self._advice(failure),)
        if account.status != "active":
            return (f"The Twilio account is {account.status}: see the Twilio console.",)
        return ()

    def close(self) -> None:
        self._line.close()

    def _advice(self, failure: TransportFailure) -> str:
        if failure.code == FailureCode.CREDENTIALS:
            return (
                f"Twilio does not accept the credentials: compare transports.{self._channel}.account_sid and the "
                "auth token with the Twilio console."
            )
        code = f" ({failure.provider_code})" if failure.provider_code else ""
        return f"The Twilio account could not be asked: {failure.text}{code}"


def open_account(channel: Channel, settings: TransportSettings) -> TwilioAccount:
    """Opens no connection; raises ConfigurationError for a missing account or token and for a bad address."""
    if not settings.account_sid or settings.auth_token is None:
        raise ConfigurationError(f'transports.{channel}: the kind "twilio" needs account_sid and an auth token')
    return TwilioAccount(
        channel=channel,
        account_sid=settings.account_sid,
        auth_token=settings.auth_token.get_secret_value(),
        line=TwilioLine(timeout_seconds=settings.timeout_seconds, base_url=_base_url(channel, settings)),
    )


def _base_url(channel: Channel, settings: TransportSettings) -> str | None:
    if not settings.base_url:
        return None
    parts = urlsplit(settings.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"transports.{channel}.base_url: give an address such as https://twilio.example.org")
    return settings.base_url
