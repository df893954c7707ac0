"""Stopping what leaves, and letting it go on."""

from typing import TYPE_CHECKING, Annotated

import typer

from reminders.cli.common import By, open_service, print_json, say, site_time, user_name, wants_json

if TYPE_CHECKING:
    from reminders.pausing import Paused
    from reminders.service import Service

Site = Annotated[str | None, typer.Option("--site", help="Only this site, by its id of the settings.")]
Transport = Annotated[str | None, typer.Option("--transport", help="Only this transport: sms, email or voice.")]


def pause(
    context: typer.Context,
    site: Site = None,
    transport: Transport = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why, for those who wonder; it must name no patient.")
    ] = None,
    by: By = None,
) -> None:
    """Pause everything, a site or a transport: no message to a patient leaves until it is resumed.

    Nothing is excepted, not even an urgent text or the answer to an emergency word. What becomes wrong to send
    meanwhile is not sent later: it becomes a task. A call that a worker has already begun may still go out.
    """
    from reminders import pausing

    service = open_service(context)
    done = pausing.pause(service, site=site, transport=transport, reason=reason, by=user_name(by))
    _print(context, service, done)


def resume(context: typer.Context, site: Site = None, transport: Transport = None, by: By = None) -> None:
    """End a pause: of everything, of a site or of a transport. Pauses of other things stay."""
    from reminders import pausing

    service = open_service(context)
    _print(context, service, pausing.resume(service, site=site, transport=transport, by=user_name(by)))


def _print(context: typer.Context, service: "Service", done: "Paused") -> None:
    from reminders import documents

    document = documents.paused(done)
    for other in done.others:
        say(f"note: {other}")
    if wants_json(context):
        print_json(document)
    else:
        print(_in_words(service, done, document["at"]))


def _in_words(service: "Service", done: "Paused", at: str | None) -> str:
    from reminders.pausing import named

    what = named(done.scope)
    if not done.paused:
        return f"{what} is resumed" if done.changed else f"{what} is not paused: nothing was changed"
    if done.changed:
        return f"{what} is paused until `reminders resume`"
    why = f": {done.reason}" if done.reason else ""
    since = site_time(service, at) if at is not None else ""
    return f"{what} is paused already, by {done.by} since {since}{why}; nothing was changed"
