"""Turns a reply into words, and finds word groups and phrases in them.

Every step is bounded by the number of words: no pattern can make a long text slow, and no text can make one fail.
Words are compared without case, accents, apostrophes and invisible characters; a word of six letters or more is also
known by one slip of the finger (one letter wrong, missing, doubled or swapped), where its first letter stands.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)?|[^\W\d_]+|[.!?;…\n\r\v\f\u2028\u2029]|[,:()\[\]]")
HARD_PAUSE, SOFT_PAUSE = frozenset(".!?;…\n\r\v\f\u2028\u2029"), frozenset(",:()[]")
APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´′＇"), None) | {ord("ı"): "i"}
DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
SHORTEST_WITH_SLIPS, LONGEST_WITH_SLIPS = 6, 20
GAP = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One word; `groups` is a bit per word group, `pause` what stands before it: 0 nothing, 1 a comma, 2 a stop."""

    text: str
    groups: int
    pause: int


def plain(text: str) -> str:
    """Without case, accents, apostrophes and characters nobody sees, "stoppp" as "stop"; the rest as it was."""
    # Twice: folding can open what a compatibility form had closed.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold().translate(APOSTROPHES))
    seen = folded.translate(APOSTROPHES)
    letters = "".join(one for one in seen if unicodedata.category(one) not in {"Mn", "Me", "Cf"})
    return DRAWN_OUT.sub(r"\1", letters)


def tokens(text: str) -> list[tuple[str, int]]:
    """Words and numbers of a plain text, each with the pause before it; emoji and other signs part words."""
    found: list[tuple[str, int]] = []
    pause = 0
    for token in TOKEN.findall(text):
        if token in HARD_PAUSE or token in SOFT_PAUSE:
            pause = max(pause, 2 if token in HARD_PAUSE else 1)
        else:
            found.append((token, pause))
            pause = 0
    return found


def merged(found: Iterable[tuple[str, int]], pairs: Mapping[tuple[str, str], str]) -> list[tuple[str, int]]:
    """Two words that mean one thing become one: "can not" and "no puedo" are `cant`, and so is "cannot"."""
    result: list[tuple[str, int]] = []
    for word, pause in found:
        result.append((pairs.get(("", word), word), pause))
        while len(result) > 1 and result[-1][1] == 0 and (one := pairs.get((result[-2][0], result[-1][0]))):
            result[-2:] = [(one, result[-2][1])]
    return result


def one_slip(written: str, meant: str) -> bool:
    """One letter added, left out, changed, or swapped with its neighbor."""
    if len(written) > len(meant):
        return one_slip(meant, written)
    start = next((n for n, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), len(written))
    if len(written) < len(meant):
        return written[start:] == meant[start + 1 :]
    swapped = written[start + 1 : start + 2] + written[start : start + 1] + written[start + 2 :]
    return written[start + 1 :] == meant[start + 1 :] or swapped == meant[start:]


def _shortened(word: str) -> Iterator[str]:
    yield word
    yield from (word[:n] + word[n + 1 :] for n in range(1, len(word)))


class Slips:
    """Known words by what is left of them when one letter goes: two words a slip apart meet there."""

    def __init__(self, words: Iterable[str], *, real: frozenset[str], short: frozenset[str] = frozenset()) -> None:
        self._real = real
        self._meant: dict[str, list[str]] = {}
        for word in words:
            if word in short or SHORTEST_WITH_SLIPS <= len(word) <= LONGEST_WITH_SLIPS:
                for rest in _shortened(word):
                    self._meant.setdefault(rest, []).append(word)

    def meant(self, written: str) -> set[str]:
        """Known words this may be a slip of; none for a word that is one of its own."""
        if written in self._real or not SHORTEST_WITH_SLIPS - 1 <= len(written) <= LONGEST_WITH_SLIPS:
            return set()
        candidates = {word for rest in _shortened(written) for word in self._meant.get(rest, ())}
        return {word for word in candidates if one_slip(written, word)}


