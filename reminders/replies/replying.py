"""A text that came in: kept, read, acted upon and answered, in one transaction.

The rule: nothing a person wrote is lost, and nothing is advice. A red flag gets its fixed words and an urgent task in
the commit that keeps it; a repeat of the provider changes nothing; what no rule understands is a person's.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from reminders import worklist
from reminders.database import inbound, worklog
from reminders.database.engine import Proof, in_one_commit
from reminders.enrollment import find_enrollment, place_for
from reminders.hooks.base import InboundText
from reminders.logs import get_logger
from reminders.opting_out import CAREGIVER, PATIENT, opt_in, opt_out
from reminders.records import Task
from reminders.replies import strangers
from reminders.replies.answering import take_answer
from reminders.replies.incoming import Incoming, reply_row
from reminders.replies.responding import may_respond, plan_response
from reminders.replies.senders import find_sender
from reminders.service import Service
from reminders.understanding import read_reply
from schedules.protocol import Channel
from schedules.unplanned import Response

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What becomes of a reply: a word for the record, the response it deserves, and what is left to people."""

    meaning: str
    response: Response | None = None
    tasks: tuple[Task, ...] = ()
    told: bool = False  # a task about it is open already


def take_reply(service: Service, text: InboundText) -> str | None:
    """Take a text in; the words the webhook is to answer with, where nobody is enrolled with its number."""
    proof = (
        Proof(  # a stranger's words are answered here and now: who takes them in anew finds a repeat, and says nothing
            name=f"reply:{text.provider_id}",
            found=lambda connection: inbound.has_reply(connection, text.provider_id),
            look="reminders tasks",
        )
    )

    def act(connection: Connection) -> str | None:
        return _take(service, connection, text)

    try:
        return in_one_commit(service.engine, act, sleep=service.clock.sleep, proof=proof)
    except Exception as error:  # a mistake of ours must not lose what a patient wrote
        log.error("reply_not_handled", error, provider_id=text.provider_id)
    with service.engine.begin() as connection:
        now = service.clock.now()
        strangers.keep_for_people(service, connection, reply_row(service, text, now), now)
    return None


def _take(service: Service, connection: Connection, text: InboundText) -> str | None:
    now = service.clock.now()
    row = reply_row(service, text, now)
    if not inbound.insert_reply(connection, row):
        return None
    reading = read_reply(text.text, drugs=[name.lower() for name in service.medications.names])
    sender = find_sender(service, connection, row["address"], now)
    incoming = Incoming(
        service=service, connection=connection, id=row["id"], text=text, reading=reading, sender=sender, now=now
    )
    if sender.enrollment is None:
        return strangers.take_from_stranger(incoming)
    taken = _act(incoming)
    tasks = list(taken.tasks) or ([] if taken.told or not text.media else [_picture_task(incoming)])
    worklog.open_tasks(connection, [replace(task, about=incoming.id) for task in tasks], now)
    response = _respond(incoming, taken.response)
    main = sender.enrollment
    values = {"meaning": taken.meaning, "response": response, "enrollment": main.id, "site": main.site}
    inbound.settle_reply(connection, incoming.id, **values)
    return None


def _respond(incoming: Incoming, kind: Response | None) -> str | None:
    """Plan the response on the most relevant enrollment as it is by now; its kind, where it may go."""
    if kind is None or incoming.sender.enrollment is None:
        return None
    main = find_enrollment(incoming.service, incoming.connection, incoming.sender.enrollment.id)
    whose = (incoming.sender.address, main, incoming.sender.label, incoming.now)
    if not may_respond(incoming.service, incoming.connection, kind, *whose):
        return None
    plan_response(incoming.connection, main, kind, incoming.id, incoming.now, label=incoming.sender.label)
    return str(kind)


# What is done


def _act(incoming: Incoming) -> Taken:
    """An opt-out and a red flag can be one text: both happen, and the response is the red flag's."""
    silence = _silence(incoming) if incoming.wants_silence else None
    alarms = _alarms(incoming)
    if silence is None:
        return alarms or _ask(incoming)
    if alarms is None:
        return silence
    answerable = alarms.response is not None and alarms.response.without_consent
    return Taken(
        meaning=f"{alarms.meaning}, {silence.meaning}",
        response=alarms.response if answerable else silence.response,
        tasks=(*alarms.tasks, *silence.tasks),
    )


