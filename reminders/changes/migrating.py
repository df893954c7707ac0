"""Moving running enrollments to a newer version of their protocol: never by itself, and shown before it is done."""

from dataclasses import replace

from reminders.changes.changing import Changed, Revision, Work, change, revise
from reminders.database import approvals, revisions
from reminders.database.engine import reading
from reminders.errors import InputError
from reminders.protocols import ProtocolVersion
from reminders.service import Service


def migrate(service: Service, name: str, *, by: str, dry_run: bool) -> list[Changed]:
    """Bring every running enrollment of a protocol to its present content; `dry_run`: only say what would change.

    InputError, and nothing moved, where one of them cannot follow.
    """
    version = service.library.load(name)
    with reading(service.engine) as connection:
        ids = revisions.on_older_content(connection, name, version.content_hash)
    shown = [_migrated(service, id_, version, by, dry_run=True) for id_ in ids]
    return shown if dry_run else [_migrated(service, id_, version, by, dry_run=False) for id_ in ids]


def _migrated(service: Service, id_: str, version: ProtocolVersion, by: str, *, dry_run: bool) -> Changed:
    return change(service, id_, lambda work: _migrate(work, version), by=by, dry_run=dry_run)


def _migrate(work: Work, version: ProtocolVersion) -> Changed:
    before, protocol = work.before, version.protocol
    if before.language not in version.languages:
        raise InputError(f"enrollment {before.id}: the new version has no texts in {before.language!r}")
    for caregiver in before.open_caregivers:
        messages = version.messages.get(caregiver.language)
        if messages is None or messages.copies is None:
            raise InputError(
                f"enrollment {before.id}: the new version has no copies in {caregiver.language!r} for {caregiver.label}"
            )
    approvals.record_protocol(
        work.connection,
        hash_=version.content_hash,
        name=protocol.name,
        version=protocol.version,
        files=version.files,
        now=work.now,
    )
    after = work.write(protocol_hash=version.content_hash)
    old = {"protocol": before.protocol_hash[:12], "version": work.version.protocol.version}
    work.log("migrate", old, {"protocol": version.content_hash[:12], "version": protocol.version})
    return revise(replace(work, version=version), after, Revision())
