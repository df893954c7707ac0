import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.errors import InputError
from reminders.identifiers import (
    ALPHABET,
    Chance,
    delivery_id,
    enrollment_id,
    parse_enrollment_id,
    rehearsed,
    worker_id,
)

ids = st.builds(enrollment_id)


def is_refused(text: str) -> bool:
    try:
        parse_enrollment_id(text)
    except InputError:
        return True
    return False


def test_the_alphabet_holds_no_character_that_is_misheard_or_misread() -> None:
    assert (len(set(ALPHABET)), set(ALPHABET) & set("OI01U")) == (31, set())


@given(ids)
def test_an_enrollment_is_printed_in_two_groups(made: str) -> None:
    assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{5}}", made)


@given(ids)
def test_an_enrollment_reads_back_as_itself(made: str) -> None:
    assert parse_enrollment_id(made) == made


@given(ids)
def test_every_single_typing_slip_is_refused(made: str) -> None:
    characters = made.replace("-", "")
    slips = (
        characters[:place] + other + characters[place + 1 :]
        for place in range(len(characters))
        for other in ALPHABET
        if other != characters[place]
    )

    assert all(is_refused(slip) for slip in slips)


@given(ids)
def test_every_swap_of_two_different_neighbors_is_refused(made: str) -> None:
    characters = made.replace("-", "")
    swaps = (
        characters[:place] + characters[place + 1] + characters[place] + characters[place + 2 :]
        for place in range(len(characters) - 1)
        if characters[place] != characters[place + 1]
    )

    assert all(is_refused(swap) for swap in swaps)


@pytest.mark.parametrize("wrap", ["{0}{1}", "{0}-{1}", " {0} - {1}\n", "{0}–{1}", "{0}‑{1}"])
def test_case_dashes_and_blanks_do_not_matter(wrap: str) -> None:
    made = enrollment_id()
    halves = made.lower().split("-")

    assert parse_enrollment_id(wrap.format(*halves)) == made


@pytest.mark.parametrize("text", ["", "7KQM", "7KQM-4XWPZZ", "OOOO-00000", "Ana Ejemplo"])
def test_what_cannot_be_an_enrollment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="an enrollment looks like 7KQM-4XWPZ"):
        parse_enrollment_id(text)


@pytest.mark.parametrize("text", ["Ana Ejemplo", "+1 212 555 0123", "ANA-PEREZ"])
def test_a_refusal_never_repeats_what_was_typed(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_enrollment_id(text)

    assert text not in str(refusal.value)


def test_a_slip_is_explained_as_one() -> None:
    characters = enrollment_id()
    slip = ("3" if characters[0] == "2" else "2") + characters[1:]

    with pytest.raises(InputError, match="check character"):
        parse_enrollment_id(slip)


def test_two_enrollments_differ() -> None:
    assert len({enrollment_id() for _ in range(100)}) == 100


def test_a_delivery_is_32_hexadecimal_digits_and_never_the_same() -> None:
    made = {delivery_id() for _ in range(100)}

    assert len(made) == 100
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in made)


def test_two_workers_of_one_process_differ_and_fit_their_column() -> None:
    first, second = worker_id(), worker_id()

    assert first != second
    assert max(len(first), len(second)) <= 64


# Rehearsals


def ids_of(seed: str) -> list[str]:
    with rehearsed(seed):
        return [enrollment_id(), delivery_id(), worker_id()]


def test_in_a_rehearsal_equal_seeds_make_equal_identifiers() -> None:
    assert ids_of("7") == ids_of("7")
    assert ids_of("7") != ids_of("8")


def test_after_a_rehearsal_and_in_other_threads_identifiers_are_the_machines_own() -> None:
    expected = ids_of("7")[0]
    with rehearsed("7"), ThreadPoolExecutor(1) as other:
        elsewhere = other.submit(enrollment_id).result()

    assert elsewhere != expected
    assert enrollment_id() != expected


def test_chance_follows_from_its_seed() -> None:
    def draws(seed: str) -> list[object]:
        chance = Chance(seed)
        return [chance.between(1, 10**9), chance.one_of("abcdefgh"), chance.weighted({"a": 1, "b": 3}), chance.key()]

    assert draws("x") == draws("x")
    assert draws("x") != draws("y")
    assert not Chance("x").happens(0)
    assert Chance("x").happens(1)
