"""How hard a language's texts are to read, over its whole message set.

English: Flesch-Kincaid grade, 6.0 or less. Spanish: the Szigriszt-Pazos score on the INFLESZ scale, 65 or more.
Both need words, sentences and syllables; syllables are counted by rule, so that no word list has to be fetched.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,:]\d+)*")
SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What a readability formula is made of."""

    words: int
    sentences: int
    syllables: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A language's measured value beside its limit."""

    measure: str
    value: float
    limit: float
    lower_is_easier: bool

    @property
    def passes(self) -> bool:
        return self.value <= self.limit if self.lower_is_easier else self.value >= self.limit


def reading(language: str, texts: Iterable[str]) -> Reading:
    """The measure of finished texts (no placeholders) taken together; languages: en, es."""
    if language == "es":
        score = inflesz(count(texts, spanish_syllables))
        return Reading(measure="INFLESZ", value=score, limit=65.0, lower_is_easier=False)
    grade = flesch_kincaid(count(texts, english_syllables))
    return Reading(measure="Flesch-Kincaid grade", value=grade, limit=6.0, lower_is_easier=True)


def flesch_kincaid(counts: Counts) -> float:
    """United States school grade: 0.39 words per sentence + 11.8 syllables per word - 15.59."""
    return 0.39 * counts.words / counts.sentences + 11.8 * counts.syllables / counts.words - 15.59


def inflesz(counts: Counts) -> float:
    """Szigriszt-Pazos: 206.835 - 62.3 syllables per word - words per sentence; 65 to 80 is "quite easy"."""
    return 206.835 - 62.3 * counts.syllables / counts.words - counts.words / counts.sentences


def count(texts: Iterable[str], syllables: Callable[[str], int]) -> Counts:
    words = sentences = beats = 0
    for text in texts:
        for sentence in SENTENCE_END.split(text):
            found = WORD.findall(sentence)
            words += len(found)
            sentences += bool(found)
            beats += sum(syllables(word) for word in found)
    return Counts(words=words, sentences=sentences, syllables=beats)


# English: groups of vowels, less the silent endings, plus the pairs that are said apart.
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?:[^aeiouytd]ed|[^aeiouylsxzcg]es|[^aeiouyl]e|[aeiouyr]le)$")
_SILENT_INSIDE = re.compile(r"[^aeiouyl]e(?=(?:ly|ful|less|ments?|thing|times?|where)$)")
_APART = re.compile(r"ia(?!l$|n$)|io(?!u|n)|iu|eo(?!u|p)|ua(?!r|l$|y)|iet|scie|[^q]uie|[aeiouy]ing$|(?:cr|id|ar)ea")


def english_syllables(word: str) -> int:
    """About as a dictionary counts them; a number counts as one, for nobody reads its digits as syllables."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    silent = bool(_SILENT_END.search(word)) + bool(_SILENT_INSIDE.search(word))
    return max(1, len(_VOWELS.findall(word)) - silent + len(_APART.findall(word)))


# Spanish: a vowel is a syllable unless it glides into the next; a written accent on i or u keeps it apart.
_STRONG, _WEAK = set("aeoáéíóú"), set("iuü")


def spanish_syllables(word: str) -> int:
    """By the rules of Spanish spelling; a number counts as one."""
    word = re.sub(r"qu(?=[eiéí])|gu(?=[eiéí])", "g", word.lower())
    word = re.sub(r"y(?![aeiouáéíóú])", "i", word)
    count_, strong_before, in_vowels = 0, False, False
    for char in word:
        strong = char in _STRONG
        if strong or char in _WEAK:
            starts = not in_vowels or (strong and strong_before)
            count_ += starts
            # a glide before a strong vowel belongs to it: "ie" is one, "íe" two
            strong_before = strong if starts else strong_before or strong
            in_vowels = True
        else:
            strong_before, in_vowels = False, False
    return max(1, count_)
