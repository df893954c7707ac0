"""What was said: everything that went out and came in, and a text in staff's own words."""

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
    say_if_dry,
    site_zone,
    user_name,
    wants_json,
)
from reminders.errors import InputError

if TYPE_CHECKING:
    from reminders.corresponding import Correspondence


def messages(
    context: typer.Context,
    enrollment: Annotated[
        str | None, typer.Argument(metavar="[ENROLLMENT]", help="The enrollment's id.", show_default=False)
    ] = None,
    inbox: Annotated[
        bool, typer.Option("--inbox", help="Instead: the replies from numbers that nobody is enrolled with.")
    ] = False,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Show the words and whole numbers too; the history says who read them.")
    ] = False,
    by: By = None,
) -> None:
    """Show what went out to a patient and what came back, oldest first."""
    from reminders import corresponding, documents

    if inbox and enrollment is not None:
        raise InputError("--inbox: goes without an enrollment")
    service = open_service(context)
    found: Correspondence
    if inbox:
        found = corresponding.inbox(service, show_text=show_text, by=user_name(by))
    else:
        named = required("ENROLLMENT", enrollment, "Enrollment")
        found = corresponding.messages_of(service, named, show_text=show_text, by=user_name(by))
    document = documents.messages(found)
    if wants_json(context):
        print_json(document)
    else:
        from reminders.cli.printing import Paper

        Paper(site_zone(service, found.site)).print_messages(document)


def reply(
    context: typer.Context,
    enrollment: EnrollmentId,
    words: Annotated[
        str | None,
        typer.Argument(metavar="WORDS", help="What to say, in quotes; stored encrypted.", show_default=False),
    ] = None,
    urgent: Annotated[
        bool, typer.Option("--urgent", help="Send it at once, also outside the window; the history says so.")
    ] = False,
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Send a patient a text in your own words; the site's name and phone are put around it.

    It leaves by the rules of every other message: consent, window, pauses. Tasks stay open until you mark them done.
    """
    from reminders import documents, staff_texts

    words = required("WORDS", words, "What to say")
    service = open_service(context)
    written = staff_texts.write(service, enrollment, words, urgent=urgent, by=user_name(by), dry_run=dry_run)
    say_if_dry(dry_run)
    for note in written.notes:
        say(f"warning: {note}")
    document = documents.written(written)
    if wants_json(context):
        print_json(document)
    else:
        from reminders.cli.printing import paper_of

        paper_of(service, written.enrollment).print_written(document)
