"""The worklist: what a machine must not decide."""

from typing import Annotated

import typer

from reminders.cli.common import By, clocks_of, open_service, print_json, required, site_zone, user_name, wants_json

app = typer.Typer(help="The worklist: what a person must do.", invoke_without_command=True, rich_markup_mode=None)

Overdue = Annotated[bool, typer.Option("--overdue", help="Only those whose due time has passed.")]


@app.callback()
def _default(context: typer.Context, overdue: Overdue = False) -> None:
    """The worklist: what a person must do."""
    if context.invoked_subcommand is None:
        list_(context, overdue)


@app.command("list")
def list_(context: typer.Context, overdue: Overdue = False) -> None:
    """List open tasks, urgent ones first."""
    from reminders import documents, looking

    service = open_service(context)
    found = looking.open_tasks(service, overdue=overdue)
    document = documents.tasks(found)
    if wants_json(context):
        print_json(document)
        return
    from reminders.cli.printing import Paper

    clocks = [clocks_of(service, task["site"]) for task in found]
    Paper(site_zone(service)).print_tasks(document["tasks"], empty="no open tasks", clocks=clocks)


@app.command()
def done(
    context: typer.Context,
    task: Annotated[int, typer.Argument(metavar="TASK", help="The task's number.", show_default=False)],
    note: Annotated[str | None, typer.Option("--note", help="What was done; stored encrypted.")] = None,
    by: By = None,
) -> None:
    """Mark a task done, with a note of what was done."""
    from reminders import documents, tasking

    words = required("--note", note, "What was done")
    finished = tasking.finish(open_service(context), task, note=words, by=user_name(by))
    if wants_json(context):
        print_json(documents.task(finished))
    else:
        print(f"task {task} is done")
