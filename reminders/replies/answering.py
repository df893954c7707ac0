"""A number is an answer only to the last question its patient was asked, and only while what that said still holds.

The rule: it is recorded as it came, and the worse of two answers counts. A yes ends what would ask the same again,
never a step that opens a task of its own; whatever fits no question is a person's, at once where it may be strong pain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reminders import worklist
from reminders.composing import known_of
from reminders.database import inbound, queries, worklog
from reminders.enrollment import place_for, recorded_version
from reminders.lifecycle import UNSENT
from reminders.records import CONFIRMED, RUNNING, Enrollment, Reminder, Task
from reminders.service import Service
from reminders.sites import find_site
from reminders.telling import Told, is_right, values_of
from schedules.protocol import Protocol, Question
from schedules.questions import FITS, NO, OPEN, SOON, STRONG, STRONGEST, YES
from schedules.unplanned import Response, find_step, has_step

MEANT = {Question.VISIT: "the visit", Question.ARRIVAL: "the procedure"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The last question of one enrollment, and what its text stated."""

    enrollment: Enrollment
    reminder: int
    key: str
    drug: str | None
    question: Question
    stated: Mapping[str, str] = field(repr=False)
    asked_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What a number came to: a word for the record, the response, and what is left to people."""

    meaning: str
    response: Response
    tasks: tuple[Task, ...] = ()


def take_answer(
    service: Service, connection: Connection, enrollments: Sequence[Enrollment], number: int, reply: str, now: datetime
) -> Answered | None:
    """Bind a number to the open question of its sender's enrollments; None where nobody has been asked anything."""
    every = [one for each in enrollments for one in _last_questions(service, connection, each)]
    asked = [one for one in every if now - one.asked_at <= OPEN]
    if len(asked) > 1:
        keys = " and ".join(f"{one.key} ({one.enrollment.id})" for one in asked)
        reason = f"A number came, and two questions are open: {keys}. Ask which it answers."
        pain = any(_may_be_strong_pain(one, number) for one in asked)
        return _left_to_people(service, asked[0], "ambiguous", reason, now, reply, pain=pain)
    if not asked:
        last = max(every, key=lambda one: one.asked_at, default=None)
        return None if last is None else _outdated(service, last, number, now, reply)
    one = asked[0]
    if number not in FITS[one.question]:
        reason = f"A number came that is no answer to {one.key}. Ask what was meant."
        return _left_to_people(service, one, "misfit", reason, now, reply)
    if not _still_holds(service, connection, one, now):
        return _outdated(service, one, number, now, reply)
    return _record(service, connection, one, number, reply, now)


def _last_questions(service: Service, connection: Connection, enrollment: Enrollment) -> list[Asked]:
    """One, or two where nobody knows which of them the patient has read last."""
    protocol = recorded_version(service, connection, enrollment).protocol
    questions = {step.key: step.asks for step in protocol.steps if step.asks is not None}
    return [
        Asked(
            enrollment=enrollment,
            reminder=row["id"],
            key=row["key"],
            drug=row["drug"],
            question=questions[row["step"]],
            stated=row["stated"],
            asked_at=row["intended_at"],
        )
        for row in inbound.last_asked(connection, enrollment.id, questions)
    ]


def _still_holds(service: Service, connection: Connection, one: Asked, now: datetime) -> bool:
    """Whether everything the question's text stated is still true."""
    enrollment = one.enrollment
    if enrollment.status not in RUNNING:
        return False
    known = known_of(
        enrollment,
        None,
        one.drug,
        None,
        version=recorded_version(service, connection, enrollment),
        site=find_site(service.settings, enrollment.site),
        place=place_for(service, enrollment, now),
        medications=service.medications,
    )
    told, truth = Told(id=one.reminder, drug=one.drug, stated=one.stated), values_of(known)
    return is_right(told, lambda _: truth)


# What an answer comes to


