"""Numbered checks of an installation, each with what to do about it; for `doctor` and before a worker starts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from reminders import callbacks, identifiers
from reminders.database import approvals, operating
from reminders.database.engine import file_problems, is_full, reading
from reminders.database.timekeeping import machine_clock
from reminders.errors import ReminderError
from reminders.foreseeing import AHEAD, foresee
from reminders.health.restoring import look
from reminders.health.selfchecks import in_words as found_in_words
from reminders.health.selfchecks import look_over
from reminders.health.watching import SLOWEST_BEAT, WIDEST_CLOCK_GAP
from reminders.key_fit import key_problem
from reminders.pausing import in_words, transport_scope
from reminders.protocols import ProtocolVersion
from reminders.service import Service
from reminders.sites import calendar_problems
from reminders.text_checks import longer_than
from reminders.transports.base import Transport
from schedules.protocol import Channel
from schedules.reading import nearest


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is well, and what to do otherwise."""

    check: str
    ok: bool
    detail: str


def check_all(service: Service, transports: Mapping[Channel, Transport]) -> list[Finding]:
    """Every check of an installation that could be opened at all."""
    return [
        Finding(check="settings", ok=True, detail=f"{len(service.settings.sites)} site(s)"),
        *_calendars(service),
        *_lost_sites(service),
        *_unspoken(service),
        *_files(service),
        _clock(service),
        *_transports(service, transports),
        *_senders(service, transports),
        *_pauses(service, transports),
        _replies(service, transports),
        *_protocols(service, transports),
        _worker(service),
        _epoch(service),
        _self_checks(service),
    ]


def heartbeat(service: Service) -> Finding:
    """Whether a worker of this very machine is alive: for the health checks of containers, asked again and again."""
    with reading(service.engine) as connection:
        seen = operating.last_beat(connection, identifiers.machine())
    if seen is None:
        return Finding(check="heartbeat", ok=False, detail="no worker of this machine was seen yet")
    quiet = service.clock.now() - seen
    detail = f"a worker of this machine was last seen {int(quiet.total_seconds())} s ago"
    return Finding(check="heartbeat", ok=quiet < SLOWEST_BEAT, detail=detail)


def _calendars(service: Service) -> Iterator[Finding]:
    """Holidays in a calendar nobody knows: nobody can be enrolled there."""
    for problem in calendar_problems(service.settings, service.clock.now().year):
        yield Finding(check="calendar", ok=False, detail=problem)


def _lost_sites(service: Service) -> Iterator[Finding]:
    """Sites that are gone from the settings while enrollments belong to them: none of theirs can leave."""
    known = service.settings.sites
    with reading(service.engine) as connection:
        running = operating.running_by_site(connection)
    for id_ in sorted(set(running) - set(known)):
        detail = (
            f"sites.{id_} is missing from the settings, and {running[id_]} running enrollment(s) belong to it: "
            f"nothing leaves for them until it is back; {nearest(id_, known)}"
        )
        yield Finding(check=f"site {id_}", ok=False, detail=detail)


def _unspoken(service: Service) -> Iterator[Finding]:
    """A site's own words in a language that no protocol has: no message would ever say them."""
    spoken = {language for version in _readable(service) for language in version.languages}
    for id_, site in service.settings.sites.items():
        for language in sorted(set(site.texts) - spoken) if spoken else ():
            detail = f"sites.{id_}.texts.{language}: no protocol speaks this language; {nearest(language, spoken)}"
            yield Finding(check=f"texts {language} at {id_}", ok=False, detail=detail)


def _readable(service: Service) -> Iterator[ProtocolVersion]:
    """The protocols without a mistake; each of the others has a finding of its own."""
    for name in service.library.names():
        with suppress(ReminderError):
            yield service.library.load(name)


def _files(service: Service) -> Iterator[Finding]:
    problems = (*file_problems(service.settings.database.url), *_unwritable(service))
    yield Finding(check="database", ok=not problems, detail="; ".join(problems) or "reachable, tables are current")
    wrong = key_problem(service)
    yield Finding(check="key", ok=wrong is None, detail=wrong or "readable by this account alone")


def _unwritable(service: Service) -> Iterator[str]:
    """What keeps the program from writing anything down, so that nothing may leave."""
    try:
        with service.engine.connect() as connection:  # never committed
            operating.try_to_write(connection, service.clock.now())
            connection.rollback()
    except Exception as error:
        if not is_full(error):
            raise
        yield "the disk under it is full, so nothing leaves; make room, and sending goes on by itself"


def _clock(service: Service) -> Finding:
    """The database's clock beside this machine's; on SQLite they are one."""
    if service.engine.dialect.name == "sqlite":
        return Finding(check="clock", ok=True, detail="one machine, one clock")
    with reading(service.engine) as connection:
        theirs = operating.database_time(connection)
    gap = abs(machine_clock(service.clock).now() - theirs)
    detail = f"{gap.total_seconds():.1f} s from the database's clock"
    return Finding(check="clock", ok=gap < WIDEST_CLOCK_GAP, detail=detail)


