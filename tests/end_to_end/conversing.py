"""A department that serves for real, and one patient of it who gets texts, answers them and picks up the phone.

The clock is the real one and the department's window never closes, so a step leaves when a test brings it due.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.builders import LIBRARY
from tests.end_to_end.running import FROM_NUMBER, SECRETS, Document, House, in_a_month, settings_for, wait_until
from tests.reminders.builders import write_protocol
from tests.servers import twilio as account
from tests.servers.twilio import TwilioCall, TwilioMessage, TwilioServer
from tests.servers.twilio_callbacks import Answer

PUBLIC_URL = "https://reminders.example.org"
INBOUND_URL = f"{PUBLIC_URL}/hooks/twilio/inbound"
FAR = 30  # seconds until a process that was told to stop has surely failed to
CALLS = f"""
[transports.voice]
kind = "twilio"
account_sid = "{account.ACCOUNT_SID}"
from_number = "{FROM_NUMBER}"
base_url = "{{url}}"
"""

HEAD = """
name = "example"
version = 1
title = "Example"
duration = { minutes = 60 }
visit_default = { anchor = "start", months = 1, at = "09:00", working_day = true }
[window]
mon-sun = "00:00-24:00"
"""
STEP = """
[[step]]
key = "{key}"
anchor = "{anchor}"
offset = {{ {offset} }}
shift = "{shift}"
not_after = {{ anchor = "start", hours = -1 }}
channels = ["sms", "voice"]
"""
# By key: its anchor, its offset, its direction, and what else stands in its table.
STEPS = {
    "hello": ("enrolled", "minutes = 0", "later", "first = true"),
    "arrival": ("enrolled", "minutes = 20", "later", 'asks = "arrival"'),
    "check": ("enrolled", "minutes = 30", "later", 'asks = "pain"'),
    "stop": ("start", 'hold = -1, days = -1, at = "10:00"', "earlier", 'for_each = "holds"\nmissed_task = "urgent"'),
    "ride": ("start", 'days = -3, at = "12:00"', "earlier", ""),
    "arrival-call": (
        "start",
        'days = -1, at = "10:00"',
        "earlier",
        'asks = "arrival"\n[step.opens_task]\nkind = "call"\ndue = "16:00"\nreason = "Nurse\'s call: arrival-call."',
    ),
    "arrival-again": ("start", "hours = -3", "earlier", 'asks = "arrival"'),
}
REST = ("stop:warfarin", "ride", "arrival-call", "arrival-again")
INVITES = "{{ask_{question}}} {{not_watched}} Call {{call_phone}}."
WORDS = """
[steps.{key}]
sms = "{{site}}: About {key}. {invites}"
sms_detailed = "{{site}}: About {key} before your vertebroplasty. {invites}"
voice = "This is {{site}}. Please call {{phone}}."
voice_detailed = "This is {{site}}. About {key} before your vertebroplasty. Please call {{phone}}."
"""


def protocol_files() -> dict[str, str]:
    """A small protocol whose answers, questions and corrections are word for word the shipped ones."""
    shipped = (LIBRARY / "vertebroplasty" / "messages.en.toml").read_text(encoding="utf-8")
    steps, texts = HEAD, shipped.partition("[steps.")[0]
    for key, (anchor, offset, shift, more) in STEPS.items():
        steps += STEP.format(key=key, anchor=anchor, offset=offset, shift=shift) + more + "\n"
        asks = next((one for one in ("arrival", "pain") if f'asks = "{one}"' in more), None)
        texts += WORDS.format(key=key, invites=INVITES.format(question=asks) if asks else "Questions? Call {phone}.")
    return {"protocol.toml": steps, "messages.en.toml": texts + shipped[shipped.index("[corrections.") :]}


@dataclass(kw_only=True)
class Clinic:
    """A house that serves at a port of this machine, and is reached at its public address by the provider alone."""

    house: House
    twilio: TwilioServer
    patients: "list[Patient]" = field(default_factory=list)

    def enroll(self, *options: str, consent: str = "sms") -> "Patient":
        """A patient with an order to hold a blood thinner, whose procedure is in a month."""
        number = len(self.patients) + 1
        name, phone = f"Pat{number} Example", f"+121255501{number:02}"
        words = ["--name", name, "--phone", phone, "--consent", consent, "--procedure", in_a_month()]
        orders = ["--hold", "warfarin=5", "--ordered-by", "Dr. Example", "--protocol", "example"]
        enrolled = self.house.read("enroll", *words, *orders, *options)["enrollment"]
        self.patients.append(Patient(clinic=self, id=enrolled, name=name, phone=phone))
        return self.patients[-1]

    def tasks(self) -> list[Document]:
        found: list[Document] = self.house.read("tasks")["tasks"]
        return found


@dataclass(kw_only=True)
class Patient:
    """One patient, by what reaches the phone and by what the commands say of the enrollment."""

    clinic: Clinic
    id: str
    name: str
    phone: str
    read: int = 0

    @property
    def texts(self) -> list[TwilioMessage]:
        return [message for message in self.clinic.twilio.messages if message.to == self.phone]

    @property
    def calls(self) -> list[TwilioCall]:
        return [call for call in self.clinic.twilio.calls if call.to == self.phone]

    def gets(self, what: str) -> TwilioMessage:
        """The next text that arrives, in the order of arrival."""
        wait_until(lambda: len(self.texts) > self.read, f"{what} arrives")
        self.read += 1
        return self.texts[self.read - 1]

    def gets_nothing_more(self) -> bool:
        return len(self.texts) == self.read

    def writes(self, text: str) -> None:
        """A text to the department; the webhook answers it with nothing, for answers leave like every message."""
        answer = self.clinic.twilio.reply(self.phone, FROM_NUMBER, text, INBOUND_URL)
        assert (answer.status, "<Message>" in answer.body) == (200, False), answer

    def shown(self) -> Document:
        return self.clinic.house.read("show", self.id)

    def timeline(self) -> list[Document]:
        found: list[Document] = self.shown()["timeline"]["reminders"]
        return found

    def reminders(self) -> dict[str, Document]:
        """By key, the latest round of each."""
        return {each["key"]: each for each in self.timeline()}

    def responses(self) -> list[Document]:
        """What the program has said by itself, or is to say."""
        return [each for each in self.timeline() if each["key"] == "response"]

    def states(self, *keys: str) -> list[str]:
        found = self.reminders()
        return [found[key]["state"] for key in keys]

    def tasks(self, kind: str) -> list[Document]:
        return [task for task in self.clinic.tasks() if (task["enrollment"], task["kind"]) == (self.id, kind)]

    def comes_to(self, key: str, state: str) -> Document:
        """The reminder, as soon as it is in a state."""
        wait_until(lambda: self.states(key) == [state], f"{key} is {state}")
        return self.reminders()[key]

    def is_asked(self, key: str) -> TwilioMessage:
        """Bring a step due and read what it says."""
        self.clinic.house.bring_due(self.id, key)
        text = self.gets(key)
        assert f"About {key.partition(':')[0]}." in text.body, text.body
        self.comes_to(key, "sent")
        return text

    def is_welcomed(self) -> TwilioMessage:
        text = self.gets("hello")
        self.comes_to("hello", "sent")
        return text

    def reports(self, message: TwilioMessage, *statuses: str, code: int | None = None) -> None:
        """What the provider says of a message, word by word; each is taken."""
        for status in statuses:
            answer = self.clinic.twilio.report(message.sid, status, code)
            assert answer == Answer(sid=message.sid, status=204, body="")


@contextmanager
def serving(house: House, twilio: TwilioServer) -> Iterator[Clinic]:
    """`reminders serve` for as long as the block lasts; it must end well, and its log must name nobody."""
    _set_up(house, twilio)
    process = house.start("serve", "--port", "0")
    port = house.web_port()
    twilio.reach = lambda url: url.replace(PUBLIC_URL, f"http://127.0.0.1:{port}", 1)
    clinic = Clinic(house=house, twilio=twilio)
    yield clinic
    process.send_signal(signal.SIGTERM)
    assert process.wait(FAR) == 0, house.log()
    _assert_quiet(clinic)


def _set_up(house: House, twilio: TwilioServer) -> None:
    text = settings_for(twilio.url, 1, house.folder)
    before, _, rest = text.partition("[transports.email]")
    rest = rest[rest.index("[worker]") :].replace("accept_no_replies = true", f'public_url = "{PUBLIC_URL}"')
    own = f'protocols_dir = "{write_protocol(house.folder / "own", protocol_files())}"\n'
    (house.folder / "reminders.toml").write_text(own + before + CALLS.format(url=twilio.url) + rest, encoding="utf-8")
    token = SECRETS["REMINDERS_TRANSPORTS__SMS__AUTH_TOKEN"]
    house.secrets = {f"REMINDERS_TRANSPORTS__{channel}__AUTH_TOKEN": token for channel in ("SMS", "VOICE")}
    house.read("protocol", "approve", "example", "--by", "Dr. Example")
    house.read("medications", "approve", "warfarin", "--by", "Dr. Example")


def _assert_quiet(clinic: Clinic) -> None:
    log, lines = clinic.house.log(), clinic.house.log_lines()
    assert [line for line in lines if line["level"] == "error"] == []
    assert [lines[0]["event"], lines[-1]["event"]] == ["web_started", "web_stopped"]
    texts = {message.body for message in clinic.twilio.messages} | {"warfarin", "chest", "texting me", "mac="}
    named = {word for patient in clinic.patients for word in (*patient.name.split(), patient.phone[2:])}
    assert [word for word in texts | named if word in log] == []
