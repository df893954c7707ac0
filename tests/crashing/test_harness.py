"""The harness sees what it is there to see: planted mistakes, each as small as the one that could be made."""

import pytest

from reminders.database import worklog
from reminders.enrollment import enroll
from reminders.transports.base import OutboundMessage
from schedules.protocol import Channel
from tests.crashing.house import House
from tests.crashing.points import Points
from tests.crashing.scenarios import Scenario, send, the_patient
from tests.crashing.trying import crashes, rehearse

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def seen(house: House, scenario: Scenario) -> set[str]:
    """Everything that is found to be wrong where it dies at one of its last points."""
    rehearsed = rehearse(house, scenario)
    return {finding for crash in crashes(house, rehearsed, rehearsed.all_points[-4:]) for finding in crash.findings.all}


def test_it_sees_a_call_that_nobody_has_written_down(house: House) -> None:
    def act(house: House, points: Points) -> None:
        message = OutboundMessage(
            delivery_id="0" * 32, enrollment="-", key="ride", channel=Channel.SMS, to="+12125550123", text="Hello."
        )
        house.transports(points)[Channel.SMS].send(message)

    found = seen(house, Scenario(name="call", prepare=lambda house: None, act=act))
    assert "nobody has written down that ride leaves" in found


def test_it_sees_what_is_sent_a_second_time(house: House) -> None:
    def enroll_anew(house: House) -> None:
        enroll(house.service, the_patient(Channel.SMS, name="Pat Example"), by="coordinator")

    def forgetful(house: House) -> None:
        enroll(house.service, the_patient(Channel.SMS, name="Pat E."), by="coordinator")

    scenario = Scenario(
        name="enroll",
        prepare=lambda house: None,
        act=lambda house, points: enroll_anew(house),
        again=forgetful,  # whom the program cannot tell from another patient
    )
    assert "the words of welcome left 2 times" in seen(house, scenario)


def test_it_sees_a_change_that_is_made_in_two_commits(house: House) -> None:
    def act(house: House, points: Points) -> None:
        for action in ("half", "whole"):
            with house.engine.begin() as connection:
                worklog.add_event(connection, enrollment=None, at=house.clock.now(), by="nobody", action=action)

    scenario = Scenario(name="halves", prepare=lambda house: None, act=act)
    assert len(rehearse(house, scenario).pictures) - 1 == 2
    assert "event whole is missing" in seen(house, scenario)


def test_a_point_that_is_never_reached_is_a_failure(house: House) -> None:
    rehearsed = rehearse(house, send(Channel.SMS))
    with pytest.raises(AssertionError, match="never reached"):
        list(crashes(house, rehearsed, [len(rehearsed.points) + 1]))