def _transports(service: Service, transports: Mapping[Channel, Transport]) -> Iterator[Finding]:
    with reading(service.engine) as connection:
        paused = operating.pauses(connection)
    if not transports:
        yield Finding(check="transports", ok=False, detail="none is configured: add [transports.sms] to the settings")
    live = [channel for channel, transport in transports.items() if transport.live]
    for channel, transport in transports.items():
        problems = list(_asked(transport))
        if row := paused.get(transport_scope(channel)):
            problems.append(f"paused by {row['paused_by']}" + (f": {row['reason']}" if row["reason"] else ""))
        well = transport.name if transport.live else f"{transport.name}, reaches no patient{_printed(transport, live)}"
        detail = "; ".join(problems) or well
        yield Finding(check=f"transport {channel}", ok=not problems, detail=detail)


def _printed(transport: Transport, live: Sequence[Channel]) -> str:
    """Where real patients are written to, the others' messages should not stand between the lines of the log."""
    if transport.name != "console" or not live:
        return ""
    return ', but prints their messages between the lines of the log; kind = "outbox" does not'


def _senders(service: Service, transports: Mapping[Channel, Transport]) -> Iterator[Finding]:
    """Whether each sender with a known limit is fast enough for the coming days."""
    for channel, found in foresee(service, transports):
        told = [f"in the coming {AHEAD.days} days", *found.sentences()]
        settings = service.settings.transports.get(channel)
        if settings is None or settings.rate is None:
            told.append(f"that rate is assumed: set transports.{channel}.per_second to what your sender takes")
        yield Finding(check=f"sender {channel}", ok=not found.slow, detail=": ".join([told[0], "; ".join(told[1:])]))


def _pauses(service: Service, transports: Mapping[Channel, Transport]) -> Iterator[Finding]:
    """Every pause that no check of a transport has named."""
    told = {transport_scope(channel) for channel in transports}
    with reading(service.engine) as connection:
        paused = operating.pauses(connection)
    for scope, row in sorted(paused.items()):
        if scope not in told:
            detail = f"{in_words(scope, row)}; end it with `reminders resume`"
            yield Finding(check=f"pause {scope}", ok=False, detail=detail)


def _replies(service: Service, transports: Mapping[Channel, Transport]) -> Finding:
    """Whether a patient who answers STOP is heard: without that no live text leaves."""
    web = service.settings.web
    for channel, transport in transports.items():
        if reason := callbacks.refusal(web, channel, live=transport.live):
            return Finding(check="replies", ok=False, detail=f"live texts wait: {reason}")
    heard = f"come to {web.public_url}" if web.public_url else "are not heard: no web.public_url is set"
    return Finding(check="replies", ok=True, detail=heard)


def _asked(transport: Transport) -> tuple[str, ...]:
    try:
        return transport.check()
    except ReminderError as error:
        return (str(error),)


def _protocols(service: Service, transports: Mapping[Channel, Transport]) -> Iterator[Finding]:
    live = any(transport.live for transport in transports.values())
    for name in service.library.names():
        try:
            version = service.library.load(name)
        except ReminderError as error:
            yield Finding(check=f"protocol {name}", ok=False, detail=str(error))
        else:
            yield _approval(service, version, live)
            yield from _short_texts(service, version)


def _short_texts(service: Service, version: ProtocolVersion) -> Iterator[Finding]:
    """Sites that may send short texts only, and a protocol whose texts may be longer: those become calls."""
    for id_, site in service.settings.sites.items():
        most = site.frequency.longest_text
        for language in version.languages if most is not None else ():
            if long := longer_than(version.messages[language], most or 0):
                told = (
                    f"{len(long)} texts may take more than {most} characters and then become calls: {', '.join(long)}"
                )
                yield Finding(check=f"texts {version.protocol.name} {language} at {id_}", ok=False, detail=told)


def _approval(service: Service, version: ProtocolVersion, live: bool) -> Finding:
    name = version.protocol.name
    with reading(service.engine) as connection:
        approval = approvals.approval(connection, "protocol", name, version.content_hash)
    wanting = f"not approved: live messages are held; `reminders protocol approve {name} --by NAME`"
    detail = f"approved by {approval[0]}" if approval else wanting
    return Finding(check=f"protocol {name}", ok=bool(approval) or not live, detail=detail)


def _worker(service: Service) -> Finding:
    with reading(service.engine) as connection:
        seen = operating.last_beat(connection)
    if seen is None:
        return Finding(check="worker", ok=True, detail="none has run yet; start one with `reminders run`")
    quiet = service.clock.now() - seen
    detail = f"last seen {int(quiet.total_seconds())} s ago" + (
        "" if quiet < SLOWEST_BEAT else "; is `reminders run` still running?"
    )
    return Finding(check="worker", ok=quiet < SLOWEST_BEAT, detail=detail)


def _epoch(service: Service) -> Finding:
    """Whether the store is what it was when a worker of this machine last saw it."""
    try:
        stored, behind = look(service, service.settings.epoch_file)
    except ReminderError as error:
        return Finding(check="epoch", ok=False, detail=str(error))
    if behind is not None:
        return Finding(check="epoch", ok=False, detail=str(behind))
    detail = f"the store is at {stored.epoch.number}" if stored is not None else "begins with the first worker"
    return Finding(check="epoch", ok=True, detail=detail)


def _self_checks(service: Service) -> Finding:
    """What a worker asks each minute, asked now; `doctor` itself stops nothing."""
    looked = look_over(service)
    problems = [found_in_words(looked.findings)] if looked.findings else []
    problems += [f"could not be made: {', '.join(looked.broken)}"] if looked.broken else []
    return Finding(check="self-checks", ok=looked.clean, detail="; ".join(problems) or "nothing that must not be")
