"""Reads a patient's reply, in English or Spanish, as far as a machine may: what it asks for, and what it warns of.

The rule: a reading is never advice and never a diagnosis; in doubt it alarms too often rather than too seldom. An end to
texting is read as 47 CFR 64.1200(a)(10) asks: its seven words, and any wording a reasonable person would take for "no
more". Where that is not clear, texting ends and a person asks. What speaks of stopping a medicine is neither. Pure and
total: any text has a reading, in time that grows with its length alone.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from reminders import reply_signs as signs
from reminders import reply_words as wording
from reminders.reply_matching import Groups, Phrases, Slips, Word, merged, plain, tokens, union

WINDOW, MEDICINE_WINDOW = 7, 9
SHORT_REPLY = 8
LONGEST_WHOLE, SHORTEST_SLIP = 12, 6
FAHRENHEIT, CELSIUS = (100.4, 110.0), (38.0, 43.0)
NUMBER = re.compile(r"""["'(]?#? ?(10|[0-9])(?: ?/ ?10| out of 10| de 10)?["')]?[.!]*""")

# Words of their own that are one slip away from a word of the tables.
REAL_WORDS = frozenset(
    """
cancer dancer cheat chess crest cheap heat fewer never bread breach breast breasts bleach blond bloom color colder
dollar doctor stroll strode stoke strike caught cough though through tough swell well small smell redo reed fair fail
paint faith feint faints saint least lease lens lets list light night tingle single dazed dozen rush dash cash crash
wound would hound sound mound shirt skirt shore share stool spool step shop start stay story store state spend mend
texas tests taxes testing tasting exiting messages massage mentions pecan perdona perdone perdon pierde cuerpo
molde mucha manera manana pasta pastor pastel piensa piense hoja cada cama casa cosa calor valor color sabor sangria
fuera fiesta fuente vivir venir orilla orden originar trouble chill child china chili cold could called calls small
sample simple weaker wreak break dinner thinner thinker tinker mover moved mores order other older doses noses roses
medal metal media medio medios pulls bills hills mills pilot polls filter fails falls shots shorts sports shore
cerca cerrar correr tener temer torcer short shirt shot heard beard board heart hearty hearth breathy earth headed
respond respeto respuesta respecto doble dobla duelo suelo vuelo hinge inches infant infants debit debt devote
habil facil labial droop drop drops group crop troop faced facts pacer places rises rinse rash brash sores score
caller callar cellar dealer planning burning turning learning earning morning warning urgent talking taking walking
sentir sentar center mentir seguir segunda segundo seguro segura seguros contigo conmigo contrato contacto control
feliz ahora hora ahorra abogado ahogar clear clean dream drawn grain brain train drain trains grains plains chains
waste waist wrist twist taste paste haste hassle loosen loser laser loses closed chose choose those these there their
visto vista visits visita selling spelling shelling dropping duping tables threat injected brother failing filling
feeding leading leaning leaving looking popping poking shipped shopping stepping stranger stolen switches trapped mexico
material candle candela hearts hears bloods cloning acting sneaking realty setting mareas marea mares mario maria marie marco marzo martes
""".split()
)
# Words of five letters too weighty to miss by a slip.
SHORT_WORDS = frozenset("chest pecho heart fever blood vomit dizzy faint pills stroke".split())
GROUPS = Groups(signs.GROUPS + wording.GROUPS, real=REAL_WORDS, short=SHORT_WORDS)


def _pairs(table: str) -> dict[tuple[str, str], str]:
    lines = (line.partition(":") for line in table.strip().splitlines())
    split = ((["", *pair.split()][-2:], name) for name, _, pairs in lines for pair in pairs.split("|"))
    return {(first, second): name for (first, second), name in split}


def _rules(table: str) -> tuple[tuple[int, int], ...]:
    """Each rule as the groups that must meet, and those that forbid it."""
    halves = (line.partition(" unless ") for line in table.strip().splitlines())
    return tuple((GROUPS.mask(*needed.split()), GROUPS.mask(*bars.split())) for needed, _, bars in halves)


def _messages(*tables: str) -> frozenset[str]:
    return frozenset(one.strip() for table in tables for one in re.split(r"[|\n]", table) if one.strip())


PAIRS = _pairs(signs.PAIRS)
EMERGENCY, WARNING = _rules(signs.EMERGENCY), _rules(signs.WARNING)
EMERGENCY_PHRASES, WARNING_PHRASES = Phrases(signs.EMERGENCY_PHRASES, GROUPS), Phrases(signs.WARNING_PHRASES, GROUPS)
HARMLESS = Phrases(signs.HARMLESS, GROUPS)
OPT_OUT, UNSURE_OPT_OUT = _messages(wording.OPT_OUT), _messages(wording.UNSURE_OPT_OUT)
OPT_OUT_SLIPS = Slips((one for one in OPT_OUT if len(one) >= SHORTEST_SLIP), real=REAL_WORDS)
START, HELP = _messages(wording.START), _messages(wording.HELP, wording.HELP_MORE)
CLEAR, UNCLEAR = Phrases(wording.CLEAR, GROUPS), Phrases(wording.UNCLEAR, GROUPS)
WANTED, ASKED = Phrases(wording.WANTED, GROUPS), Phrases(wording.ASKED, GROUPS)
WRONG, ENDING = Phrases(wording.WRONG, GROUPS), frozenset(wording.ENDING.split())
CLINICAL = Phrases(wording.CLINICAL, GROUPS)
MEDICINE, NOT_MEDICINE = Phrases(wording.MEDICINE, GROUPS), Phrases(wording.NOT_MEDICINE, GROUPS)

SHOWN = GROUPS.mask(
    *("fever", "bleed", "pain", "swell", "site", "gotworse", "pus", "headache", "vomit", "dizzy", "rash", "numb"),
    *("faint", "shooting", "deniable", "fell"),
)
BEFORE_SIGN = GROUPS.mask("chest", "limb", "back", "head", "face", "bridge")
BRIDGE = GROUPS.mask("bridge")
BESIDE_SIGN = BEFORE_SIGN | SHOWN | GROUPS.mask("breath", "bladder", "control", "pee")
DENIER, FILLER, BACK_AGAIN = GROUPS.mask("denier"), GROUPS.mask("filler"), GROUPS.mask("backagain")
TEMPERATURE, UNIT = GROUPS.mask("temp", "fever"), GROUPS.mask("unit")
MEDICINES, TAKING, BARE, POLITE = (GROUPS.mask(one) for one in ("medicine", "take", "bare", "polite"))
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
    words, named = _with_drugs(_words(merged(found, PAIRS)), drugs)
    opt_out, unsure = _opt_out(whole, words)
    start, asks_help = _is_whole(whole, START), _is_whole(whole, HELP)
    present = _present(words)
    return Reading(
        opt_out=opt_out,
        unsure=unsure,
        start=start,
        help=asks_help,
        emergency=_meets(present, EMERGENCY) or any(EMERGENCY_PHRASES.spans(words)),
        warning=_meets(present, WARNING) or any(WARNING_PHRASES.spans(words)) or _has_fever(words),
        medicine=named or _speaks_of_medicine(words),
        number=_number(text),
    )


def _words(found: Sequence[tuple[str, int]]) -> list[Word]:
    groups = {text: GROUPS.of(text) for text in {text for text, _ in found}}
    return [Word(text=text, groups=groups[text], pause=pause) for text, pause in found]


def _number(text: str) -> int | None:
    written = NUMBER.fullmatch(" ".join(plain(text).split()))
    return int(written[1]) if written else None


# --- medicines --------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _drug_names(drugs: frozenset[str]) -> tuple[frozenset[tuple[str, ...]], Slips]:
    names = frozenset(tuple(word for word, _ in tokens(plain(drug))) for drug in drugs) - {()}
    return names, Slips((name[0] for name in names if len(name) == 1), real=REAL_WORDS)


def _with_drugs(words: list[Word], drugs: Collection[str]) -> tuple[list[Word], bool]:
    """The words, those that name a drug marked as a medicine; and whether there is one."""
    names, slips = _drug_names(frozenset(drugs))
    texts = [word.text for word in words]
    lengths = sorted({len(name) for name in names})
    places: set[int] = set()
    for at, text in enumerate(texts):
        for length in lengths:
            if tuple(texts[at : at + length]) in names:
                places.update(range(at, at + length))
        if not words[at].groups and slips.meant(text):
            places.add(at)
    marked = [_as_medicine(word) if at in places else word for at, word in enumerate(words)]
    return marked, bool(places)


def _as_medicine(word: Word) -> Word:
    return Word(text=word.text, groups=word.groups | MEDICINES, pause=word.pause)


def _speaks_of_medicine(words: Sequence[Word]) -> bool:
    masks = [0 if word.groups & NOT_A_MEDICINE else word.groups for word in words]
    if any(_together(masks, MEDICINES, TAKING, MEDICINE_WINDOW)):
        return True
    others = _places(NOT_MEDICINE.spans(words))
    if any(others.isdisjoint(span) for span in MEDICINE.spans(words)):
        return True
    body = others | _places(CLINICAL.spans(words)) | _places(WANTED.spans(words)) | _places(CLEAR.spans(words))
    return any(body.isdisjoint(span) for span in ASKED.spans(words))


def _together(masks: Sequence[int], one: int, other: int, window: int) -> Iterable[bool]:
    """Whether two groups meet in different words of a window, for each place of the first."""
    for at, mask in enumerate(masks):
        if mask & one:
            near = masks[max(0, at - window + 1) : at] + masks[at + 1 : at + window]  # type: ignore[operator]
            yield any(here & other for here in near)


# --- an end to texting ------------------------------------------------------------------------


def _is_whole(words: Sequence[str], messages: frozenset[str]) -> bool:
    """Nothing but one of the messages, perhaps several times, perhaps spelled out letter by letter."""
    if not 0 < len(words) <= LONGEST_WHOLE:
        return False
    if all(len(word) == 1 for word in words) and "".join(words) in messages:
        return True
    repeats = (n for n in range(1, len(words) + 1) if list(words[:n]) * (len(words) // n) == list(words))
    return all(word in messages for word in words) or any(" ".join(words[:n]) in messages for n in repeats)


def _opt_out(whole: Sequence[str], words: Sequence[Word]) -> tuple[bool, bool]:
    """Whether texting must end, and whether that is a guess."""
    if _is_whole(whole, OPT_OUT) or _is_misspelt(whole):
        return True, False
    if _is_whole(whole, UNSURE_OPT_OUT):
        return True, True
    wanted = _places(WANTED.spans(words))
    clear = [span for span in CLEAR.spans(words) if wanted.isdisjoint(span)]
    if clear:
        return True, all(_is_qualified(words, span) for span in clear)
    if any(WRONG.spans(words)) and not ENDING.isdisjoint(whole):
        return True, False
    elsewhere = wanted | _places(ASKED.spans(words)) | _places(CLINICAL.spans(words))
    unclear = chain(UNCLEAR.spans(words), WRONG.spans(words))
    guessed = any(elsewhere.isdisjoint(span) for span in unclear) or _stops_barely(words, elsewhere)
    return guessed, guessed


def _is_misspelt(whole: Sequence[str]) -> bool:
    return (
        bool(whole) and len(set(whole)) == 1 and len(whole[0]) >= SHORTEST_SLIP and any(OPT_OUT_SLIPS.meant(whole[0]))
    )


def _is_qualified(words: Sequence[Word], span: range) -> bool:
    """ "Do not text me at night" may mean the nights alone."""
    after = words[span.stop : span.stop + 3]
    return any(word.groups & QUALIFIER for word in after)


def _stops_barely(words: Sequence[Word], elsewhere: set[int]) -> bool:
    """A "stop" that nothing explains: in a short reply, or where a clause begins."""
    for at, word in enumerate(words):
        if word.groups & BARE and at not in elsewhere and (len(words) <= SHORT_REPLY or _begins_clause(words, at)):
            return True
    return False


def _begins_clause(words: Sequence[Word], at: int) -> bool:
    while at > 0 and not words[at].pause:
        at -= 1
        if not words[at].groups & POLITE:
            return False
    return True


def _places(spans: Iterable[range]) -> set[int]:
    return {place for span in spans for place in span}


# --- signs of danger --------------------------------------------------------------------------


def _present(words: Sequence[Word]) -> list[int]:
    """The groups of each word, nothing where a sign is denied or in harmless company."""
    gone = _places(HARMLESS.spans(words))
    for at, word in enumerate(words):
        if word.groups & DENIER:
            gone |= _denied(words, at)
    return [0 if at in gone else word.groups for at, word in enumerate(words)]


def _denied(words: Sequence[Word], at: int) -> set[int]:
    """The places that a "no" or "without" at `at` takes back: only what follows at once, and says a sign."""
    first = at + 1
    while first < len(words) and first < at + 5 and not words[first].pause and words[first].groups & FILLER:
        first += 1
    if first < len(words) and words[first].groups & BRIDGE:
        return set()  # "no my chest hurts" is a no, and a sign
    end, shown = first, False
    while (
        end < len(words)
        and not words[end].pause
        and words[end].groups & (BESIDE_SIGN if shown else BEFORE_SIGN | SHOWN)
    ):
        shown = shown or bool(words[end].groups & SHOWN)
        end += 1
    taken_back = any(word.groups & BACK_AGAIN for word in words[end : end + 2])
    return set(range(first, end)) if shown and not taken_back else set()


def _meets(present: Sequence[int], rules: Sequence[tuple[int, int]]) -> bool:
    signs_of_all = union(needed for needed, _ in rules)
    return any(_meets_at(present, at, rules) for at, mask in enumerate(present) if mask & signs_of_all)


def _meets_at(present: Sequence[int], at: int, rules: Sequence[tuple[int, int]]) -> bool:
    here = union(present[at : at + WINDOW])
    return any(here & needed == needed and not (bars and bars & _near(present, at)) for needed, bars in rules)


def _near(present: Sequence[int], at: int) -> int:
    return union(present[max(0, at - WINDOW + 1) : at + 2 * WINDOW])


def _has_fever(words: Sequence[Word]) -> bool:
    return any(_is_fever(words, at) for at, word in enumerate(words) if word.text[0].isdecimal())


def _is_fever(words: Sequence[Word], at: int) -> bool:
    """A temperature from 100.4 F or 38 C: with a decimal it needs no word beside it."""
    written = words[at].text.replace(",", ".")
    degrees = float(written)
    if not (FAHRENHEIT[0] <= degrees < FAHRENHEIT[1] or CELSIUS[0] <= degrees < CELSIUS[1]):
        return False
    after = words[at + 1].groups if at + 1 < len(words) else 0
    near = union(word.groups for word in words[max(0, at - 5) : at + 4])
    return not after & UNIT and ("." in written or bool(near & TEMPERATURE))
