"""A channel may be used only where there is something to reach."""

import pytest

from reminders.consent import WORDING_VERSION, require_address
from reminders.errors import InputError
from reminders.records import Contact
from schedules.protocol import Channel


@pytest.mark.parametrize(
    ("channel", "option"), [(Channel.SMS, "--phone"), (Channel.VOICE, "--phone"), (Channel.EMAIL, "--email")]
)
def test_consent_for_a_channel_without_an_address_is_refused_with_what_it_needs(channel: Channel, option: str) -> None:
    with pytest.raises(InputError, match=f"^--consent: {channel} needs {option}$"):
        require_address(channel, Contact(name="Pat Example"))


@pytest.mark.parametrize("channel", Channel)
def test_consent_for_a_channel_with_an_address_is_taken(channel: Channel) -> None:
    require_address(channel, Contact(name="Pat Example", phone="+12125550123", email="pat@example.org"))


def test_the_wording_has_a_version() -> None:
    assert WORDING_VERSION
