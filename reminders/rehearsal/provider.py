"""A provider of one channel as the rehearsal has it: it takes, refuses, loses and forgets; its ledger is the truth.

The rule: what stands in the ledger reached the patient, whatever the caller was told.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from reminders.hooks.apply import apply_status
from reminders.hooks.base import StatusEvent
from reminders.rehearsal.calling import MACHINE, PERSON, play_call, report_call
from reminders.rehearsal.ledger import Line, Word
from reminders.rehearsal.world import World
from reminders.settling.receipts import APPLIED
from reminders.texts.segments import segments
from reminders.transports.base import (
    Accepted,
    Channel,
    FailureCode,
    Misconfigured,
    NotSent,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    TransportFailure,
)
from reminders.transports.memory import Taken
from reminders.transports.twilio_errors import failure_of_receipt

Disturb = Callable[[OutboundMessage, bool], None]
"""What happens to a worker while its call is on the line: before (False) and after (True) the provider has decided."""
Fate = tuple[bool, TransportFailure | Exception | None]
LONGEST_LAG_SECONDS = 240  # how long a message may be missing in the provider's list

_FATES: Mapping[str, Callable[[], Fate]] = {
    "busy": lambda: (False, NotSent(FailureCode.BUSY, "The provider is busy.", provider_code="20429", retry_after=30)),
    "unreachable": lambda: (False, NotSent(FailureCode.UNREACHABLE, "No connection.")),
    "answer lost": lambda: (True, OutcomeUnknown(FailureCode.NO_ANSWER, "No answer came.")),
    "lost before": lambda: (False, OutcomeUnknown(FailureCode.LINE_LOST, "The line broke.")),
    "broken transport": lambda: (True, ZeroDivisionError()),
    "message refused": lambda: (False, Refused(FailureCode.MESSAGE_REFUSED, "Refused.", provider_code="30004")),
}
_NUMBERS = {"landline": "21614", "bad number": "21211", "opted out at the carrier": "21610"}


class Provider:
    """One channel. `numbers` names what is wrong with some of them; `disturb` is asked around each call."""

    name = "memory"
    per_second: float | None = None
    longest_send_seconds = 1.0

    def __init__(self, channel: Channel, world: World, *, live: bool = False) -> None:
        self.channel, self.live, self.can_look_up = channel, live, channel is Channel.SMS
        self.numbers: dict[str, str] = {}
        self.disturb: Disturb = lambda message, after: None
        self.misconfigured = self.away = False
        self._world = world
        self._chance = world.chance(f"provider:{channel}")
        self._lag: dict[str, datetime] = {}
        self._taken = 0

    def send(self, message: OutboundMessage) -> Accepted:
        self.disturb(message, False)
        taken, failure = self._fate(message)
        line = self._take(message, lost=failure is not None) if taken else None
        self.disturb(message, True)
        if failure is not None:
            raise failure
        expected = self.channel is not Channel.EMAIL
        counted = segments(message.text) if self.channel is Channel.SMS else None
        return Accepted(provider_id=line.provider_id if line else None, segments=counted, receipt_expected=expected)

    def look_up(self, message: OutboundMessage, since: datetime) -> tuple[Accepted, ...]:
        """By recipient and words, as a provider's list is searched; what it took just now may not stand there yet."""
        if self.away or self.misconfigured:
            raise OutcomeUnknown(FailureCode.UNREACHABLE, "The provider cannot be asked.")
        mine = [
            line
            for line in self._world.lines
            if (line.channel, line.to, line.text) == (str(self.channel), message.to, message.text) and line.at >= since
        ]
        found = [line for line in mine if self._lag.get(line.provider_id, line.at) <= self._world.now]
        if len(found) < len(mine):
            self._world.saw("list lags")
        return tuple(Accepted(provider_id=line.provider_id) for line in found)

    def check(self) -> tuple[str, ...]:
        return ("The provider does not accept our account.",) if self.misconfigured else ()

    def close(self) -> None:
        """The ledger stays readable."""

    # One call

    def _fate(self, message: OutboundMessage) -> Fate:
        world = self._world
        if self.misconfigured:
            world.saw("misconfigured")
            return False, Misconfigured(FailureCode.CREDENTIALS, "Our account is not accepted.", provider_code="20003")
        if self.away:
            world.saw("away")
            return False, NotSent(FailureCode.UNREACHABLE, "No connection.")
        wrong = self.numbers.get(message.to)
        if wrong is not None and (self.channel is Channel.SMS or wrong == "bad number"):
            world.saw(wrong)
            return False, failure_of_receipt(_NUMBERS[wrong])
        fault = None if world.calm else self._draw(world.mix.calls)
        if fault is None:
            return True, None
        world.saw(fault)
        return _FATES[fault]()

    def _draw(self, chances: Mapping[str, float]) -> str | None:
        return next((name for name, chance in chances.items() if self._chance.happens(chance)), None)

    def _take(self, message: OutboundMessage, *, lost: bool) -> Line:
        self._taken += 1
        world, vault = self._world, self._world.service.vault
        content = message.text if message.subject is None else f"{message.subject}\n\n{message.text}"
        line = Line(
            seq=world.seq(),
            at=world.now,
            delivery=message.delivery_id,
            provider_id=f"{self.channel}-{self._taken}",
            channel=str(self.channel),
            enrollment=message.enrollment,
            key=message.key,
            to=message.to,
            subject=message.subject,
            text=message.text,
            content_hash=vault.lookup("content", content),
        )
        world.lines.append(line)
        if not world.calm and self._chance.happens(0.5):
            self._lag[line.provider_id] = line.at + timedelta(seconds=self._chance.between(1, LONGEST_LAG_SECONDS))
        if self.channel is Channel.SMS:
            self._arrange_receipts(line, lost=lost)
        elif self.channel is Channel.VOICE:
            taken = Taken(message=message, provider_id=line.provider_id, at=line.at)
            world.after(lambda: self._ring(taken), seconds=self._chance.between(20, 90))
        return line

    # Receipts

    def _arrange_receipts(self, line: Line, *, lost: bool) -> None:
        """Where the answer was lost, the receipt often comes late too: then the program must ask."""
        world, soon = self._world, self._chance.between(3, 60)
        fault = None if world.calm else self._draw(world.mix.receipts)
        fault = "receipt late" if lost and self._chance.happens(0.8) else fault
        if fault is None:
            self._say(line, "delivered", soon)
            return
        world.saw(fault)
        match fault:
            case "receipt late":
                self._say(line, "delivered", self._chance.between(600, 8 * 3600))
            case "receipt repeated":
                for seconds in (soon, soon, soon + 30, soon + 86400):
                    self._say(line, "delivered", seconds)
            case "receipt reordered":
                self._say(line, "delivered", soon)
                self._say(line, "sent", soon + self._chance.between(1, 600))
            case "receipt first":
                self._tell(line, "delivered", None)
            case "undelivered":
                self._say(line, "undelivered", soon, "30003")
            case "number gone":
                self._say(line, "undelivered", soon, self._chance.one_of(("30005", "30006", "21610")))
            case "delivered after all":
                self._say(line, "undelivered", soon, self._chance.one_of(("30003", "30004", "30008")))
                self._say(line, "delivered", soon + self._chance.one_of((0, 1, 60, 600, 1800, 7200)))
            case "filtered":
                self._say(line, "undelivered", soon, "30007")

    def _say(self, line: Line, status: str, seconds: float, code: str | None = None) -> None:
        self._world.after(lambda: self._tell(line, status, code), seconds=seconds)

    def _tell(self, line: Line, status: str, code: str | None) -> None:
        """One receipt; where the program cannot keep it, it is lost: a provider says it once."""
        event = StatusEvent(provider_id=line.provider_id, status=status, delivery=line.delivery, code=code)
        try:
            came_to = apply_status(self._world.service, event)
        except Exception:
            self._world.saw("receipt missing")
            return
        self._heard(line.provider_id, status)
        if code == "21610" and came_to == APPLIED:
            self._world.silence(line.to, line.channel)

    def _heard(self, provider_id: str, status: str) -> None:
        world = self._world
        world.words.append(Word(seq=world.seq(), at=world.now, provider_id=provider_id, status=status))

    def _ring(self, taken: Taken) -> None:
        """A call is answered by somebody or something, or by nobody."""
        answered = self._world.calm or not self._chance.happens(0.15)
        try:
            if answered:
                play_call(self._world.service, taken, self._chance.one_of((PERSON, MACHINE)))
            else:
                report_call(self._world.service, taken, "no-answer")
        except Exception:
            self._world.saw("receipt missing")
            return
        self._heard(taken.provider_id, "delivered" if answered else "undelivered")
