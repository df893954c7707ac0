"""An epoch outside the store: a store that has fallen behind it is a restored backup, and sends nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from reminders.clock import ManualClock
from reminders.database import epochs, tables
from reminders.database.engine import reading
from reminders.database.epochs import Stored
from reminders.dispatch import Report
from reminders.epoch_file import Epoch, read_epoch, write_epoch
from reminders.errors import ConfigurationError, InputError
from reminders.health.reconciling import reconcile
from reminders.health.restoring import KEPT_SECONDS, ROOM, Keeper, lost_of
from reminders.service import Service
from reminders.worker import run_once
from tests.reminders.builders import (
    Transports,
    enrolled_id,
    sent_keys,
    set_reminder,
    states,
    task_kinds,
    tasks,
    the_reminder,
    together,
)
from tests.reminders.web.calling import all_rows

MINUTE = timedelta(minutes=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outside" / "reminders.epoch"


@pytest.fixture(autouse=True)
def a_place(file: Path) -> None:
    file.parent.mkdir()


def stored(service: Service) -> Stored:
    with reading(service.engine) as connection:
        found = epochs.current(connection)
    assert found is not None
    return found


def put_back(service: Service, epoch: Epoch) -> None:
    """As a backup of that epoch would have it."""
    values = {"store": epoch.store, "number": epoch.number, "at": epoch.at}
    with service.engine.begin() as connection:
        connection.execute(update(tables.epochs).values(values))


def may_claim(service: Service, keeper: Keeper) -> bool:
    with reading(service.engine) as connection:
        return keeper.allows(connection)


# What is compared


A, B = "a", "b"


def an_epoch(store: str, number: int, clock: ManualClock) -> Epoch:
    return Epoch(store=store, number=number, at=clock.now())


@pytest.mark.parametrize(
    ("here", "outside", "lost"),
    [
        ((A, 5), (A, 5), False),
        ((A, 6), (A, 5), False),  # others have worked meanwhile
        ((A, 4), (A, 5), True),
        ((B, 9), (A, 5), True),
        ((A, 5), None, False),
        (None, None, False),
        (None, (A, 5), True),
    ],
)
def test_a_lower_number_or_another_store_is_a_backup(
    clock: ManualClock, here: tuple[str, int] | None, outside: tuple[str, int] | None, lost: bool
) -> None:
    kept = Stored(epoch=an_epoch(*here, clock), lost=None) if here else None
    remembered = an_epoch(*outside, clock) if outside else None
    assert lost_of(kept, remembered) == (remembered if lost else None)


# While a worker lives


def test_the_number_rises_in_the_store_and_then_outside(service: Service, file: Path, clock: ManualClock) -> None:
    keeper = Keeper(service, file)
    for number in (1, 2, 3):
        clock.advance(MINUTE)
        keeper.beat()
        assert (stored(service).epoch.number, read_epoch(file)) == (number, stored(service).epoch)
    assert stored(service).epoch.at == clock.now()


def test_two_workers_that_begin_at_once_begin_one_store(service: Service, file: Path) -> None:
    keepers = [Keeper(service, file.with_name(f"{number}.epoch")) for number in range(4)]
    assert together(*(keeper.beat for keeper in keepers)) == [None] * 4
    assert stored(service).epoch.number == 4
    with service.engine.begin() as connection:
        assert len(connection.execute(tables.epochs.select()).all()) == 1


def test_a_machine_that_joins_makes_its_file_and_says_so(
    service: Service, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Keeper(service, file).beat()
    assert "epoch_file_made" not in caplog.text
    other = file.with_name("other.epoch")
    Keeper(service, other).beat()
    assert read_epoch(other) == stored(service).epoch
    assert "epoch_file_made" in caplog.text


def test_before_the_epoch_was_looked_at_nothing_is_claimed(service: Service, file: Path) -> None:
    keeper = Keeper(service, file)
    assert not may_claim(service, keeper)
    keeper.beat()
    assert may_claim(service, keeper)


def test_what_can_no_longer_be_kept_outside_stops_the_process(service: Service, file: Path, clock: ManualClock) -> None:
    keeper = Keeper(service, file)
    keeper.beat()
    file.unlink()
    file.parent.rmdir()
    with pytest.raises(ConfigurationError):
        keeper.beat()
    clock.advance(timedelta(seconds=KEPT_SECONDS))
    assert may_claim(service, keeper)
    clock.advance(timedelta(seconds=1))
    assert not may_claim(service, keeper)
    file.parent.mkdir()
    keeper.beat()
    assert may_claim(service, keeper)


def test_a_worker_does_not_start_where_it_cannot_keep_its_epoch(
    service: Service, transports: Transports, tmp_path: Path
) -> None:
    id_ = enrolled_id(service)
    with pytest.raises(ConfigurationError, match=r"^database\.epoch_file: "):
        run_once(service, transports, epoch_file=tmp_path / "nowhere" / "reminders.epoch")
    assert states(service, id_)["welcome"] == "planned"


# A restored backup


@pytest.fixture
def restored(service: Service, file: Path, clock: ManualClock) -> Epoch:
    """The store is what it was two minutes before; returns what the lost one had come to."""
    keeper = Keeper(service, file)
    keeper.beat()
    before = stored(service).epoch
    for _ in range(2):
        clock.advance(MINUTE)
        keeper.beat()
    lost = stored(service).epoch
    put_back(service, before)
    return lost


def test_a_restored_backup_sends_nothing_and_says_so(
    service: Service, transports: Transports, file: Path, restored: Epoch, caplog: pytest.LogCaptureFixture
) -> None:
    id_ = enrolled_id(service)

    assert run_once(service, transports, epoch_file=file) == Report()
    assert sent_keys(transports) == []
    assert states(service, id_)["welcome"] == "planned"
    (task,) = tasks(service)
    assert (task["kind"], task["urgent"]) == ("restored", True)
    assert "2026-11-20 17:00:00 UTC and 2026-11-20 17:02:00 UTC" in task["reason"]
    assert stored(service).lost == restored
    assert caplog.text.count("restored_backup") == 1


def test_every_worker_keeps_still_once_one_has_noticed(
    service: Service, transports: Transports, file: Path, restored: Epoch
) -> None:
    enrolled_id(service)
    Keeper(service, file).beat()
    other = file.with_name("other.epoch")

    assert run_once(service, transports, epoch_file=other) == Report()
    assert run_once(service, transports) == Report()
    assert sent_keys(transports) == []
    assert not other.exists()


def test_a_running_worker_notices_in_its_next_claim(service: Service, file: Path) -> None:
    keeper = Keeper(service, file)
    keeper.beat()
    before = stored(service).epoch
    keeper.beat()
    assert may_claim(service, keeper)
    put_back(service, before)
    assert not may_claim(service, keeper)
    with service.engine.begin() as connection:
        connection.execute(delete(tables.epochs))
    assert not may_claim(service, keeper)


def test_a_backup_from_before_there_were_epochs_is_one_too(
    service: Service, transports: Transports, file: Path, clock: ManualClock
) -> None:
    write_epoch(file, Epoch(store="another", number=9, at=clock.now()))
    enrolled_id(service)
    assert run_once(service, transports, epoch_file=file) == Report()
    assert "between an unknown instant and" in tasks(service)[0]["reason"]


def test_of_what_several_machines_remember_the_furthest_counts(
    service: Service, file: Path, restored: Epoch, clock: ManualClock
) -> None:
    other = file.with_name("other.epoch")
    further = Epoch(store=restored.store, number=restored.number + 5, at=restored.at + MINUTE)
    write_epoch(other, further)
    for kept in (other, file):
        Keeper(service, kept).beat()
    assert stored(service).lost == further
    assert task_kinds(service) == ["restored"]


# Until a person has decided


def test_meanwhile_receipts_are_heard_and_silence_means_nothing(
    service: Service, transports: Transports, file: Path, clock: ManualClock
) -> None:
    keeper = Keeper(service, file)
    id_ = enrolled_id(service)
    run_once(service, transports, epoch_file=file)
    before = stored(service).epoch
    keeper.beat()
    put_back(service, before)
    deliveries = tables.deliveries
    with service.engine.begin() as connection:
        connection.execute(update(deliveries).values(receipt_due_at=clock.now()))
    clock.advance(timedelta(hours=2))

    run_once(service, transports, epoch_file=file)
    assert states(service, id_)["welcome"] == "sent"
    reconcile(service_at(service, file), by="Sam Operator")
    run_once(service, transports, epoch_file=file)
    assert states(service, id_)["welcome"] == "sent"
    assert sent_keys(transports) == ["welcome"]
    (task,) = tasks(service)
    assert task["reason"].startswith("welcome: sent; whether it arrived was lost with the store. Compare with")


def service_at(service: Service, file: Path) -> Service:
    """The same service, with the file in its settings."""
    settings = service.settings
    database = settings.database.model_copy(update={"epoch_file": file})
    return replace(service, settings=settings.model_copy(update={"database": database}))


def test_what_was_due_meanwhile_does_not_leave_and_the_rest_does(
    service: Service, transports: Transports, file: Path, clock: ManualClock, restored: Epoch
) -> None:
    due, later = enrolled_id(service), enrolled_id(service)
    in_gap, after = restored.at + ROOM, restored.at + ROOM + timedelta(seconds=1)
    set_reminder(service, due, "welcome", due_at=in_gap, send_at=in_gap)
    set_reminder(service, later, "welcome", due_at=after, send_at=after)
    clock.advance(timedelta(minutes=10))

    done = reconcile(service_at(service, file), by="Sam Operator")
    assert (done.missed, done.unconfirmed, done.tasks) == (1, 0, 1)
    assert run_once(service, transports, epoch_file=file) == Report(sent=1)
    assert (states(service, due)["welcome"], states(service, later)["welcome"]) == ("missed", "sent")
    assert the_reminder(service, due, "welcome").reason == "may have been sent before the backup was restored"
    assert stored(service) == Stored(epoch=replace(stored(service).epoch, number=restored.number + 2), lost=None)


def test_what_waited_for_a_fact_may_have_left_as_well(service: Service, file: Path, restored: Epoch) -> None:
    id_ = enrolled_id(service)
    set_reminder(service, id_, "welcome", state="held", waits_for=["completed"], due_at=restored.at)
    reconcile(service_at(service, file), by="Sam Operator")
    assert states(service, id_)["welcome"] == "missed"


def test_what_staff_entered_anew_and_late_is_not_told_twice(service: Service, file: Path, restored: Epoch) -> None:
    id_ = enrolled_id(service)
    far = restored.at + timedelta(hours=1)
    set_reminder(service, id_, "welcome", late=True, due_at=far, send_at=far)
    assert reconcile(service_at(service, file), by="Sam Operator").missed == 1


def test_a_dry_run_changes_nothing(service: Service, file: Path, restored: Epoch) -> None:
    set_reminder(service, enrolled_id(service), "welcome", due_at=restored.at)
    before, kept = all_rows(service.engine), file.read_bytes()
    assert reconcile(service_at(service, file), by="Sam Operator", dry_run=True).missed == 1
    assert (all_rows(service.engine), file.read_bytes()) == (before, kept)


def test_its_task_is_done_when_it_is_reconciled(service: Service, file: Path, restored: Epoch) -> None:
    Keeper(service, file).beat()
    assert task_kinds(service) == ["restored"]
    reconcile(service_at(service, file), by="Sam Operator")
    assert task_kinds(service) == []


def test_a_store_that_is_not_behind_has_nothing_to_reconcile(service: Service, file: Path) -> None:
    Keeper(service, file).beat()
    with pytest.raises(InputError, match=r"^db reconcile: the store is not behind"):
        reconcile(service_at(service, file), by="Sam Operator")


def test_nobody_reconciles_in_the_programs_name(service: Service, file: Path, restored: Epoch) -> None:
    with pytest.raises(InputError, match=r"^--by: 'system' is what the program calls itself"):
        reconcile(service_at(service, file), by="system")


def test_after_another_store_was_restored_every_machine_knows_it_again(
    service: Service, file: Path, clock: ManualClock
) -> None:
    lost = Epoch(store="another", number=9, at=clock.now())
    other = file.with_name("other.epoch")
    for kept in (file, other):
        write_epoch(kept, lost)
    Keeper(service, file).beat()
    reconcile(service_at(service, file), by="Sam Operator")
    for kept in (file, other):
        keeper = Keeper(service, kept)
        keeper.beat()
        assert may_claim(service, keeper)
    assert stored(service).epoch.store == "another"
