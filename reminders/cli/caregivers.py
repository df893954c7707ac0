"""A second contact who gets copies of some steps."""

from typing import Annotated

import typer

from reminders.cli.changes import print_changed
from reminders.cli.common import By, DryRun, EnrollmentId, open_service, required, say, user_name, wants_json

app = typer.Typer(help="A second contact who gets copies of some messages.", rich_markup_mode=None)


@app.command()
def add(
    context: typer.Context,
    enrollment: EnrollmentId,
    name: Annotated[str | None, typer.Option("--name", help="The caregiver's name.")] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="sms, voice or email: what the caregiver agreed to.")
    ] = None,
    phone: Annotated[str | None, typer.Option("--phone", help="Phone, as in +12125550124.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="E-mail address.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Language of the copies (default: the patient's).")
    ] = None,
    steps: Annotated[
        str | None, typer.Option("--steps", help="Steps the patient agreed to share, as in ride,day-of,after-care.")
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Send copies of some steps to a caregiver, who agreed to them as the patient did."""
    from reminders import documents
    from reminders.changes import caregivers

    new = caregivers.NewCaregiver(
        name=required("--name", name, "The caregiver's name"),
        channel=required("--channel", channel, "Channel agreed to (sms, voice, email)"),
        steps=required("--steps", steps, "Steps the patient agreed to share (ride,day-of)"),
        phone=phone,
        email=email,
        language=language,
    )
    service = open_service(context)
    changed, added = caregivers.add_caregiver(service, enrollment, new, by=user_name(by), dry_run=dry_run)
    if not wants_json(context):
        say(f"caregiver {added.label}: {', '.join(added.steps)} by {added.channel}, language {added.language}")
    print_changed(context, service, changed, dry_run, {"caregiver": documents.caregiver(added)})


@app.command()
def remove(
    context: typer.Context,
    enrollment: EnrollmentId,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="Which caregiver, as in care1.", show_default=False)],
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Send no more copies to one of the caregivers."""
    from reminders.changes import caregivers

    service = open_service(context)
    changed = caregivers.remove_caregiver(service, enrollment, label, by=user_name(by), dry_run=dry_run)
    print_changed(context, service, changed, dry_run)
