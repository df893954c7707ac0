"""Pausing and resuming what leaves for patients: everything, one site, or one transport.

From the commit of a pause on no worker writes a new intent for what it covers, and nothing is excepted. What the
program itself paused a person may take over or resume; what a person paused, only a person resumes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reminders.database import operating, worklog
from reminders.errors import InputError
from reminders.inputs import read_choice, read_line
from reminders.service import Service

EVERYTHING = "all"
SITE, TRANSPORT = "site:", "transport:"
LONGEST_REASON = 200

Pauses = Mapping[str, Mapping[str, Any]]
"""What is paused, by scope; the rows of `operating.pauses`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paused:
    """How a scope stands after a command: who paused or resumed it, when (UTC) and why."""

    scope: str
    paused: bool
    changed: bool
    by: str | None = None
    at: datetime | None = None
    reason: str | None = None
    others: tuple[str, ...] = ()  # what else is paused, in words


def site_scope(site: str) -> str:
    return f"{SITE}{site}"


def transport_scope(channel: str) -> str:
    return f"{TRANSPORT}{channel}"


def pause_of(pauses: Pauses, *scopes: str) -> str | None:
    """Who paused the first of these scopes that is paused, and why; None where none is."""
    return next((in_words(scope, pauses[scope]) for scope in scopes if scope in pauses), None)


def in_words(scope: str, row: Mapping[str, Any]) -> str:
    reason = f": {row['reason']}" if row["reason"] else ""
    return f"{named(scope)} is paused by {row['paused_by']}{reason}"


def named(scope: str) -> str:
    """ "everything", "site main" or "the sms transport"."""
    if scope.startswith(SITE):
        return f"site {scope.removeprefix(SITE)}"
    return f"the {scope.removeprefix(TRANSPORT)} transport" if scope.startswith(TRANSPORT) else "everything"


def pause(
    service: Service, *, by: str, site: str | None = None, transport: str | None = None, reason: str | None = None
) -> Paused:
    """Pause a site, a transport or, where neither is named, everything; what a person paused already stays as it is."""
    if by == operating.SYSTEM:
        raise InputError(f"--by: {by!r} is what the program calls itself; give a person's name")
    why = read_line("--reason", reason, longest=LONGEST_REASON) if reason is not None else ""
    now = service.clock.now().replace(microsecond=0)
    scope = _read_scope(service, site, transport, {})
    with service.engine.begin() as connection:
        changed = operating.pause_by_hand(connection, scope, reason=why, by=by, now=now)
        if changed:
            after = {"scope": scope, "reason": why or None}
            worklog.add_event(connection, enrollment=None, at=now, by=by, action="paused", after=after)
        pauses = operating.pauses(connection)
    row = pauses[scope]
    return Paused(
        scope=scope,
        paused=True,
        changed=changed,
        by=row["paused_by"],
        at=row["paused_at"],
        reason=row["reason"] or None,
        others=_others(pauses, scope),
    )


def resume(service: Service, *, by: str, site: str | None = None, transport: str | None = None) -> Paused:
    """End one pause, whoever made it; pauses of other scopes stay."""
    now = service.clock.now().replace(microsecond=0)
    with service.engine.begin() as connection:
        pauses = operating.pauses(connection)
        scope = _read_scope(service, site, transport, pauses)
        changed = operating.resume(connection, scope)
        if changed:
            worklog.add_event(
                connection,
                enrollment=None,
                at=now,
                by=by,
                action="resumed",
                before=_logged(pauses.get(scope)),
                after={"scope": scope},
            )
    others = _others(pauses, scope)
    if not changed:
        return Paused(scope=scope, paused=False, changed=False, others=others)
    return Paused(scope=scope, paused=False, changed=True, by=by, at=now, others=others)


def _logged(row: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return {"paused_by": row["paused_by"], "reason": row["reason"] or None} if row else None


def _read_scope(service: Service, site: str | None, transport: str | None, pauses: Pauses) -> str:
    """The scope that was named; one that is paused is known, though the settings no longer have it."""
    settings = service.settings
    if site is not None and transport is not None:
        raise InputError("--site: goes without --transport; pause the one or the other, or everything")
    if site is not None:
        return site_scope(read_choice("--site", site, _known(SITE, settings.sites, pauses)))
    if transport is not None:
        channels = _known(TRANSPORT, map(str, settings.transports), pauses)
        return transport_scope(read_choice("--transport", transport, channels))
    return EVERYTHING


def _known(prefix: str, settings: Iterable[str], pauses: Pauses) -> set[str]:
    return {*settings, *(scope.removeprefix(prefix) for scope in pauses if scope.startswith(prefix))}


def _others(pauses: Pauses, scope: str) -> tuple[str, ...]:
    return tuple(in_words(other, row) for other, row in sorted(pauses.items()) if other != scope)
