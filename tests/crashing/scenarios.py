"""The stories in which a process dies: what is prepared, what it was about to do, and what people do afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from reminders import identifiers
from reminders.changes.rescheduling import reschedule
from reminders.dispatch import Dispatcher
from reminders.enrollment import EnrollRequest, enroll
from reminders.errors import InputError
from reminders.hooks.apply import apply_reply, apply_status
from reminders.hooks.base import InboundText, StatusEvent
from reminders.worker import run_once
from schedules.protocol import Channel
from tests.builders import local
from tests.crashing.forking import in_a_child
from tests.crashing.house import House, let_leases_expire
from tests.crashing.points import Points
from tests.reminders.builders import a_request

PHONE = "+12125550123"
TO = "2026-12-15 09:00"
DENIED = {Channel.SMS: "undelivered", Channel.VOICE: "no-answer", Channel.EMAIL: "undelivered"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """`act` is what is killed; `again` is what whoever asked for it does, having had no answer.

    `commits` is how often the store changes in it: in between there is nothing to be seen. None: not foreseen.
    """

    name: str
    prepare: Callable[[House], None]
    act: Callable[[House, Points], object]
    again: Callable[[House], object] = lambda house: None
    commits: int | None = 1


def the_patient(channel: Channel, **changes: object) -> EnrollRequest:
    reached = {"phone": PHONE, "email": "pat@example.org", "consent": str(channel)}
    return a_request(**reached | changes)


def enroll_one(house: House, channel: Channel = Channel.SMS, **changes: object) -> str:
    return enroll(house.service, the_patient(channel, **changes), by="coordinator").enrollment


def the_one(house: House) -> str:
    (enrollment,) = house.rows("enrollments")["enrollments"]
    return str(enrollment["id"])


def twice(act: Callable[[House], object]) -> Callable[[House], object]:
    """What a person types again; where it had been done, the program says so and changes nothing."""

    def again(house: House) -> None:
        try:
            act(house)
        except InputError as error:
            assert "already" in str(error), error  # noqa: PT017 (any other refusal is a failure)

    return again


# One send


def send(channel: Channel) -> Scenario:
    return Scenario(
        name=f"send {channel}",
        prepare=lambda house: enroll_one(house, channel) and None,
        act=_dispatch,
        commits=2,  # the intent, and what came of it
    )


def _dispatch(house: House, points: Points) -> None:
    dispatcher = Dispatcher(house.service, house.transports(points), worker=identifiers.worker_id())
    dispatcher.run_due()
    dispatcher.close()


# One look after what a dead worker has left


def settling(last: str) -> Scenario:
    """A worker died at a point of its call, and its lease is over: now the one that finds it dies, too."""

    def prepare(house: House) -> None:
        enroll_one(house)
        house.engine.dispose()
        assert in_a_child(lambda: _dispatch(house, Points(last))).killed
        house.store.bury()
        house.clock.advance(timedelta(seconds=house.service.settings.worker.lease_seconds + 1))
        let_leases_expire(house)

    return Scenario(
        name=f"settle what died {last}",
        prepare=prepare,
        act=lambda house, points: run_once(house.service, house.transports(points)),
        commits=None,
    )


# One enroll


def enrolling(channel: Channel) -> Scenario:
    def act(house: House) -> object:
        return enroll_one(house, channel, holds=("warfarin=5",), resumes=("warfarin=1",), takes=("apixaban",))

    return Scenario(
        name=f"enroll {channel}",
        prepare=lambda house: None,
        act=lambda house, points: act(house),
        again=twice(act),
    )


# One reschedule, of an enrollment whose hold was announced


def rescheduling(channel: Channel) -> Scenario:
    def prepare(house: House) -> None:
        enroll_one(house, channel, holds=("warfarin=5",), resumes=("warfarin=1",))
        for time in ("2026-11-20 12:00", "2026-11-24 10:00", "2026-12-02 10:00"):
            house.clock.move_to(local(time))
            run_once(house.service, house.transports())

    def act(house: House) -> object:
        return reschedule(house.service, the_one(house), to=TO, by="coordinator")

    return Scenario(
        name=f"reschedule {channel}", prepare=prepare, act=lambda house, points: act(house), again=twice(act)
    )


# One reply


def replying(name: str, text: str) -> Scenario:
    def prepare(house: House) -> None:
        enroll_one(house)
        run_once(house.service, house.transports())

    def act(house: House) -> object:
        came = InboundText(provider_id="SM1", sender=PHONE, to="+12125550100", text=text, media=0, opt_out_type=None)
        return apply_reply(house.service, came)

    return Scenario(name=name, prepare=prepare, act=lambda house, points: act(house), again=act)


# One receipt


def receipt(channel: Channel) -> Scenario:
    def prepare(house: House) -> None:
        enroll_one(house, channel)
        run_once(house.service, house.transports())

    def act(house: House) -> object:
        (line,) = house.book.lines()
        said = StatusEvent(
            provider_id=line["provider_id"], status=DENIED[channel], delivery=line["delivery_id"], code="30003"
        )
        return apply_status(house.service, said)

    return Scenario(name=f"receipt {channel}", prepare=prepare, act=lambda house, points: act(house), again=act)
