"""What `doctor` looks at: each check says what it saw and what to do about it."""

from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine

from reminders.approving import approve_protocol
from reminders.changes.rescheduling import cancel
from reminders.checks import check_all
from reminders.clock import Clock, ManualClock, SystemClock
from reminders.database import operating
from reminders.database.vault import Vault
from reminders.errors import OperationError
from reminders.service import Service
from reminders.transports.base import Transport
from reminders.transports.console import ConsoleTransport
from reminders.transports.memory import MemoryTransport
from reminders.transports.outbox import OutboxTransport
from schedules.protocol import Channel
from tests.reminders.builders import a_clock, a_service, a_site, enrolled_id, protocol_files, write_protocol

Found = dict[str, tuple[bool, str]]


def check(service: Service, transports: Mapping[Channel, Transport] | None = None) -> Found:
    some = {Channel.SMS: MemoryTransport(Channel.SMS, service.clock)} if transports is None else transports
    return {finding.check: (finding.ok, finding.detail) for finding in check_all(service, some)}


class Troubled(MemoryTransport):
    """A transport that has something to say when it is asked how it is."""

    def check(self) -> tuple[str, ...]:
        return ("The account is closed.", "The certificate has run out.")


class Broken(MemoryTransport):
    """A transport that cannot even be asked."""

    def check(self) -> tuple[str, ...]:
        raise OperationError("the outbox is gone")


def test_everything_a_transport_says_of_itself_is_told(service: Service, clock: ManualClock) -> None:
    found = check(service, {Channel.SMS: Troubled(Channel.SMS, clock)})
    assert found["transport sms"] == (False, "The account is closed.; The certificate has run out.")


def test_a_transport_that_cannot_be_asked_hides_no_other_check(service: Service, clock: ManualClock) -> None:
    found = check(
        service, {Channel.SMS: Broken(Channel.SMS, clock), Channel.EMAIL: MemoryTransport(Channel.EMAIL, clock)}
    )
    assert found["transport sms"] == (False, "the outbox is gone")
    assert found["transport email"][0]


def test_a_paused_transport_says_who_paused_it_and_why(service: Service, clock: ManualClock) -> None:
    with service.engine.begin() as connection:
        operating.pause(connection, "transport:sms", reason="a wrong text", by="Sam Operator", now=clock.now())
    assert check(service)["transport sms"] == (False, "paused by Sam Operator: a wrong text")


@pytest.mark.parametrize(
    ("scope", "what"),
    [("all", "everything"), ("site:main", "site main"), ("transport:voice", "the voice transport")],
)
def test_every_pause_is_something_to_mend_also_of_what_is_no_transport_here(
    scope: str, what: str, service: Service, clock: ManualClock
) -> None:
    with service.engine.begin() as connection:
        operating.pause(connection, scope, reason="", by="Sam Operator", now=clock.now())
    detail = f"{what} is paused by Sam Operator; end it with `reminders resume`"
    assert check(service)[f"pause {scope}"] == (False, detail)
    assert check(service)["transport sms"][0]


def test_a_live_transport_is_named_and_needs_an_approval(service: Service, clock: ManualClock) -> None:
    live = {Channel.SMS: MemoryTransport(Channel.SMS, clock, live=True)}
    assert check(service, live)["transport sms"] == (True, "memory")
    assert not check(service, live)["protocol vertebroplasty"][0]
    approve_protocol(service, "vertebroplasty", by="Dr. Example")
    assert check(service, live)["protocol vertebroplasty"] == (True, "approved by Dr. Example")


@pytest.mark.parametrize("live", [True, False])
def test_of_a_console_beside_a_live_transport_it_is_said_what_it_prints(
    service: Service, clock: ManualClock, live: bool
) -> None:
    console = ConsoleTransport(Channel.EMAIL, StringIO())
    found = check(service, {Channel.SMS: MemoryTransport(Channel.SMS, clock, live=live), Channel.EMAIL: console})
    more = ', but prints their messages between the lines of the log; kind = "outbox" does not' if live else ""
    assert found["transport email"] == (True, f"console, reaches no patient{more}")


def test_an_outbox_beside_a_live_transport_prints_nothing(service: Service, clock: ManualClock, tmp_path: Path) -> None:
    outbox = OutboxTransport(Channel.EMAIL, tmp_path / "outbox.jsonl", clock)
    live = MemoryTransport(Channel.SMS, clock, live=True)
    found = check(service, {Channel.SMS: live, Channel.EMAIL: outbox})
    assert found["transport email"] == (True, "outbox, reaches no patient")


def test_without_a_transport_nothing_can_leave(service: Service) -> None:
    assert not check(service, {})["transports"][0]


@pytest.mark.parametrize(("quiet", "well"), [(0, True), (119, True), (120, False), (86_400, False)])
def test_a_worker_is_missed_after_two_minutes(service: Service, clock: ManualClock, quiet: int, well: bool) -> None:
    with service.engine.begin() as connection:
        operating.beat(connection, "worker", started=clock.now(), now=clock.now() - timedelta(seconds=quiet))
    ok, detail = check(service)["worker"]
    assert ok is well
    assert detail.startswith(f"last seen {quiet} s ago")


def test_of_several_workers_the_last_seen_counts(service: Service, clock: ManualClock) -> None:
    with service.engine.begin() as connection:
        for worker, quiet in (("old", 9000), ("young", 5)):
            operating.beat(connection, worker, started=clock.now(), now=clock.now() - timedelta(seconds=quiet))
    assert check(service)["worker"] == (True, "last seen 5 s ago")