def _record(service: Service, connection: Connection, one: Asked, value: int, reply: str, now: datetime) -> Answered:
    before = inbound.answers_to(connection, one.reminder)
    row: dict[str, Any] = {"enrollment": one.enrollment.id, "reminder": one.reminder, "question": str(one.question)}
    inbound.insert_answer(connection, row | {"value": value, "reply": reply, "answered_at": now})
    after = {"key": one.key, "question": str(one.question), "value": value}
    worklog.add_event(connection, enrollment=one.enrollment.id, at=now, by="patient", action="answer", after=after)
    worse = value > max(before, default=-1)  # of two answers the greater number is the worse one, in every question
    task = _task(service, one, value, reply, now) if worse else None
    if value == YES and one.question is not Question.PAIN and NO not in before:
        confirm(service, connection, one.enrollment, one.question, now)
    strongest = one.question is Question.PAIN and value >= STRONGEST
    return Answered(
        meaning=f"answer:{one.question}",
        response=Response.WARNING if strongest else Response.NOTED,
        tasks=(task,) if task else (),
    )


def _task(service: Service, one: Asked, value: int, reply: str, now: datetime) -> Task | None:
    cause = f"answer:{one.reminder}:{value}"
    if one.question is Question.PAIN:
        if value < STRONG:
            return None
        reason = f"Pain {value} of 10, in answer to {one.key}. Call the patient."
        return _make(service, one, "pain", cause, reason, now, reply, urgent=value >= STRONGEST)
    if value != NO:
        return None
    at = one.enrollment.visit_at if one.question is Question.VISIT else one.enrollment.start_at
    reason = f"The patient cannot come to {MEANT[one.question]}, in answer to {one.key}. Call, then record the change."
    return _make(service, one, "declined", cause, reason, now, reply, urgent=at is not None and at - now <= SOON)


def confirm(
    service: Service, connection: Connection, enrollment: Enrollment, question: Question, now: datetime
) -> None:
    """Withdraw what would ask the same again."""
    protocol = recorded_version(service, connection, enrollment).protocol
    unsent = queries.reminders_in(connection, enrollment.id, UNSENT)
    ids = [one.id for one in _asking(unsent, protocol, question)]
    queries.withdraw(connection, ids, revision=enrollment.revision, reason=CONFIRMED, now=now)


def _asking(reminders: Iterable[Reminder], protocol: Protocol, question: Question) -> Iterable[Reminder]:
    """Those whose step asks the patient the question.

    One that opens a task for staff comes to its time whatever is answered, and so does a caregiver's copy: whoever
    drives the patient has confirmed nothing.
    """
    for one in reminders:
        if one.recipient is None and has_step(protocol, one.step):
            step = find_step(protocol, one.step)
            if step.asks is question and step.opens_task is None:
                yield one


# What is left to people


def _may_be_strong_pain(one: Asked, number: int) -> bool:
    """Whether a number, were it an answer to this question, would be pain of which a person must hear at once."""
    return one.question is Question.PAIN and number in FITS[Question.PAIN] and number >= STRONGEST


def _outdated(service: Service, one: Asked, number: int, now: datetime, reply: str) -> Answered:
    if _may_be_strong_pain(one, number):
        reason = f"A number came late, in answer to {one.key}: it may be strong pain. Call the patient."
        return _left_to_people(service, one, "outdated", reason, now, reply, pain=True)
    reason = f"A number came in answer to {one.key}, which no longer holds. Ask whether the patient knows the plan."
    task = _make(service, one, "outdated", f"reply:{reply}", reason, now, reply)
    return Answered(meaning="outdated", response=Response.OUTDATED, tasks=(task,))


def _left_to_people(
    service: Service, one: Asked, meaning: str, reason: str, now: datetime, reply: str, *, pain: bool = False
) -> Answered:
    """`pain`: it may be strong pain, which cannot wait until somebody has asked what was meant."""
    task = _make(service, one, "pain" if pain else "reply", f"reply:{reply}", reason, now, reply, urgent=pain)
    response = Response.WARNING if pain else Response.RECEIVED
    return Answered(meaning=meaning, response=response, tasks=(task,))


def _make(
    service: Service, one: Asked, kind: str, cause: str, reason: str, now: datetime, reply: str, *, urgent: bool = False
) -> Task:
    place = place_for(service, one.enrollment, now)
    task = worklist.make_task(one.enrollment, place, now, kind=kind, cause=cause, reason=reason, urgent=urgent)
    return replace(task, about=reply)