def _silence(incoming: Incoming) -> Taken:
    done = opt_out(
        incoming.service,
        incoming.connection,
        incoming.sender.address,
        by=PATIENT if incoming.sender.label is None else CAREGIVER,
        now=incoming.now,
        about=incoming.id,
        unsure=incoming.reading.unsure,
    )
    confirm = done.fresh and not incoming.confirmed_elsewhere
    tasks: tuple[Task, ...] = ()
    if incoming.reading.unsure and not done.enrollments:  # nothing was open any more, yet somebody must ask
        tasks = (_task(incoming, "reply", "May have meant an end to texts, or something else. Ask.", urgent=True),)
    return Taken(meaning="opt-out", response=Response.STOPPED if confirm else None, tasks=tasks, told=True)


def _alarms(incoming: Incoming) -> Taken | None:
    """What cannot wait: the two lists, and a medicine."""
    reading = incoming.reading
    if reading.emergency:
        reason = "May be an emergency (the 911 list). Call now."
        task = _task(incoming, "red-flag", reason, urgent=True)
        return Taken(meaning="emergency", response=Response.EMERGENCY, tasks=(task,))
    if reading.warning:
        reason = "A warning sign (the list to call us for). Call now."
        task = _task(incoming, "red-flag", reason, urgent=True)
        return Taken(meaning="warning", response=Response.WARNING, tasks=(task,))
    if reading.medicine:
        reason = "Writes about a medicine: stopped, started, missed or asked about. Call the same day."
        return Taken(
            meaning="medicine", response=Response.RECEIVED, tasks=(_task(incoming, "medicine", reason, urgent=True),)
        )
    return None


def _ask(incoming: Incoming) -> Taken:
    """What is neither an opt-out nor an alarm."""
    if incoming.wants_texts:
        return _start(incoming)
    if incoming.reading.help or incoming.provider == "HELP":
        return Taken(meaning="help", response=None if incoming.provider else Response.HELP)
    if incoming.reading.number is not None and incoming.sender.label is None:
        return _number(incoming, incoming.reading.number)
    reason = "Unread reply. Read it, then call or write back."
    if incoming.text.media and not incoming.text.text.strip():
        return Taken(meaning="picture", response=Response.RECEIVED)
    return Taken(meaning="other", response=Response.RECEIVED, tasks=(_task(incoming, "reply", reason),))


def _start(incoming: Incoming) -> Taken:
    restored = opt_in(incoming.service, incoming.connection, incoming.sender.address, now=incoming.now)
    gets_texts = restored or any(Channel.SMS in each.consents for each in incoming.sender.enrollments)
    if gets_texts or incoming.sender.label is not None:
        return Taken(meaning="start", response=None if incoming.provider else Response.STARTED)
    reason = "Asks for texts, but no opt-out had ended them. Ask, then record consent with `reminders contact`."
    return Taken(meaning="start", tasks=(_task(incoming, "reply", reason),))


def _number(incoming: Incoming, number: int) -> Taken:
    enrollments = incoming.sender.enrollments
    found = take_answer(incoming.service, incoming.connection, enrollments, number, incoming.id, incoming.now)
    if found is not None:
        return Taken(meaning=found.meaning, response=found.response, tasks=found.tasks)
    reason = "A number came, and no question is open. Ask what was meant."
    return Taken(meaning="other", response=Response.RECEIVED, tasks=(_task(incoming, "reply", reason),))


# What is left to people


def _picture_task(incoming: Incoming) -> Task:
    files = f"{incoming.text.media} file(s) came along"
    return _task(incoming, "reply", f"Sent a picture ({files}, which this program does not open). Ask what it shows.")


def _task(incoming: Incoming, kind: str, reason: str, *, urgent: bool = False) -> Task:
    """A task on the most relevant enrollment; it says where others share the number, and never what was written."""
    main, sender = incoming.sender.enrollment, incoming.sender
    if main is None:
        raise TypeError("a stranger's task belongs to a site")
    who = "" if sender.label is None else f"From the caregiver {sender.label}: "
    many = f" {len(sender.enrollments)} enrollments share this number." if len(sender.enrollments) > 1 else ""
    return worklist.make_task(
        main,
        place_for(incoming.service, main, incoming.now),
        incoming.now,
        kind=kind,
        cause=f"reply:{incoming.id}:{kind}",
        reason=f"{who}{reason}{many}",
        urgent=urgent,
    )
