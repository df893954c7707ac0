"""The list of drugs: guidance for staff, approved row by row."""

from typing import Annotated

import typer

from reminders.cli.common import open_service, print_json, required, wants_json

app = typer.Typer(help="The list of drugs, as guidance for staff.", rich_markup_mode=None)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List the drugs with their published hold range and approval."""
    from reminders import documents, looking

    document = documents.medications(looking.all_medications(open_service(context)))
    if wants_json(context):
        print_json(document)
        return
    from reminders.cli.printing import print_medications

    print_medications(document["medications"])


@app.command()
def approve(
    context: typer.Context,
    drug: Annotated[str, typer.Argument(metavar="DRUG", help="Name or brand of the drug.", show_default=False)],
    by: Annotated[str | None, typer.Option("--by", help="The clinician who approves this row by name.")] = None,
) -> None:
    """Approve a drug's row for live messages; a changed row needs a new approval."""
    from dataclasses import asdict

    from reminders import approving
    from reminders.inputs import read_line

    clinician = read_line("--by", required("--by", by, "Who approves it"), longest=60)
    approved = approving.approve_medication(open_service(context), drug, by=clinician)
    if wants_json(context):
        print_json(asdict(approved))
        return
    print(f"{approved.drug} is {'approved' if approved.is_new else 'already approved'}")
    if approved.released:
        print(f"{approved.released} held reminder(s) are planned again")
