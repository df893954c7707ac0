"""What comes together is written together, and one that cannot be written takes no other along."""

import threading
from collections.abc import Sequence
from threading import Lock

import pytest

from reminders.web.gathering import MOST, Gathering

PATIENCE = 30


class Store:
    """Takes groups, except for what is broken; remembers each try."""

    def __init__(self, *, broken: str = "") -> None:
        self.tries: list[list[str]] = []
        self.kept: list[str] = []
        self._broken = broken

    def take(self, items: Sequence[str]) -> None:
        self.tries.append(list(items))
        if self._broken in items:
            raise ValueError(self._broken)
        self.kept += items


def write_at_once(store: Store, items: Sequence[str]) -> dict[str, Exception | None]:
    """Let every item come while the store is busy, in order; what each caller was told."""
    turn, told = Lock(), dict[str, Exception | None]()
    gathering = Gathering[str](store.take, turn)

    def write(item: str) -> None:
        try:
            gathering.write(item)
            told[item] = None
        except ValueError as error:
            told[item] = error

    threads = [threading.Thread(target=write, args=(item,)) for item in items]
    with turn:
        for number, thread in enumerate(threads):
            thread.start()
            wait_for(gathering, number + 1)
        assert told == {}
    for thread in threads:
        thread.join(PATIENCE)
    return told


def wait_for(gathering: Gathering[str], number: int) -> None:
    pause = threading.Event()
    while len(gathering._waiting) < number:
        pause.wait(0.001)


def test_what_comes_alone_is_written_alone() -> None:
    store = Store()
    gathering = Gathering[str](store.take, Lock())
    gathering.write("one")
    gathering.write("two")
    assert store.tries == [["one"], ["two"]]


def test_what_comes_meanwhile_is_written_together_in_its_order() -> None:
    store = Store()
    told = write_at_once(store, ["one", "two", "three"])
    assert store.tries == [["one", "two", "three"]]
    assert told == dict.fromkeys(["one", "two", "three"])


def test_one_that_cannot_be_written_takes_no_other_along(caplog: pytest.LogCaptureFixture) -> None:
    store = Store(broken="two")
    told = write_at_once(store, ["one", "two", "three"])
    assert store.kept == ["one", "three"]
    assert store.tries == [["one", "two", "three"], ["one"], ["two"], ["three"]]
    assert {item: str(error) for item, error in told.items() if error} == {"two": "two"}
    assert [record.getMessage() for record in caplog.records] == ["group_not_written"]


def test_one_that_comes_alone_and_cannot_be_written_is_tried_once() -> None:
    store = Store(broken="one")
    with pytest.raises(ValueError, match="one"):
        Gathering[str](store.take, Lock()).write("one")
    assert store.tries == [["one"]]


def test_a_group_has_its_limit() -> None:
    store, items = Store(), [str(number) for number in range(MOST + 3)]
    write_at_once(store, items)
    assert [len(group) for group in store.tries] == [MOST, 3]
    assert store.kept == items
