"""The clinicians' protocols: list, read, check, approve."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reminders.cli.common import Globals, open_service, print_json, required, say, wants_json

if TYPE_CHECKING:
    from reminders.protocols import Library

app = typer.Typer(help="The clinicians' protocols.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a protocol.", show_default=False)]


def _library(context: typer.Context) -> "Library":
    """The protocols in reach; settings are needed only for a department's own folder."""
    from reminders.errors import ConfigurationError
    from reminders.protocols import Library
    from reminders.settings import load_settings

    options: Globals = context.obj
    try:
        return Library(load_settings(options.config).protocols_dir)
    except ConfigurationError:
        if options.config is not None:
            raise
        return Library()


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the protocols with version, languages and approval."""
    from reminders import documents, looking

    document = documents.protocols(looking.all_protocols(open_service(context)))
    if wants_json(context):
        print_json(document)
        return
    from reminders.cli import printing

    printing.print_protocols(document["protocols"])


@app.command()
def show(context: typer.Context, name: Name) -> None:
    """Show a protocol's steps."""
    from reminders import documents

    document = documents.protocol(_library(context).load(name))
    if wants_json(context):
        print_json(document)
        return
    from reminders.cli import printing

    printing.print_protocol(document)


@app.command()
def check(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A protocol's name, or the path of its folder.")],
) -> None:
    """Check a protocol and all its texts; the first mistake is named with file and key."""
    from reminders import documents
    from reminders.protocols import load_folder

    path = Path(name)
    is_path = path.exists() or "/" in name
    version = load_folder(path if path.is_dir() else path.parent) if is_path else _library(context).load(name)
    if wants_json(context):
        print_json(documents.protocol_summary(version))
    else:
        protocol = version.protocol
        languages = ", ".join(version.languages)
        print(
            f"{protocol.name} version {protocol.version}: {len(protocol.steps)} steps, texts in {languages}: no mistake"
        )


@app.command()
def approve(
    context: typer.Context,
    name: Name,
    by: Annotated[str | None, typer.Option("--by", help="The clinician who approves this content by name.")] = None,
) -> None:
    """Approve the present content of a protocol for live messages; a changed file needs a new approval."""
    from reminders import approving, documents
    from reminders.inputs import read_line

    clinician = read_line("--by", required("--by", by, "Who approves it"), longest=60)
    approved = approving.approve_protocol(open_service(context), name, by=clinician)
    if wants_json(context):
        print_json(documents.approved(approved))
        return
    what = f"{name} version {approved.version.protocol.version}"
    say(f"{what} is approved" if approved.is_new else f"{what} was already approved")
    if approved.released:
        say(f"{approved.released} held reminder(s) are planned again")
