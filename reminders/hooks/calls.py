"""What a call says when it is taken, and what a key pressed in it comes to.

The rule: a machine hears the discreet words alone; a call we did not make, or that is another's, hears nothing.
"""

from urllib.parse import urlencode

from reminders import callbacks
from reminders.database import calls
from reminders.database import receipts as ledger
from reminders.hooks.base import CallEvent
from reminders.service import Service
from reminders.sites import find_site, place_of
from reminders.texts.staffing import phone_at
from reminders.transports import twiml
from reminders.transports.base import DELIVERY_PARAMETER
from schedules.protocol import Channel

CONFIRMED, ASKED = "confirmed", "asked"  # our own words in the ledger, beside the provider's
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>'


def call_script(service: Service, event: CallEvent) -> str:
    """The TwiML of a call's next turn; a confirmation is written down first."""
    now = service.clock.now()
    with service.engine.begin() as connection:
        delivery = event.delivery or ""
        call = calls.call_of(connection, service.vault, delivery)
        ours = call is not None and call.provider_id in (None, event.provider_id)
        if not ours or event.digits == twiml.CONFIRM:
            row = {
                "provider": "twilio",
                "provider_id": event.provider_id,
                "status": CONFIRMED if ours else ASKED,
                "delivery": event.delivery,
                "received_at": now,
                "applied_at": now,
                "outcome": CONFIRMED if ours else "unknown-delivery",
            }
            ledger.record_event(connection, row)
    if call is None or not ours:
        return NOTHING
    site = find_site(service.settings, call.site)
    spoken = twiml.Spoken(
        text=call.text,
        discreet=call.discreet,
        language=call.language,
        phone=phone_at(site, place_of(site, call.zone, now.year), now),
    )
    return _turn(spoken, event, _address(service, event))


def _turn(spoken: twiml.Spoken, event: CallEvent, url: str) -> str:
    if event.digits is None:
        return twiml.answer(spoken, event.answered_by, url)
    return twiml.after_digit(event.digits[-1], spoken.text, spoken.language, url, phone=spoken.phone)


def _address(service: Service, event: CallEvent) -> str:
    """Where the next key is posted to, with the counters of this turn."""
    delivery = event.delivery or ""
    address = callbacks.script_url(service.settings.web, service.vault, delivery, Channel.VOICE)
    counters = {DELIVERY_PARAMETER: delivery, twiml.AGAIN_PARAMETER: event.again, twiml.ASKED_PARAMETER: event.asked}
    return f"{address}&{urlencode(counters)}"
