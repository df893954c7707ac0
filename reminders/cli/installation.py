"""Commands for the operator: first steps, the database, and what needs mending."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from reminders.cli.common import By, DryRun, Globals, open_service, print_json, say_if_dry, user_name, wants_json
from reminders.errors import InputError

if TYPE_CHECKING:
    from reminders.checks import Finding
    from reminders.service import Service

db = typer.Typer(help="The database's tables.", rich_markup_mode=None)


def init(context: typer.Context) -> None:
    """Write a settings file, a key file (0600) and the database. Never overwrites.

    Where the database holds enrollments and the key file is missing it makes nothing: that file is to be restored.
    """
    from reminders.initial import initialize
    from reminders.settings import settings_path

    options: Globals = context.obj
    made, kept = initialize(settings_path(options.config))
    if wants_json(context):
        print_json({"made": [str(path) for path in made], "kept": [str(path) for path in kept]})
        return
    for path in made:
        print(f"made {path}")
    for path in kept:
        print(f"kept {path}: it was there already")
    print("next: edit the settings file, then `reminders doctor`")


def doctor(
    context: typer.Context,
    send_test: Annotated[
        str | None,
        typer.Option("--send-test", metavar="ADDRESS", help="Send one test message to this phone or e-mail address."),
    ] = None,
    heartbeat_only: Annotated[
        bool,
        typer.Option("--heartbeat", help="Ask only whether a worker of this machine is alive, as a health check does."),
    ] = False,
) -> None:
    """Check settings, database, transports, clock and worker; exit 1 when something needs mending."""
    from reminders.checks import heartbeat

    if heartbeat_only and send_test is not None:
        raise InputError("--heartbeat: asks one thing alone; leave --send-test out")
    service = open_service(context)
    findings = [heartbeat(service)] if heartbeat_only else _everything(service, send_test)
    if wants_json(context):
        print_json({"checks": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'MEND'} {finding.check}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _everything(service: "Service", send_test: str | None) -> "list[Finding]":
    from reminders.bootstrap import open_transports
    from reminders.checks import check_all
    from reminders.trial_message import send_test_message

    transports = open_transports(service)
    try:
        findings = check_all(service, transports)
        if send_test is not None:
            findings.append(send_test_message(service, transports, send_test))
        return findings
    finally:
        for transport in transports.values():
            transport.close()


@db.command()
def upgrade(context: typer.Context) -> None:
    """Bring the tables to this program's version; makes a SQLite file that is missing."""
    from reminders.database import migrate

    url = _url(context)
    migrate.upgrade(url)
    _tell(context, migrate.current(url))


@db.command()
def current(context: typer.Context) -> None:
    """Say which version the tables have."""
    from reminders.database import migrate

    _tell(context, migrate.current(_url(context)))


@db.command()
def reconcile(context: typer.Context, dry_run: DryRun = False, by: By = None) -> None:
    """After a backup was restored: end what may have been sent since, and let sending go on.

    Enter first what is known and lost: who cancelled, moved, opted out or was enrolled since the backup. What may have
    left already does not leave again: it ends as missed, and each enrollment opens a task that asks.
    """
    from reminders import documents
    from reminders.health.reconciling import reconcile as reconciled

    done = reconciled(open_service(context), by=user_name(by), dry_run=dry_run)
    document = documents.reconciled(done)
    say_if_dry(dry_run)
    if wants_json(context):
        print_json(document)
        return
    print(f"behind since {document['since'] or 'an unknown instant'}, until {document['until']}")
    words = "would end" if dry_run else "ended"
    print(f"{done.missed} reminder(s) that may have been sent {words} as missed, {done.tasks} task(s) ask about them")
    print(f"{done.unconfirmed} message(s) whose receipts are lost count as sent")
    if not dry_run:
        print("sending goes on")


def _url(context: typer.Context) -> str:
    from reminders.settings import load_settings

    options: Globals = context.obj
    return load_settings(options.config).database.url


def _tell(context: typer.Context, revision: str | None) -> None:
    from reminders.database import migrate

    if wants_json(context):
        print_json({"revision": revision, "head": migrate.head()})
    else:
        print(f"tables: {revision or 'none'}; this program: {migrate.head()}")
