"""The one home of randomness: identifiers that cannot be guessed, and can be read aloud where people use them.

The rule: what a seed decides is a rehearsal's alone; an identifier of the service comes from the machine's own source.
"""

import os
import random
import re
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from reminders.errors import InputError

Item = TypeVar("Item")

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""No O or 0, I or 1, and no U. A prime number of characters (31): the check below rests on that."""

_LENGTH = 9
_BLANKS_AND_DASHES = re.compile(r"[\s\-‐‑–—]")  # mail and chat programs turn a hyphen into the others
_SOURCE: ContextVar[random.Random] = ContextVar("source", default=secrets.SystemRandom())  # noqa: B039 - it has no state
_EXPECTED = "an enrollment looks like 7KQM-4XWPZ (nine characters, never 0, 1, I, O or U)"


def enrollment_id() -> str:
    """Eight random characters and a check character, printed as XXXX-XXXXX."""
    body = "".join(_SOURCE.get().choice(ALPHABET) for _ in range(_LENGTH - 1))
    return _printed(body + _check_character(body))


def parse_enrollment_id(text: str) -> str:
    """The id as it is stored and printed, from whatever a person typed.

    Lower case, and missing or additional dashes and blanks, are forgiven. Raises InputError for anything else;
    the line does not repeat the text, for it may be a name put in the wrong place.
    """
    characters = _BLANKS_AND_DASHES.sub("", text).upper()
    if len(characters) != _LENGTH or not set(characters) <= set(ALPHABET):
        raise InputError(f"enrollment: this is not an enrollment; {_EXPECTED}")
    if _weighted_sum(characters) != 0:
        raise InputError("enrollment: the check character does not fit, so a character is mistyped; read it again")
    return _printed(characters)


def delivery_id() -> str:
    """32 random hexadecimal digits; it travels in callback URLs, so it must not be guessable."""
    return f"{_SOURCE.get().getrandbits(128):032x}"


def store_id() -> str:
    """What tells one store from another: 16 random hexadecimal digits."""
    return secrets.token_hex(8)


def worker_id() -> str:
    """The machine, the process, and something random, for one process may hold two workers. At most 64 characters."""
    return f"{machine()}:{os.getpid()}:{_SOURCE.get().getrandbits(32):08x}"


def machine() -> str:
    """This machine's name, as the ids of its workers begin; a container is a machine of its own."""
    return socket.gethostname()[:40]


class Chance:
    """What happens by chance in a rehearsal: equal seeds, equal answers, in every process."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - it decides what a rehearsal does, never an identifier

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def one_of(self, items: Sequence[Item]) -> Item:
        return self._random.choice(items)

    def weighted(self, weights: Mapping[Item, float]) -> Item:
        """One of the keys, each as often as its weight says."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def key(self) -> bytes:
        """32 bytes, for a vault that keeps nobody's secrets."""
        return self._random.randbytes(32)


@contextmanager
def rehearsed(seed: str) -> Iterator[None]:
    """Identifiers made in this thread follow from the seed, until the block ends; no other thread's do."""
    token = _SOURCE.set(random.Random(seed))  # noqa: S311 - nobody outside a rehearsal gets to see them
    try:
        yield
    finally:
        _SOURCE.reset(token)


def _printed(characters: str) -> str:
    return f"{characters[:4]}-{characters[4:]}"


def _check_character(body: str) -> str:
    """The character that makes the weighted sum zero; its own weight is 1."""
    return ALPHABET[-_weighted_sum(body + ALPHABET[0]) % len(ALPHABET)]


def _weighted_sum(characters: str) -> int:
    """Weights 9 down to 1, modulo a prime: no slip of one character and no swap of two neighbors keeps it.

    A slip changes it by weight times difference, a swap by difference alone; neither is a multiple of 31.
    """
    weights = range(len(characters), 0, -1)
    total = sum(w * ALPHABET.index(c) for w, c in zip(weights, characters, strict=True))
    return total % len(ALPHABET)
