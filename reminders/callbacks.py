"""The addresses at which a provider reports on one delivery; each carries a MAC, so nobody else's id fits.

The rule: the address names a delivery and nothing about the patient. Without a public address there is none.
"""

import hmac

from reminders.database.vault import Vault
from reminders.settings import WebSettings
from schedules.protocol import Channel

NO_REPLIES = "nobody could opt out of texts: set web.public_url, or web.accept_no_replies"
MAC_PARAMETER = "mac"
MAC_DIGITS = 32  # 128 bits of a keyed hash
STATUS_PATH, VOICE_PATH, UNSUBSCRIBE_PATH = "/hooks/twilio/status", "/hooks/twilio/voice", "/email/unsubscribe"


def mac_of(vault: Vault, delivery: str) -> str:
    """What an address about this delivery must carry."""
    return vault.lookup("callback", delivery)[:MAC_DIGITS]


def is_ours(vault: Vault, delivery: str, mac: str) -> bool:
    """Whether an address was made here for this delivery; takes the same time either way."""
    return hmac.compare_digest(mac_of(vault, delivery).encode(), mac.encode())


def status_url(web: WebSettings, vault: Vault, delivery: str, channel: Channel) -> str | None:
    """Where receipts of a text or a call go, without the delivery's id: the transport adds it."""
    return None if channel is Channel.EMAIL else _url(web, STATUS_PATH, vault, delivery)


def script_url(web: WebSettings, vault: Vault, delivery: str, channel: Channel) -> str | None:
    """Where a call asks what to say."""
    return _url(web, VOICE_PATH, vault, delivery) if channel is Channel.VOICE else None


def unsubscribe_url(web: WebSettings, vault: Vault, delivery: str, channel: Channel) -> str | None:
    """Where one POST ends the e-mails to an address (RFC 8058)."""
    return _url(web, UNSUBSCRIBE_PATH, vault, delivery) if channel is Channel.EMAIL else None


def refusal(web: WebSettings, channel: Channel, *, live: bool) -> str | None:
    """Why nothing may leave by a channel: who gets our texts must be able to answer STOP, and we must hear it."""
    heard = web.public_url is not None or web.accept_no_replies
    return NO_REPLIES if channel is Channel.SMS and live and not heard else None


def _url(web: WebSettings, path: str, vault: Vault, delivery: str) -> str | None:
    return f"{web.public_url}{path}?{MAC_PARAMETER}={mac_of(vault, delivery)}" if web.public_url else None
