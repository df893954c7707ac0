"""Commands that change a plan."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reminders.cli.common import (
    By,
    DryRun,
    EnrollmentId,
    open_service,
    print_json,
    required,
    say,
    say_if_dry,
    user_name,
    wants_json,
)

if TYPE_CHECKING:
    from reminders.changes.changing import Changed
    from reminders.service import Service


To = Annotated[str | None, typer.Option("--to", help='The new start at the site: "2026-12-15 09:00", or a date alone.')]
At = Annotated[str | None, typer.Option("--at", help="When, site time.", show_default=False)]


def reschedule(
    context: typer.Context, enrollment: EnrollmentId, to: To = None, by: By = None, dry_run: DryRun = False
) -> None:
    """Move a procedure: the plan follows, and what was already said and is wrong now is corrected once."""
    from reminders.changes import rescheduling

    to = required("--to", to, "New start (2026-12-15 09:00)")
    service = open_service(context)
    print_changed(
        context,
        service,
        rescheduling.reschedule(service, enrollment, to=to, by=user_name(by), dry_run=dry_run),
        dry_run,
    )


def cancel(
    context: typer.Context,
    enrollment: EnrollmentId,
    reason: Annotated[
        str | None, typer.Option("--reason", help="patient, hospital, admitted, deceased, error or other.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="A remark for the history; stored encrypted.")] = None,
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Cancel a procedure: nothing of its plan leaves any more, and what was already said is taken back once."""
    from reminders.changes import rescheduling

    reason = required("--reason", reason, "Reason (patient, hospital, admitted, deceased, error, other)")
    service = open_service(context)
    changed = rescheduling.cancel(service, enrollment, reason=reason, note=note, by=user_name(by), dry_run=dry_run)
    print_changed(context, service, changed, dry_run)


def complete(
    context: typer.Context,
    enrollment: EnrollmentId,
    ended_at: Annotated[
        str | None, typer.Option("--ended-at", help='When it ended, site time: "2026-12-08 10:10".')
    ] = None,
    correct: Annotated[bool, typer.Option("--correct", help="Replace an end that was recorded wrongly.")] = False,
    not_done: Annotated[bool, typer.Option("--not-done", help="It did not take place.")] = False,
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Record when the procedure ended: what was counted from its end is planned anew and released."""
    from reminders.changes import recording
    from reminders.errors import InputError

    if not_done and (ended_at or correct):
        raise InputError("--not-done: goes with neither --ended-at nor --correct")
    end = None if not_done else required("--ended-at", ended_at, "When it ended (2026-12-08 10:10)")
    service = open_service(context)
    if end is None:
        changed = recording.record_not_done(service, enrollment, by=user_name(by), dry_run=dry_run)
    else:
        changed = recording.complete(
            service, enrollment, ended_at=end, correct=correct, by=user_name(by), dry_run=dry_run
        )
    print_changed(context, service, changed, dry_run)


def arrival(
    context: typer.Context, enrollment: EnrollmentId, at: At = None, by: By = None, dry_run: DryRun = False
) -> None:
    """Record when the patient is to arrive on the day, as told in the nurse's call (07:30)."""
    from reminders.changes import recording

    at = required("--at", at, "Arrival time (07:30)")
    service = open_service(context)
    print_changed(
        context,
        service,
        recording.record_arrival(service, enrollment, at=at, by=user_name(by), dry_run=dry_run),
        dry_run,
    )


def visit(
    context: typer.Context, enrollment: EnrollmentId, at: At = None, by: By = None, dry_run: DryRun = False
) -> None:
    """Record the booked follow-up visit ("2027-01-08 10:30")."""
    from reminders.changes import recording

    at = required("--at", at, "Visit (2027-01-08 10:30)")
    service = open_service(context)
    print_changed(
        context, service, recording.record_visit(service, enrollment, at=at, by=user_name(by), dry_run=dry_run), dry_run
    )


def order(
    context: typer.Context,
    enrollment: EnrollmentId,
    hold: Annotated[
        list[str] | None, typer.Option("--hold", help="Drug and days without it, as in warfarin=5.")
    ] = None,
    resume: Annotated[list[str] | None, typer.Option("--resume", help="Days until it starts again.")] = None,
    ordered_by: Annotated[str | None, typer.Option("--ordered-by", help="Who ordered it.")] = None,
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Record a prescriber's order: a new one, a changed one, or one confirmed after the plan had moved."""
    from reminders.changes import ordering

    hold = hold or [required("--hold", None, "Order, drug and days (warfarin=5)")]
    ordered_by = required("--ordered-by", ordered_by, "Who ordered it")
    service = open_service(context)
    changed = ordering.order(
        service,
        enrollment,
        holds=tuple(hold),
        resumes=tuple(resume or ()),
        ordered_by=ordered_by,
        by=user_name(by),
        dry_run=dry_run,
    )
    print_changed(context, service, changed, dry_run)


def contact(
    context: typer.Context,
    enrollment: EnrollmentId,
    name: Annotated[str | None, typer.Option("--name", help="The patient's name.")] = None,
    phone: Annotated[str | None, typer.Option("--phone", help="New phone, as in +12125550123.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="New e-mail address.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="The patient's time zone.")] = None,
    language: Annotated[str | None, typer.Option("--language", help="Language of the messages.")] = None,
    consent: Annotated[
        str | None, typer.Option("--consent", help="All channels agreed to, in order; others end.")
    ] = None,
    detailed: Annotated[
        bool | None, typer.Option("--detailed/--discreet", help="Whether texts may name the procedure and drugs.")
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Change how the patient is reached; what could not be sent to the old contact is tried again."""
    from reminders.changes import ordering

    new = ordering.NewContact(
        name=name, phone=phone, email=email, zone=zone, language=language, consent=consent, detailed=detailed
    )
    service = open_service(context)
    changed = ordering.change_contact(service, enrollment, new, by=user_name(by), dry_run=dry_run)
    print_changed(context, service, changed, dry_run)


def print_changed(
    context: typer.Context,
    service: "Service",
    changed: "Changed",
    dry_run: bool,
    more: Mapping[str, Any] | None = None,
) -> None:
    """What a change did, on screen or as one document, with what else the document says of it."""
    from reminders import documents

    document = documents.changed(changed) | dict(more or {})
    say_if_dry(dry_run)
    for line in (*(f"warning: {warning}" for warning in changed.warnings), changed.note or ""):
        if line:
            say(line)
    if wants_json(context):
        print_json(document)
    else:
        from reminders.cli.printing import paper_of

        paper_of(service, changed.enrollment).print_change(document)
