"""Reports: what fell due, and what became of it."""

from datetime import date
from typing import Annotated

import typer

from reminders.cli.common import open_service, print_json, wants_json

app = typer.Typer(help="Reports.", rich_markup_mode=None)


@app.callback()
def _root() -> None:
    """Reports."""


@app.command()
def day(
    context: typer.Context,
    on: Annotated[
        str | None, typer.Argument(metavar="[DATE]", help="The day, as 2026-12-08 (default: the last full one).")
    ] = None,
) -> None:
    """Reconcile a day: everything that fell due against what became of it; exit 1 on any difference."""
    from reminders import documents, reporting
    from reminders.errors import InputError

    try:
        asked = date.fromisoformat(on) if on else None
    except ValueError:
        raise InputError(f"DATE: {on!r} is not a day; write it like 2026-12-08") from None
    reports = reporting.report_day(open_service(context), asked)
    if wants_json(context):
        print_json(documents.day_report(reports))
    else:
        for report in reports:
            counts = ", ".join(f"{number} {word}" for word, number in report.counts.items() if number)
            print(f"{report.site} {report.day}: {report.due} due: {counts or 'nothing'}")
            for line in report.differences:
                print(f"  DIFFERENCE {line}")
    if any(report.differences for report in reports):
        raise typer.Exit(1)
