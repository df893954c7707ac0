"""The clinicians' protocols: list, read, check, approve."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reminders.cli.common import By, Globals, open_service, print_json, required, site_time, user_name, wants_json
from reminders.errors import InputError

if TYPE_CHECKING:
    from reminders.copying import Copied
    from reminders.protocols import Library, ProtocolVersion

app = typer.Typer(help="The clinicians' protocols.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a protocol.", show_default=False)]


def _own_folder(context: typer.Context) -> Path | None:
    """The department's own folder of protocols; a settings file is needed only where one was named."""
    from reminders.settings import DEFAULT_FILE, load_settings, settings_path

    options: Globals = context.obj
    path = settings_path(options.config)
    return None if path == Path(DEFAULT_FILE) and not path.exists() else load_settings(path).protocols_dir


def _library(context: typer.Context) -> "Library":
    """The protocols in reach."""
    from reminders.protocols import Library

    return Library(_own_folder(context))


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the protocols with version, languages and approval, or with the mistake that keeps one from use."""
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
    if not path.exists() and "/" in name:
        raise InputError(f"{name}: there is no such folder")
    version = load_folder(path if path.is_dir() else path.parent) if path.exists() else _library(context).load(name)
    if wants_json(context):
        print_json(documents.protocol_summary(version))
    else:
        protocol = version.protocol
        languages = ", ".join(version.languages)
        print(
            f"{protocol.name} version {protocol.version}: {len(protocol.steps)} steps, texts in {languages}: no mistake"
        )


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new protocol.", show_default=False)],
    source: Annotated[str, typer.Option("--from", help="The protocol to start from.")] = "vertebroplasty",
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to make it in (default: protocols_dir of the settings).")
    ] = None,
) -> None:
    """Write an editable copy of a protocol under a new name. Never overwrites."""
    from reminders import documents
    from reminders.copying import copy_protocol

    own = _own_folder(context)
    made = copy_protocol(_source(source, own), name, _target(to, own))
    if wants_json(context):
        print_json(documents.protocol_summary(made.version) | {"folder": str(made.folder)})
    else:
        _tell_copied(made, to is None)


def _source(name: str, own: Path | None) -> "ProtocolVersion":
    from reminders.protocols import Library

    # The first protocol of a department makes its folder.
    return Library(own if own is not None and own.is_dir() else None).load(name)


def _target(to: Path | None, own: Path | None) -> Path:
    if to is None and own is None:
        raise InputError('protocols_dir: is not set; put protocols_dir = "protocols" at the top of the settings file')
    return to or own or Path()


def _tell_copied(made: "Copied", is_in_reach: bool) -> None:
    for file in sorted(made.version.files):
        print(f"made {made.folder / file}")
    named = made.version.protocol.name if is_in_reach else made.folder
    print(f"next: edit, then `reminders protocol check {named}`")


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
    service = open_service(context)
    approved = approving.approve_protocol(service, name, by=clinician)
    document = documents.approved(approved)
    if wants_json(context):
        print_json(document)
        return
    what = f"{name} version {approved.version.protocol.version}"
    before = f"was already approved by {approved.by}, {site_time(service, document['approved_at'])}"
    print(f"{what} {'is approved' if approved.is_new else before}")
    if approved.released:
        print(f"{approved.released} held reminder(s) are planned again")


@app.command()
def migrate(
    context: typer.Context,
    name: Name,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this only the difference is shown.")] = False,
    by: By = None,
) -> None:
    """Show what a protocol's present content would change for running enrollments; --apply moves them to it."""
    from reminders import documents
    from reminders.changes import migrating

    service = open_service(context)
    changes = migrating.migrate(service, name, by=user_name(by), dry_run=not apply)
    if wants_json(context):
        print_json({"applied": apply, "changes": [documents.changed(done) for done in changes]})
        return
    from reminders.cli.printing import paper_of

    for done in changes:
        paper_of(service, done.enrollment).print_change(documents.changed(done))
    print(f"{len(changes)} enrollment(s) {'moved' if apply else 'would move; add --apply to do it'}")