class Groups:
    """Word groups, each a line "name: word word stem*"; a group's name stands for one bit."""

    def __init__(self, table: str, *, real: frozenset[str], short: frozenset[str]) -> None:
        self._words: dict[str, int] = {}
        self._stems: dict[str, int] = {}
        self.bits: dict[str, int] = {}
        for line in table.strip().splitlines():
            name, _, words = line.partition(":")
            bit = self.bits.setdefault(name, 1 << len(self.bits))
            for word in words.split():
                home = self._stems if word.endswith("*") else self._words
                home[word.rstrip("*")] = home.get(word.rstrip("*"), 0) | bit
        self._slips = Slips(self._words, real=real, short=short)

    def mask(self, *names: str) -> int:
        """The bits of these groups."""
        total = 0
        for name in names:
            total |= self.bits[name]
        return total

    def of(self, word: str) -> int:
        """The groups a word belongs to: by itself and by its stems, else by a slip."""
        exact = self._words.get(word, 0)
        for length in range(2, min(len(word), LONGEST_WITH_SLIPS) + 1):
            exact |= self._stems.get(word[:length], 0)
        if exact:
            return exact
        for meant in self._slips.meant(word):
            exact |= self._words[meant]
        return exact


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One place of a phrase: what may stand there, and how often."""

    words: frozenset[str]
    groups: int
    least: int = 1
    most: int = 1
    anything: bool = False

    def takes(self, word: Word) -> bool:
        return self.anything or word.text in self.words or bool(word.groups & self.groups)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """Words one after the other within one breath; `last` means that nothing may follow before a pause."""

    parts: tuple[Part, ...]
    last: bool = False


class Words(list[Word]):
    """The words of a reply, and where each word and each group stands: found once, asked by every phrase."""

    def __init__(self, words: Iterable[Word]) -> None:
        super().__init__(words)
        self._by_text: dict[str, list[int]] = {}
        self._by_bit: dict[int, list[int]] = {}
        self._groups = union(word.groups for word in self)
        for at, word in enumerate(self):
            self._by_text.setdefault(word.text, []).append(at)
            for bit in _bits(word.groups):
                self._by_bit.setdefault(bit, []).append(at)

    def has(self, part: Part) -> bool:
        """Whether there is a word that may stand in this place of a phrase."""
        return bool(part.groups & self._groups) or not part.words.isdisjoint(self._by_text.keys())

    def places(self, part: Part) -> Iterator[int]:
        for text in part.words & self._by_text.keys():
            yield from self._by_text[text]
        for bit in _bits(part.groups & self._groups):
            yield from self._by_bit[bit]


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield mask & -mask
        mask &= mask - 1


class Phrases:
    """Phrases, one a line.

    `a/b` is either, `{group}` a word of it, `..` up to three words, `x?` perhaps, `x*` up to four times, `$` the end.
    """

    def __init__(self, table: str, groups: Groups) -> None:
        lines = filter(None, map(str.strip, table.splitlines()))
        self._phrases = [_phrase(line.split(), groups) for line in lines]

    def spans(self, words: Words) -> Iterator[range]:
        """Where phrases stand. Most have no place in a text at all: putting them aside first keeps this quick."""
        for phrase in self._phrases:
            if all(words.has(part) for part in phrase.parts if part.least):
                yield from _spans(phrase, words)


def union(masks: Iterable[int]) -> int:
    """All the bits there are."""
    total = 0
    for mask in masks:
        total |= mask
    return total


def _spans(phrase: Phrase, words: Words) -> Iterator[range]:
    for start in sorted({place for part in _beginnings(phrase) for place in words.places(part)}):
        end = _end(phrase, 0, words, start, start)
        if end is not None:
            yield range(start, end)


def _beginnings(phrase: Phrase) -> Iterator[Part]:
    """Parts that a phrase may begin with: up to the first that must stand."""
    for part in phrase.parts:
        yield part
        if part.least:
            return


def _phrase(written: Sequence[str], groups: Groups) -> Phrase:
    last = written[-1] == "$"
    return Phrase(parts=tuple(_part(one, groups) for one in (written[:-1] if last else written)), last=last)


def _part(written: str, groups: Groups) -> Part:
    if written == "..":
        return Part(words=frozenset(), groups=0, least=0, most=GAP, anything=True)
    least, most = {"?": (0, 1), "*": (0, 4)}.get(written[-1], (1, 1))
    choices = written.rstrip("?*").split("/")
    named = [one[1:-1] for one in choices if one.startswith("{")]
    literal = frozenset(one for one in choices if not one.startswith("{"))
    return Part(words=literal, groups=groups.mask(*named), least=least, most=most)


def _end(phrase: Phrase, number: int, words: Sequence[Word], start: int, at: int) -> int | None:
    """Where the phrase's parts from `number` on end when they begin at `at`; the shortest reading that fits."""
    if number == len(phrase.parts):
        return at if not phrase.last or at == len(words) or words[at].pause else None
    part = phrase.parts[number]
    for taken in range(part.most + 1):
        if taken >= part.least and (end := _end(phrase, number + 1, words, start, at + taken)) is not None:
            return end
        here = at + taken
        if here >= len(words) or (here > start and words[here].pause) or not part.takes(words[here]):
            return None
    return None