def on_postgres(postgres_url: str, vault: Vault, clock: Clock) -> Service:
    from reminders.database.engine import open_engine

    return a_service(open_engine(postgres_url), vault, clock)


def test_a_clock_that_agrees_with_the_databases_is_well(postgres_url: str, vault: Vault) -> None:
    service = on_postgres(postgres_url, vault, SystemClock())
    ok, detail = check(service)["clock"]
    service.engine.dispose()
    assert ok
    assert detail.endswith(" s from the database's clock")


def test_a_clock_that_is_wrong_by_years_is_to_be_mended(postgres_url: str, vault: Vault) -> None:
    service = on_postgres(postgres_url, vault, a_clock("2001-01-01 12:00"))
    ok, _ = check(service)["clock"]
    service.engine.dispose()
    assert not ok


def test_a_folder_others_can_write_to_is_to_be_mended(
    sqlite_url: str, vault: Vault, clock: ManualClock, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from reminders.database.engine import open_engine

    engine: Engine = open_engine(sqlite_url)
    service = a_service(engine, vault, clock, database={"url": sqlite_url})
    assert check(service)["database"] == (True, "reachable, tables are current")
    tmp_path.chmod(0o777)
    ok, detail = check(service)["database"]
    engine.dispose()
    assert not ok
    assert "lets other accounts replace the database" in detail


def test_a_calendar_nobody_knows_is_to_be_mended(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    found = check(a_service(engine, vault, clock, sites={"main": a_site(holidays="US-NYX")}))
    detail = "sites.main.holidays: 'US-NYX' is not a known calendar; did you mean 'US-NY'?"
    assert found["calendar"] == (False, detail)


def test_a_site_that_enrollments_belong_to_and_the_settings_no_longer_have_is_to_be_mended(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    both = a_service(engine, vault, clock, sites={"main": a_site(), "south": a_site()})
    for site in ("south", "south", "main"):
        enrolled_id(both, site=site)
    found = check(a_service(engine, vault, clock, sites={"main": a_site()}))
    assert found["site south"] == (
        False,
        "sites.south is missing from the settings, and 2 running enrollment(s) belong to it: nothing leaves for them "
        "until it is back; known: main",
    )
    assert "site main" not in found
    assert not [name for name in check(both) if name.startswith("site ")]


def test_a_site_where_nobody_is_enrolled_any_more_may_go(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    both = a_service(engine, vault, clock, sites={"main": a_site(), "south": a_site()})
    cancel(both, enrolled_id(both, site="south"), reason="patient", note=None, by="coordinator")
    assert "site south" not in check(a_service(engine, vault, clock, sites={"main": a_site()}))


def test_a_sites_words_in_a_language_that_no_protocol_has_are_to_be_mended(
    engine: Engine, vault: Vault, clock: ManualClock
) -> None:
    words = {"fasting": "No food after midnight."}
    found = check(a_service(engine, vault, clock, sites={"main": a_site(texts={"en": words, "eo": words})}))
    detail = "sites.main.texts.eo: no protocol speaks this language; known: en, es"
    assert found["texts eo at main"] == (False, detail)
    assert "texts en at main" not in found


def test_a_protocol_with_a_mistake_hides_no_language_of_the_others(
    engine: Engine, vault: Vault, clock: ManualClock, tmp_path: Path
) -> None:
    own = write_protocol(tmp_path, protocol_files(version=0))
    words = {"es": {"fasting": "Nada de comida."}}
    found = check(a_service(engine, vault, clock, own=own, sites={"main": a_site(texts=words)}))
    assert not found["protocol example"][0]
    assert not [name for name in found if name.startswith("texts ")]


def test_live_texts_that_nobody_could_stop_are_told_of(engine: Engine, vault: Vault, clock: ManualClock) -> None:
    live = {Channel.SMS: MemoryTransport(Channel.SMS, clock, live=True)}
    deaf = a_service(engine, vault, clock, web={})
    assert check(deaf, live)["replies"] == (
        False,
        "live texts wait: nobody could opt out of texts: set web.public_url, or web.accept_no_replies",
    )
    assert check(deaf)["replies"][0]
    assert check(a_service(engine, vault, clock, web={"accept_no_replies": True}), live)["replies"][0]
    heard = a_service(engine, vault, clock, web={"public_url": "https://reminders.example.org"})
    assert check(heard, live)["replies"] == (True, "come to https://reminders.example.org")


def test_a_site_that_may_send_short_texts_only_is_told_which_become_calls(
    engine: Engine, vault: Vault, clock: ManualClock, tmp_path: Path
) -> None:
    words = "please read this" + " and this" * 12
    files = protocol_files(others=("pack",))
    longer = files["messages.en.toml"].replace("please read this", words, 2)  # the first step's two texts
    own = write_protocol(tmp_path, files | {"messages.en.toml": longer})
    site = a_site(frequency={"mode": "exempt"})

    found = check(a_service(engine, vault, clock, own=own, sites={"main": site}))
    told = "1 texts may take more than 160 characters and then become calls: hello"
    assert found["texts example en at main"] == (False, told)
    assert [name for name in check(a_service(engine, vault, clock, own=own)) if name.startswith("texts")] == []
