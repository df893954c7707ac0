"""The tables of reply words, read once and ready for use, and a reply's words looked up in them.

The rule: nothing of a reply stays here. What is remembered between two replies is the names of drugs alone.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import chain

from reminders.understanding import alarms, commands, signs
from reminders.understanding import words as wording
from reminders.understanding.matching import Groups, Phrases, Slips, Word, Words, merged, plain, tokens

SHORTEST_COMMAND_WITH_SLIPS = 6

# Words of their own that are one slip away from a word of the tables.
REAL_WORDS = """
cancer dancer cheat chess crest cheap heat fewer never bread breach breast breasts bleach blond bloom color colder
dollar doctor stroll strode stoke strike caught cough though through tough swell well small smell redo reed fair fail
paint faith feint faints saint least lease lens lets list light night tingle single dazed dozen rush dash cash crash
wound would hound sound mound shirt skirt shore share stool spool step shop start stay story store state spend mend
texas tests taxes testing tasting exiting messages massage mentions pecan perdona perdone perdon pierde cuerpo molde
mucha manera manana pasta pastor pastel piensa piense hoja cada cama casa cosa calor valor sabor sangria fuera fiesta
fuente vivir venir orilla orden originar trouble chill child china chili cold could called calls sample simple weaker
wreak break dinner thinner thinker tinker mover moved mores order other older doses noses roses medal metal media
medio medios pulls bills hills mills pilot polls filter fails falls shots shorts sports cerca cerrar correr tener
temer torcer short shot heard beard board heart hearty hearth breathy earth headed respond respeto respuesta respecto
doble dobla duelo suelo vuelo hinge inches infant infants debit debt devote habil facil labial droop drop drops group
crop troop faced facts pacer places rises rinse rash brash sores score caller callar cellar dealer planning burning
turning learning earning morning warning urgent talking taking walking sentir sentar center mentir seguir segunda
segundo seguro segura seguros contigo conmigo contrato contacto control feliz ahora hora ahorra abogado ahogar clear
clean dream drawn grain brain train drain trains grains plains chains waste waist wrist twist taste paste haste hassle
loosen loser laser loses closed chose choose those these there their visto vista visits visita selling spelling
shelling dropping duping tables threat injected brother failing filling feeding leading leaning leaving looking
popping poking shipped shopping stepping stranger stolen switches trapped mexico material candle candela hearts hears
bloods cloning acting sneaking realty setting mareas marea mares mario maria marie marco marzo martes
"""
# Words of five letters too weighty to miss by a slip.
SHORT_WORDS = "chest pecho heart fever blood vomit dizzy faint pills"

REAL = frozenset(REAL_WORDS.split())
GROUPS = Groups(signs.GROUPS + wording.GROUPS, real=REAL, short=frozenset(SHORT_WORDS.split()))


def _pairs(table: str) -> dict[tuple[str, str], str]:
    """One word or two, to the word they are one with; a single word stands behind an empty one."""
    lines = (line.partition(":") for line in table.strip().splitlines())
    split = ((["", *pair.split()][-2:], name) for name, _, pairs in lines for pair in pairs.split("|"))
    return {(first, second): name for (first, second), name in split}


def _rules(table: str) -> tuple[tuple[int, int], ...]:
    """Each rule as the groups that must meet, and those that forbid it."""
    halves = (line.partition(" unless ") for line in table.strip().splitlines())
    return tuple((GROUPS.mask(*needed.split()), GROUPS.mask(*bars.split())) for needed, _, bars in halves)


def _messages(*tables: str) -> frozenset[str]:
    written = chain.from_iterable(re.split(r"[|\n]", table) for table in tables)
    return frozenset(one.strip() for one in written if one.strip())


def _phrases(table: str) -> Phrases:
    return Phrases(table, GROUPS)


PAIRS = _pairs(signs.PAIRS)
EMERGENCY, WARNING = _rules(alarms.EMERGENCY), _rules(alarms.WARNING)
EMERGENCY_PHRASES, WARNING_PHRASES = _phrases(alarms.EMERGENCY_PHRASES), _phrases(alarms.WARNING_PHRASES)
HARMLESS, INNOCENT = _phrases(alarms.HARMLESS), _phrases(alarms.INNOCENT)
OPT_OUT, UNSURE_OPT_OUT = _messages(commands.OPT_OUT), _messages(commands.UNSURE_OPT_OUT)
OPT_OUT_SLIPS = Slips((one for one in OPT_OUT if len(one) >= SHORTEST_COMMAND_WITH_SLIPS), real=REAL)
START, HELP = _messages(commands.START), _messages(commands.HELP, commands.HELP_MORE)
CLEAR, UNCLEAR, WRONG = _phrases(wording.CLEAR), _phrases(wording.UNCLEAR), _phrases(wording.WRONG)
WANTED, ASKED, CLINICAL = _phrases(wording.WANTED), _phrases(wording.ASKED), _phrases(wording.CLINICAL)
MEDICINE, NOT_MEDICINE = _phrases(wording.MEDICINE), _phrases(wording.NOT_MEDICINE)
ENDING = frozenset(wording.ENDING.split())
MEDICINES = GROUPS.mask("medicine")


def read_words(found: Sequence[tuple[str, int]], drugs: Collection[str]) -> tuple[Words, bool]:
    """The words in their groups, pairs made one, a drug marked as a medicine; and whether one of the drugs is named."""
    words, named = _with_drugs(_words(merged(found, PAIRS)), drugs)
    return Words(words), named


def _words(found: Sequence[tuple[str, int]]) -> list[Word]:
    groups = {text: GROUPS.of(text) for text in {text for text, _ in found}}
    return [Word(text=text, groups=groups[text], pause=pause) for text, pause in found]


@lru_cache(maxsize=8)
def _drug_names(drugs: frozenset[str]) -> tuple[frozenset[tuple[str, ...]], Slips]:
    names = frozenset(tuple(word for word, _ in tokens(plain(drug))) for drug in drugs) - {()}
    return names, Slips((name[0] for name in names if len(name) == 1), real=REAL)


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
