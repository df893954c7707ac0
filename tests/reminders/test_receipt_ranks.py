"""The ranks of providers' words: whatever the order and the repeats, the furthest word stays."""

from functools import reduce
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.receipt_ranks import Progress, merge, progress_of

KNOWN = [
    "scheduled", "accepted", "queued", "initiated", "sending", "ringing", "sent", "in-progress", "completed",
    "canceled", "no-answer", "busy", "failed", "undelivered", "partially_delivered", "delivered", "read",
]  # fmt: skip
WORDS = st.sampled_from([*KNOWN, "odd", "Delivered", ""]) | st.text(max_size=8)


@given(one=WORDS, other=WORDS)
def test_of_two_words_the_same_stays_whichever_came_first(one: str, other: str) -> None:
    assert merge(one, other) == merge(other, one)


@given(one=WORDS, two=WORDS, three=WORDS)
def test_it_does_not_matter_which_are_merged_first(one: str, two: str, three: str) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(word=WORDS)
def test_a_repeat_changes_nothing(word: str) -> None:
    assert merge(word, word) == merge(None, word) == word


def test_every_pair_of_known_words_has_a_further_one() -> None:
    assert all(merge(one, other) in (one, other) for one, other in product(KNOWN, repeat=2))


@pytest.mark.parametrize("words", list(permutations(["queued", "sent", "undelivered", "delivered"])))
def test_delivered_stays_in_every_order(words: tuple[str, ...]) -> None:
    assert reduce(merge, words) == "delivered"


@pytest.mark.parametrize("word", KNOWN)
def test_an_unknown_word_never_covers_a_known_one(word: str) -> None:
    assert merge(word, "zzz") == merge("zzz", word) == word


@pytest.mark.parametrize("failed", ["canceled", "no-answer", "busy", "failed", "undelivered", "partially_delivered"])
def test_that_the_patient_has_it_outranks_every_failure(failed: str) -> None:
    assert progress_of(failed) is Progress.FAILED
    assert merge("delivered", failed) == merge(failed, "delivered") == "delivered"
    assert merge("sent", failed) == failed


def test_a_message_that_was_read_was_delivered() -> None:
    assert merge("read", "delivered") == "read"
    assert progress_of("read") is progress_of("delivered") is Progress.ARRIVED


@pytest.mark.parametrize("word", ["queued", "sent", "completed", "in-progress", "an unknown word"])
def test_other_words_say_nothing_yet(word: str) -> None:
    """A call that is merely `completed` may have been answered by anything."""
    assert progress_of(word) is Progress.UNDERWAY
