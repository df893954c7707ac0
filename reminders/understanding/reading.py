"""Reads a patient's reply, in English or Spanish, as far as a machine may: what it asks for, and what it warns of.

The rule: a reading is never advice and never a diagnosis; in doubt it alarms too often rather than too seldom. An end
to texting is read as 47 CFR 64.1200(a)(10) asks: its seven words, and any wording a reasonable person would take for
"no more". Where that is not clear, texting ends and a person asks. What speaks of stopping a medicine is neither. Pure
and total: any text has a reading, in time that grows with its length alone.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from reminders.understanding import lexicon
from reminders.understanding.lexicon import GROUPS
from reminders.understanding.matching import Phrases, Words, plain, tokens, union

WINDOW, MEDICINE_WINDOW = 7, 9
SHORT_REPLY = 8
LONGEST_WHOLE = 40
FAHRENHEIT, CELSIUS = (100.4, 110.0), (38.0, 43.0)
NUMBER = re.compile(r"""["'(]?#? ?(10|[0-9])(?: ?/ ?10| out of 10| de 10)?["')]?[.!]*""")

SHOWN = GROUPS.mask(
    *("fever", "bleed", "pain", "swell", "site", "gotworse", "pus", "headache", "vomit", "dizzy", "rash", "numb"),
    *("faint", "shooting", "deniable", "fell"),
)
BEFORE_SIGN = GROUPS.mask("chest", "limb", "back", "head", "face", "bridge")
BRIDGE, CANNOT, WITHOUT = GROUPS.mask("bridge"), GROUPS.mask("cant"), frozenset({"without", "sin"})
BESIDE_SIGN = BEFORE_SIGN | SHOWN | GROUPS.mask("breath", "bladder", "control", "pee")
DENIER, FILLER, BACK_AGAIN = GROUPS.mask("denier"), GROUPS.mask("filler"), GROUPS.mask("backagain")
TEMPERATURE, UNIT = GROUPS.mask("temp", "fever"), GROUPS.mask("unit")
TAKING, BARE, POLITE = (GROUPS.mask(one) for one in ("take", "bare", "polite"))
NOT_A_MEDICINE, QUALIFIER = GROUPS.mask("notmedicine"), GROUPS.mask("qualifier")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a reply says, as far as a machine may tell; several things can be true at once."""

    opt_out: bool = False  # texting for this number must end at once
    unsure: bool = False  # the opt-out is our guess from plain wording: a person calls too (opt_out is True as well)
    start: bool = False  # START or UNSTOP, as the whole message
    help: bool = False  # HELP, INFO or AYUDA, as the whole message
    emergency: bool = False  # the 911 list
    warning: bool = False  # the "call us" list
    medicine: bool = False  # a medicine stopped, started, taken, missed or asked about: a person's matter the same day
    number: int | None = None  # the message is nothing but one number from 0 to 10


def read_reply(text: str, *, drugs: Collection[str] = ()) -> Reading:
    """The reading of any text at all. `drugs` are names and brands of medicines in any language, in lower case."""
    found = tokens(plain(text))
    whole = [word for word, _ in found]
    words, named = lexicon.read_words(found, drugs)
    opt_out, unsure = _opt_out(whole, words)
    start, asks_help = _is_whole(whole, lexicon.START), _is_whole(whole, lexicon.HELP)
    present = _present(words)
    return Reading(
        opt_out=opt_out,
        unsure=unsure,
        start=start,
        help=asks_help,
        emergency=_meets(present, lexicon.EMERGENCY) or _says(words, lexicon.EMERGENCY_PHRASES),
        warning=_meets(present, lexicon.WARNING) or _says(words, lexicon.WARNING_PHRASES) or _has_fever(words),
        medicine=named or _speaks_of_medicine(words),
        number=_number(text),
    )


def _number(text: str) -> int | None:
    written = NUMBER.fullmatch(" ".join(plain(text).split()))
    return int(written[1]) if written else None


# --- medicines --------------------------------------------------------------------------------


def _speaks_of_medicine(words: Words) -> bool:
    masks = [0 if word.groups & NOT_A_MEDICINE else word.groups for word in words]
    if any(mask & lexicon.MEDICINES and _near_taking(masks, at) for at, mask in enumerate(masks)):
        return True
    others = _places(lexicon.NOT_MEDICINE.spans(words))
    if any(others.isdisjoint(span) for span in lexicon.MEDICINE.spans(words)):
        return True
    texting = chain(lexicon.WANTED.spans(words), lexicon.CLEAR.spans(words))
    others |= _places(chain(lexicon.CLINICAL.spans(words), texting))
    return any(others.isdisjoint(span) for span in lexicon.ASKED.spans(words))


def _near_taking(masks: Sequence[int], at: int) -> bool:
    """A verb of taking near the medicine, in another word than the medicine itself."""
    before, after = masks[max(0, at - MEDICINE_WINDOW + 1) : at], masks[at + 1 : at + MEDICINE_WINDOW]
    return bool((union(before) | union(after)) & TAKING)


# --- an end to texting ------------------------------------------------------------------------


def _is_whole(words: Sequence[str], messages: frozenset[str]) -> bool:
    """Nothing but one of the messages, perhaps several times, perhaps spelled out letter by letter."""
    if not 0 < len(words) <= LONGEST_WHOLE:
        return False
    if all(len(word) == 1 for word in words) and "".join(words) in messages:
        return True
    repeats = (n for n in range(1, len(words) + 1) if list(words[:n]) * (len(words) // n) == list(words))
    return all(word in messages for word in words) or any(" ".join(words[:n]) in messages for n in repeats)


def _opt_out(whole: Sequence[str], words: Words) -> tuple[bool, bool]:
    """Whether texting must end, and whether that is a guess."""
    if _is_whole(whole, lexicon.OPT_OUT) or _is_misspelt(whole):
        return True, False
    if _is_whole(whole, lexicon.UNSURE_OPT_OUT):
        return True, True
    wanted = _places(lexicon.WANTED.spans(words))
    clear = [span for span in lexicon.CLEAR.spans(words) if wanted.isdisjoint(span)]
    if clear:
        return True, all(_is_qualified(words, span) for span in clear)
    if _is_whole(_without_politeness(words), lexicon.OPT_OUT):
        return True, True
    if any(lexicon.WRONG.spans(words)) and not lexicon.ENDING.isdisjoint(whole):
        return True, False
    elsewhere = wanted | _places(lexicon.ASKED.spans(words)) | _places(lexicon.CLINICAL.spans(words))
    unclear = chain(lexicon.UNCLEAR.spans(words), lexicon.WRONG.spans(words))
    guessed = any(elsewhere.isdisjoint(span) for span in unclear) or _stops_barely(words, elsewhere)
    return guessed, guessed


def _is_misspelt(whole: Sequence[str]) -> bool:
    return bool(whole) and len(set(whole)) == 1 and any(lexicon.OPT_OUT_SLIPS.meant(whole[0]))


def _without_politeness(words: Words) -> list[str]:
    """What is left of a "please" and the like at both ends."""
    kept = [at for at, word in enumerate(words) if not word.groups & POLITE]
    return [word.text for word in words[kept[0] : kept[-1] + 1]] if kept else []


def _is_qualified(words: Words, span: range) -> bool:
    """ "Do not text me at night" may mean the nights alone."""
    after = words[span.stop : span.stop + 3]
    return any(word.groups & QUALIFIER for word in after)


def _stops_barely(words: Words, elsewhere: set[int]) -> bool:
    """A "stop" that nothing explains: in a short reply, or where a clause begins."""
    for at, word in enumerate(words):
        if word.groups & BARE and at not in elsewhere and (len(words) <= SHORT_REPLY or _begins_clause(words, at)):
            return True
    return False


def _begins_clause(words: Words, at: int) -> bool:
    while at > 0 and not words[at].pause:
        at -= 1
        if not words[at].groups & POLITE:
            return False
    return True


def _places(spans: Iterable[range]) -> set[int]:
    return {place for span in spans for place in span}


# --- signs of danger --------------------------------------------------------------------------


def _present(words: Words) -> list[int]:
    """The groups of each word, nothing where a sign is denied or in harmless company."""
    gone = _places(lexicon.HARMLESS.spans(words))
    for at, word in enumerate(words):
        if word.groups & DENIER:
            gone |= _denied(words, at)
    return [0 if at in gone else word.groups for at, word in enumerate(words)]


def _denied(words: Words, at: int) -> set[int]:
    """The places that a "no" or "without" at `at` takes back: only what follows at once, and says a sign."""
    if words[at].text in WITHOUT and union(word.groups for word in words[max(0, at - 5) : at]) & CANNOT:
        return set()  # "can not walk without chest pain" is a sign
    first = at + 1
    while first < len(words) and first < at + 5 and not words[first].pause and words[first].groups & FILLER:
        first += 1
    if first < len(words) and words[first].groups & BRIDGE:
        return set()  # "no my chest hurts" is a no, and a sign
    end, shown = _run_of_signs(words, first)
    taken_back = any(word.groups & BACK_AGAIN for word in words[end : end + 2])
    return set(range(first, end)) if shown and not taken_back else set()


def _run_of_signs(words: Words, first: int) -> tuple[int, bool]:
    """Where the words about one sign or several end that begin at `first`, and whether there is a sign among them."""
    shown = False
    for end in range(first, len(words)):
        groups = words[end].groups
        if words[end].pause or not groups & (BESIDE_SIGN if shown else BEFORE_SIGN | SHOWN):
            return end, shown
        shown = shown or bool(groups & SHOWN)
    return len(words), shown


def _meets(present: Sequence[int], rules: Sequence[tuple[int, int]]) -> bool:
    signs_of_all = union(needed for needed, _ in rules)
    return any(_meets_at(present, at, rules) for at, mask in enumerate(present) if mask & signs_of_all)


def _meets_at(present: Sequence[int], at: int, rules: Sequence[tuple[int, int]]) -> bool:
    here = union(present[at : at + WINDOW])
    first = present[at]
    return any(
        first & needed and here & needed == needed and not (bars and bars & _near(present, at))
        for needed, bars in rules
    )


def _says(words: Words, phrases: Phrases) -> bool:
    """One of the phrases, other than wholly within wording that means something else."""
    innocent = _places(lexicon.INNOCENT.spans(words))
    return any(not innocent.issuperset(span) for span in phrases.spans(words))


def _near(present: Sequence[int], at: int) -> int:
    return union(present[max(0, at - 3) : at + WINDOW + 3])


def _has_fever(words: Words) -> bool:
    return any(_is_fever(words, at) for at, word in enumerate(words) if word.text[0].isdecimal())


def _is_fever(words: Words, at: int) -> bool:
    """A temperature from 100.4 F or 38 C: with a decimal, or alone, it needs no word beside it."""
    written = words[at].text.replace(",", ".")
    degrees = float(written)
    if not (FAHRENHEIT[0] <= degrees < FAHRENHEIT[1] or CELSIUS[0] <= degrees < CELSIUS[1]):
        return False
    after = words[at + 1].groups if at + 1 < len(words) else 0
    near = union(word.groups for word in words[max(0, at - 5) : at + 4])
    return not after & UNIT and ("." in written or len(words) == 1 or bool(near & TEMPERATURE))
