"""Commands that change a plan."""

from typing import TYPE_CHECKING, Annotated

import typer

from reminders.cli.common import (
    By,
    DryRun,
    EnrollmentId,
    open_service,
    print_json,
    required,
    say,
    site_zone,
    user_name,
    wants_json,
)

if TYPE_CHECKING:
    from reminders.changing import Changed
    from reminders.service import Service


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
    """Cancel a procedure: nothing that is still unsent will leave."""
    from reminders import changing

    reason = required("--reason", reason, "Reason (patient, hospital, admitted, deceased, error, other)")
    service = open_service(context)
    changed = changing.cancel(service, enrollment, reason=reason, note=note, by=user_name(by), dry_run=dry_run)
    _print(context, service, changed, dry_run)


def complete(
    context: typer.Context,
    enrollment: EnrollmentId,
    ended_at: Annotated[
        str | None, typer.Option("--ended-at", help='When it ended, site time: "2026-12-08 10:10".')
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Record when the procedure ended: what was counted from its end is planned anew and released."""
    from reminders import changing

    ended_at = required("--ended-at", ended_at, "When it ended (2026-12-08 10:10)")
    service = open_service(context)
    changed = changing.complete(service, enrollment, ended_at=ended_at, by=user_name(by), dry_run=dry_run)
    _print(context, service, changed, dry_run)


def _print(context: typer.Context, service: "Service", changed: "Changed", dry_run: bool) -> None:
    from reminders import documents

    document = documents.changed(changed)
    if dry_run:
        say("dry run: nothing was changed")
    if changed.note:
        say(changed.note)
    if wants_json(context):
        print_json(document)
    else:
        from reminders.cli.printing import Paper

        Paper(site_zone(service)).print_change(document)
