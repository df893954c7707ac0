"""What no text may say, per language: days relative to the sending, literal dates and hours, opt-out traps.

A text may leave later than planned, so every date and hour is a placeholder. A word that carriers read as an
opt-out is never asked for, and no question invites it as its answer.
"""

import re
import unicodedata
from dataclasses import dataclass

SHOWN = 40  # characters of the offending passage repeated in an error


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that must not occur, and what to do instead."""

    pattern: re.Pattern[str]
    instead: str


def _rules(instead: str, *patterns: str, flags: re.RegexFlag = re.IGNORECASE) -> tuple[Rule, ...]:
    return tuple(Rule(re.compile(pattern, flags), instead) for pattern in patterns)


DATES = "a text may leave later than planned; write the date as a placeholder like {procedure_date}"
HOURS = "hours stand only in placeholders like {arrival_time}, inside a phrase where they may be unknown"
OPT_OUT = "carriers read that word as an opt-out; ask for a digit or a call (HELP and STOP keep their own meaning)"
QUESTION = "the natural answer to this question is an opt-out word; ask for a digit or a call"
ANY_LANGUAGE = (
    *_rules(DATES, r"\d{4}-\d{2}-\d{2}", r"\b(?!24/7\b)\d{1,2}/\d{1,2}(/\d{2,4})?\b"),
    *_rules(HOURS, r"\b\d{1,2}:\d{2}\b", r"\b\d{1,2} ?[ap]\.? ?m\b"),
    *_rules(OPT_OUT, r"\b(CANCEL|END|QUIT|UNSUBSCRIBE|REVOKE|OPT-?OUT|STOPALL)\b", flags=re.NOFLAG),
)

_EN_COUNT = r"(an?|one|two|three|four|five|six|seven|eight|nine|ten|fourteen|(a )?few|several|(a )?couple( of)?|\d+)"
_EN_DAYS = r"(days?|nights?|weeks?|months?)"
_EN_WEEKDAY = r"(mon|tues|wednes|thurs|fri|satur|sun)days?"
_EN_MONTH = (
    r"(january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_EN_REPLY = r"\b(reply|answer|respond|text( us)?|send( us)?)( with| back)?[:,]? [\"'“‘]?"
ENGLISH = (
    *_rules(
        DATES,
        r"\b(today|tonight|tomorrow|yesterday|overmorrow)('s)?\b",
        r"\bthis (morning|afternoon|evening|week|weekend|month)\b",
        rf"\b(next|coming) (week|weekend|month|few days|{_EN_WEEKDAY})\b|\blast (night|week|weekend|month)\b",
        rf"\bin (about |around |just |only )?{_EN_COUNT} (more )?{_EN_DAYS}\b",
        rf"\b{_EN_COUNT} (more )?({_EN_DAYS}|hours?) (from now|away|ago|to go|left)\b",
        rf"\b{_EN_WEEKDAY}\b",
        rf"\b{_EN_MONTH}\.? \d{{1,2}}\b|\b\d{{1,2}}(st|nd|rd|th)? (of )?{_EN_MONTH}\b",
    ),
    *_rules(HOURS, r"\b(noon|midnight|midday)\b", r"\bo'?clock\b"),
    *_rules(
        OPT_OUT,
        rf"{_EN_REPLY}(cancel|end|quit|unsubscribe|revoke|opt ?out|yes|no)\b",
        r"\bstop[\"'”’]? (if|when|to (?!end\b|opt out\b|unsubscribe\b|stop (the|these|all|our|texts|messages)))",
    ),
    *_rules(OPT_OUT, rf"(?i:{_EN_REPLY})(?!(HELP|STOP|START|INFO)\b)[A-Z]{{2,}}", flags=re.NOFLAG),
    *_rules(QUESTION, r"\b(stop(ped|ping|s)?|quit|cancel(l?ed|l?ing)?|unsubscribe|opt(ed)? out|revoke)\b[^.!?]*\?"),
)

_ES_COUNT = r"(una?|un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|catorce|unos|unas|pocos|pocas|algunos|\d+)"
_ES_DAYS = r"(d[ií]as?|noches?|semanas?|mes(es)?|horas?)"
_ES_WEEKDAY = r"(lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bados?|domingos?)"
_ES_MONTH = r"(enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre)"
_ES_REPLY = r"\b(responda|respóndanos|conteste|env[ií]e(nos)?|escriba|mande)( con)?[:,]? [\"'“«]?"
SPANISH = (
    *_rules(
        DATES,
        r"\b(hoy|ma[ñn]anas?|ayer|anteayer|antier|anoche)\b",
        r"\besta (noche|tarde|semana)\b|\beste (fin de semana|mes)\b",
        rf"\b(en|dentro de) (unos |unas |solo )?{_ES_COUNT} (d[ií]as?|noches?|semanas?|mes(es)?)\b",
        rf"\b(dentro de|hace|faltan?|quedan?) (unos |unas |solo )?{_ES_COUNT} {_ES_DAYS}\b",
        rf"\b(pr[oó]xim[oa]s?|pasad[oa]) (d[ií]as?|noche|semanas?|mes|fin de semana|{_ES_WEEKDAY})\b",
        r"\b(semana|mes|d[ií]as?) (que viene|que vienen|entrante|pasad[oa]|pr[oó]xim[oa]s?)\b",
        rf"\b{_ES_WEEKDAY}\b",
        rf"\b\d{{1,2}} (de )?{_ES_MONTH}\b",
    ),
    *_rules(HOURS, r"\b(mediod[ií]a|medianoche)\b", r"\ba las? (\d|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"),
    *_rules(
        OPT_OUT,
        rf"{_ES_REPLY}(cancel\w*|fin|baja|alto|parar|pare|salir|terminar|s[ií]|no)\b",
        r"\bstop[\"'”»]? (si|cuando|para (?!no recibir\b|dejar de recibir\b|terminar\b|darse de baja\b))",
    ),
    *_rules(OPT_OUT, rf"(?i:{_ES_REPLY})(?!(HELP|STOP|START|INFO|AYUDA)\b)[A-ZÁÉÍÓÚÑ]{{2,}}", flags=re.NOFLAG),
    *_rules(
        QUESTION,
        r"\b(stop|alto|baja|fin|deje|dej[oó]|dejar|dejado|par[oó]|parar|parado|suspend\w+|cancel\w+|termin\w+)\b[^.!?¿]*\?",
    ),
)

RULES = {"en": ANY_LANGUAGE + ENGLISH, "es": ANY_LANGUAGE + SPANISH}

# What a text read over somebody's shoulder must not give away: the procedure and the conditions that lead to it.
INDISCREET = {
    "en": re.compile(
        r"\b(vertebro\w*|kypho\w*|vertebra\w*|spin(e|es|al)|fractur\w*|osteopor\w*|cement\w*"
        r"|cancer\w*|tumou?rs?|myeloma\w*|metasta\w*|biops\w*)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(vertebro\w*|cifoplast\w*|v[eé]rtebra\w*|columna|espina\w*|fractur\w*|osteopor\w*|cement\w*"
        r"|c[aá]ncer\w*|tumor\w*|mieloma\w*|met[aá]sta\w*|biopsia\w*)\b",
        re.IGNORECASE,
    ),
}

LANGUAGES = tuple(RULES)


def forbidden(language: str, text: str) -> str | None:
    """What a text of this language must not say, quoted with the way out; None when nothing is wrong."""
    text = _plain(text)
    for rule in RULES[language]:
        if found := rule.pattern.search(text):
            return f"must not say {found[0].strip()[:SHOWN]!r}: {rule.instead}"
    return None


def indiscreet(language: str, text: str) -> str | None:
    """The first word of a text that gives the procedure or a diagnosis away; None when there is none."""
    found = INDISCREET[language].search(_plain(text))
    return found[0] if found else None


def unprintable(text: str, *, lines: bool) -> str | None:
    """The first control or invisible character, as U+000B; line breaks pass only where `lines` allows them."""
    for char in text:
        if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"} and not (lines and char == "\n"):
            return f"U+{ord(char):04X}"
    return None


def _plain(text: str) -> str:
    """Composed letters and single blanks, so that neither a combining accent nor a line break hides a word."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text))
