"""The list of drugs: guidance for staff, approved row by row."""

from typing import Annotated

import typer

from reminders.cli.common import open_service, print_json, required, site_time, wants_json

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
    from reminders import approving, documents
    from reminders.inputs import read_line

    clinician = read_line("--by", required("--by", by, "Who approves it"), longest=60)
    service = open_service(context)
    approved = approving.approve_medication(service, drug, by=clinician)
    document = documents.approved_drug(approved)
    if wants_json(context):
        print_json(document)
        return
    before = f"was already approved by {approved.by}, {site_time(service, document['approved_at'])}"
    print(f"{approved.drug} {'is approved' if approved.is_new else before}")
    if approved.released:
        print(f"{approved.released} held reminder(s) are planned again")
