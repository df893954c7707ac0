"""All commands in one place: one file per noun, registered here."""

from pathlib import Path
from typing import Annotated

import typer

from reminders.cli import (
    caregivers,
    changes,
    installation,
    medications,
    messages,
    patients,
    pauses,
    protocols,
    rehearsals,
    reports,
    tasks,
    unknown,
    web,
    workers,
)
from reminders.cli.common import Globals

app = typer.Typer(
    name="reminders",
    help="Carry a patient through a procedure: each reminder when it is due, and never once it has become wrong.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings file (else REMINDERS_CONFIG, else ./reminders.toml).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> None:
    context.obj = Globals(config=config, as_json=as_json)


app.command("init")(installation.init)
app.command("preview")(patients.preview)
app.command("enroll")(patients.enroll)
app.command("list")(patients.list_)
app.command("show")(patients.show)
app.command("history")(patients.history)
app.command("messages")(messages.messages)
app.command("reply")(messages.reply)
for _change in ("reschedule", "cancel", "complete", "arrival", "visit", "order", "contact"):
    app.command(_change)(getattr(changes, _change))
app.add_typer(caregivers.app, name="caregiver")
app.add_typer(tasks.app, name="tasks")
app.add_typer(unknown.app, name="unknown")
app.command("run")(workers.run)
app.command()(pauses.pause)
app.command()(pauses.resume)
app.command("web")(web.web)
app.command("serve")(web.serve)
app.command("demo")(rehearsals.demo)
app.command("simulate")(rehearsals.simulate)
app.command("doctor")(installation.doctor)
app.add_typer(installation.db, name="db")
app.add_typer(protocols.app, name="protocol")
app.add_typer(medications.app, name="medications")
app.add_typer(reports.app, name="report")
