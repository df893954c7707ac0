"""Messages of which nobody knows whether they arrived: which they are, and what a person found out."""

from typing import Annotated

import typer

from reminders.cli.common import By, open_service, print_json, site_zone, user_name, wants_json
from reminders.errors import InputError

app = typer.Typer(
    help="Messages of which nobody knows whether they arrived.", invoke_without_command=True, rich_markup_mode=None
)

Arrived = Annotated[bool, typer.Option("--arrived", help="The provider or the patient has it: it counts as sent.")]
Absent = Annotated[bool, typer.Option("--absent", help="It never left: it is sent once more, if it still may be.")]
Abandon = Annotated[bool, typer.Option("--abandon", help="Nobody can tell: nothing more is sent, the reminder failed.")]


Note = Annotated[str | None, typer.Option("--note", help="How you know; stored encrypted.")]


@app.callback()
def _default(context: typer.Context) -> None:
    """List messages of which nobody knows whether they arrived, and when the provider is asked next.

    A provider that can be asked settles most of them; what it has not settled in a quarter of an hour is a task.
    """
    if context.invoked_subcommand is not None:
        return
    from reminders import documents
    from reminders.bootstrap import open_transports
    from reminders.settling import unsettled

    service = open_service(context)
    transports = open_transports(service)
    try:
        document = documents.unknown(unsettled.list_unknown(service, transports))
    finally:
        for transport in transports.values():
            transport.close()
    if wants_json(context):
        print_json(document)
        return
    from reminders.cli.printing import Paper

    Paper(site_zone(service)).print_unknown(document["unknown"])


@app.command()
def settle(
    context: typer.Context,
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id.", show_default=False)],
    arrived: Arrived = False,
    absent: Absent = False,
    abandon: Abandon = False,
    note: Note = None,
    by: By = None,
) -> None:
    """Say what you found out about one: that it arrived, that it never left, or that nobody can tell."""
    from reminders import documents
    from reminders.settling import unsettled

    finding = _finding(arrived=arrived, absent=absent, abandon=abandon)
    done = unsettled.settle(open_service(context), delivery, finding, note=note, by=user_name(by))
    document = documents.settled(done)
    if wants_json(context):
        print_json(document)
        return
    for reminder in document["reminders"]:
        reason = f": {reminder['reason']}" if reminder["reason"] else ""
        print(f"{document['enrollment']} {reminder['key']} is {reminder['state']}{reason}")


def _finding(**said: bool) -> str:
    """The one thing that was said."""
    names = [name for name, given in said.items() if given]
    if len(names) != 1:
        raise InputError("DELIVERY: say one of --arrived, --absent and --abandon")
    return names[0]
