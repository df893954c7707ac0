"""Credentials a provider does not accept: the transport pauses, the operator is told, and nothing is lost."""

import json

import pytest

from tests.end_to_end.running import BY_EMAIL, BY_TEXT, SECRETS, WRONG_SECRETS, Document, House
from tests.servers.mail import MailServer
from tests.servers.twilio import TwilioServer

pytestmark = pytest.mark.slow


def checks(house: House) -> dict[str, Document]:
    """What doctor finds; it answers in JSON although it fails."""
    ended = house.process("doctor", "--json")
    found = {check["check"]: check for check in json.loads(ended.stdout)["checks"]}
    assert ended.returncode == (0 if all(check["ok"] for check in found.values()) else 1)
    return found


def test_a_provider_that_refuses_our_credentials_pauses_and_once_mended_gets_what_waited(
    approved_house: House, twilio: TwilioServer, relay: MailServer
) -> None:
    approved_house.secrets = dict(WRONG_SECRETS)
    enrolled = [approved_house.enroll(BY_TEXT), approved_house.enroll(BY_EMAIL)]

    counts = approved_house.run_once()
    assert (counts["not_sent"], counts["sent"], counts["missed"]) == (2, 0, 0)
    assert (twilio.messages, relay.taken) == ((), ())
    assert [approved_house.welcome_of(id_)["state"] for id_ in enrolled] == ["planned", "planned"]

    found = checks(approved_house)
    assert "paused by system" in found["transport sms"]["detail"]
    assert "transports.sms.account_sid and the auth token" in found["transport sms"]["detail"]
    assert "paused by system" in found["transport email"]["detail"]
    assert "535" in found["transport email"]["detail"]

    before = relay.logins
    approved_house.let_waits_end()
    assert approved_house.run_once()["sent"] == 0
    assert relay.logins <= before + 1  # a check, and no message: an account is soon locked

    approved_house.secrets = dict(SECRETS)
    approved_house.let_waits_end()
    assert approved_house.run_once()["sent"] == 2
    assert (len(twilio.messages), len(relay.taken)) == (1, 1)
    assert [approved_house.welcome_of(id_)["state"] for id_ in enrolled] == ["sent", "sent"]
    assert {check["ok"] for check in checks(approved_house).values()} == {True}
