"""The message texts of one language: read from TOML and refused where they could not be sent as they stand.

A text that loads can always be rendered: it uses only facts that are known whenever its step leaves, or puts
them in a phrase that says what to write otherwise. The corrections are texts like those of a step.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from schedules.corrections import Correction
from schedules.protocol import Calendar, Channel, Each, Protocol, Question, Step
from schedules.reading import Table, nearest
from schedules.unplanned import STEPS, Response
from schedules.wording import LANGUAGES, forbidden, indiscreet, unprintable

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
STRAY_BRACE = re.compile(r"\{[^{}\s]{0,30}\}?|\}")
PHRASE_NAME = re.compile(r"[a-z_]+")

ALWAYS = frozenset({"site", "phone", "call_phone", "address", "procedure_date", "step_date", "end_date", "visit_date"})
PER_ORDER = frozenset({"drug", "prescriber", "last_day", "first_day"})  # known where a step repeats per order
SOMETIMES = frozenset(
    {"first_name", "start_time", "arrival_time", "rest_until", "fasting_rule", "phone_after_hours", "held_drugs"}
)
FACTS = ALWAYS | PER_ORDER | SOMETIMES | {"resume_day", "call_by", "visit_time"}
DRUG_NAMES = ("drug", "held_drugs")  # facts that no discreet text prints
CORRECTED = {  # what a correction is about is known whenever it leaves
    Correction.REST.step_key: "rest_until",
    Correction.VISIT.step_key: "visit_time",
    Correction.ARRIVAL.step_key: "arrival_time",
}

NEEDED = {  # which keys of a step's table a channel sends
    Channel.SMS: ("sms", "sms_detailed"),
    Channel.EMAIL: ("subject", "subject_detailed", "email"),
    Channel.VOICE: ("voice", "voice_detailed"),
}
TEXT_KEYS = tuple(key for keys in NEEDED.values() for key in keys)
DISCREET_KEYS = ("sms", "subject", "voice")
SMS_KEYS = NEEDED[Channel.SMS]
NOT_WATCHED = "not_watched"
ENTRY_FACTS = frozenset({"site", "phone"})  # a calendar is shared and shown on locked screens


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTexts:
    """What one step says, per channel; None where its protocol has no use for it."""

    sms: str | None = None
    sms_detailed: str | None = None
    subject: str | None = None
    subject_detailed: str | None = None
    email: str | None = None
    voice: str | None = None
    voice_detailed: str | None = None

    def written(self) -> dict[str, str]:
        """The texts that stand, by key."""
        found = {key: getattr(self, key) for key in TEXT_KEYS}
        return {key: text for key, text in found.items() if text is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """A placeholder whose text depends on facts being known: `text` if all of `needs` are, else `otherwise`."""

    needs: tuple[str, ...]
    text: str
    otherwise: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryTexts:
    """What a calendar entry says, always discreet: its title, and a note for who opens it."""

    title: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyTexts:
    """What tells a caregiver that a message is a copy: a short word in texts and subjects, else a sentence."""

    prefix: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Messages:
    """Every text of one protocol in one language; corrections and responses stand among the steps, by their keys."""

    language: str
    phrases: Mapping[str, Phrase]
    steps: Mapping[str, StepTexts]
    entries: Mapping[Calendar, EntryTexts] = field(default_factory=dict)
    copies: CopyTexts | None = None  # without them no caregiver can be added in this language


def asking(question: Question) -> str:
    """The placeholder that invites the answer to a question, as in {ask_pain}; its words stand in [questions]."""
    return f"ask_{question}"


INVITATIONS = tuple(asking(question) for question in Question)


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces, in order of appearance."""
    return tuple(match[1] for match in PLACEHOLDER.finditer(text))


def table_of(step_key: str) -> str:
    """Where a messages file holds the texts of a step, a correction or a response, as in "corrections.moved"."""
    for table, kinds in (("corrections", Correction), ("responses", Response)):
        if kind := next((kind for kind in kinds if kind.step_key == step_key), None):
            return f"{table}.{kind}"
    return f"steps.{step_key}"


def always_known(step: Step) -> frozenset[str]:
    """The facts that are known whenever a reminder of this step leaves."""
    known = set(ALWAYS)
    if step.key in CORRECTED:
        known.add(CORRECTED[step.key])
    if step.for_each is not None:
        known |= PER_ORDER
    if step.for_each is Each.RESUMES:
        known.add("resume_day")
    if step.opens_task is not None:
        known.add("call_by")
    if step.when is not None and step.when.visit_booked:
        known.add("visit_time")
    return frozenset(known)


def load_messages(where: str, data: Mapping[str, object], protocol: Protocol) -> Messages:
    """The texts in a parsed TOML document, checked against their protocol.

    Raises ProtocolError with the path to the bad key, as in "messages.en.toml: steps.ride.sms".
    """
    top = Table(where, data, sep=": ")
    language = _language(top)
    phrases = _phrases(top, language) | _questions(top, protocol, language)
    steps = _steps(top, protocol, language, phrases)
    steps |= _corrections(top, language, phrases) | _responses(top, language, phrases)
    entries, copies = _entries(top, protocol, language), _copies(top, language)
    top.finish()
    return Messages(language=language, phrases=phrases, steps=steps, entries=entries, copies=copies)


def _language(top: Table) -> str:
    language = top.text("language")
    if language not in LANGUAGES:  # without its word list nothing keeps it from naming a day that has passed
        raise top.fail("language", f"{language!r} has no list of forbidden words yet; {nearest(language, LANGUAGES)}")
    return language


def _phrases(top: Table, language: str) -> dict[str, Phrase]:
    if not top.has("phrases"):
        return {}
    table = top.table("phrases")
    return {name: _phrase(table, name, language) for name in _keys(top, "phrases")}


def _phrase(phrases: Table, name: str, language: str) -> Phrase:
    if not PHRASE_NAME.fullmatch(name):
        raise phrases.fail(name, "a phrase is named in small letters and underscores")
    if name in FACTS:
        raise phrases.fail(name, "is the name of a fact; give the phrase another one")
    if name in (NOT_WATCHED, *INVITATIONS):
        raise phrases.fail(name, "stands in [questions]; give the phrase another name")
    table = phrases.table(name)
    text, otherwise = table.text("text"), _text_or_nothing(table, "otherwise")
    needs = _needs(table)
    table.finish()
    for key, branch in (("text", text), ("otherwise", otherwise)):
        _check_wording(table, key, branch, language, lines=False)
        _check_names(table, key, branch, FACTS)
    return Phrase(needs=needs, text=text, otherwise=otherwise)


def _questions(top: Table, protocol: Protocol, language: str) -> dict[str, Phrase]:
    """The words that invite each answer the protocol asks for, and those that say that nobody watches for it."""
    asked = {asking(step.asks) for step in protocol.steps if step.asks is not None}
    if not asked and not top.has("questions"):
        return {}
    table = top.table("questions")
    names = [name for name in (NOT_WATCHED, *INVITATIONS) if name in asked or name == NOT_WATCHED or table.has(name)]
    texts = {name: table.text(name) for name in names}
    table.finish()
    for name, text in texts.items():
        _check_wording(table, name, text, language, lines=False)
        _check_names(table, name, text, ())
    return {name: Phrase(needs=(), text=text, otherwise=text) for name, text in texts.items()}


def _needs(table: Table) -> tuple[str, ...]:
    listed = table.value("needs") if table.has("needs") else None
    if not isinstance(listed, list) or not listed:
        raise table.fail("needs", 'must list the facts the text depends on, as in needs = ["arrival_time"]')
    for fact in listed:
        if fact not in FACTS:
            raise table.fail("needs", f"{fact!r} is no fact; {nearest(str(fact), FACTS)}")
    return tuple(listed)


def _text_or_nothing(table: Table, key: str) -> str:
    """A text that may be empty, but must stand there: what to write otherwise is a decision."""
    if table.has(key) and table.value(key) == "":
        return ""
    return table.text(key)


def _steps(top: Table, protocol: Protocol, language: str, phrases: Mapping[str, Phrase]) -> dict[str, StepTexts]:
    table = top.table("steps")
    known = [step.key for step in protocol.steps]
    for key in _keys(top, "steps"):
        if key not in known:
            raise table.fail(key, f"the protocol has no such step; {nearest(key, known)}")
    return {step.key: _step_texts(table.table(step.key), step, language, phrases) for step in protocol.steps}


def _corrections(top: Table, language: str, phrases: Mapping[str, Phrase]) -> dict[str, StepTexts]:
    table = top.table("corrections")
    for key in _keys(top, "corrections"):
        if key not in list(Correction):
            raise table.fail(key, f"there is no such correction; {nearest(key, Correction)}")
    return {
        kind.step_key: _step_texts(table.table(kind), STEPS[kind.step_key], language, phrases) for kind in Correction
    }


def _responses(top: Table, language: str, phrases: Mapping[str, Phrase]) -> dict[str, StepTexts]:
    """What a reply is answered with: one text each, discreet for everybody."""
    table = top.table("responses")
    for key in _keys(top, "responses"):
        if key not in list(Response):
            raise table.fail(key, f"there is no such response; {nearest(key, Response)}")
    found = {}
    for kind in Response:
        row = table.table(kind)
        texts = _step_texts(row, STEPS[kind.step_key], language, phrases, needed=frozenset({"sms"}))
        found[kind.step_key] = replace(texts, sms_detailed=texts.sms_detailed or texts.sms)
    return found


def _step_texts(
    table: Table, step: Step, language: str, phrases: Mapping[str, Phrase], needed: frozenset[str] | None = None
) -> StepTexts:
    if needed is None:
        needed = frozenset(key for channel in step.channels for key in NEEDED[channel])
    texts = {key: table.text(key) for key in TEXT_KEYS if key in needed or table.has(key)}
    table.finish()
    for key, text in texts.items():
        _check_wording(table, key, text, language, lines=key == "email")
        _check_names(table, key, text, FACTS | phrases.keys())
        _check_known(table, key, text, always_known(step), phrases)
        if key in DISCREET_KEYS:
            _check_discreet(table, key, text, language, phrases)
        if key in SMS_KEYS:
            _check_sender(table, key, text)
        _check_asking(table, key, text, step)
    return StepTexts(**texts)


def _entries(top: Table, protocol: Protocol, language: str) -> dict[Calendar, EntryTexts]:
    needed = {step.calendar for step in protocol.steps}
    if not any(needed) and not top.has("calendar"):
        return {}
    table = top.table("calendar")
    found = {kind: _entry(table.table(kind), language) for kind in Calendar if kind in needed or table.has(kind)}
    table.finish()
    return found


def _entry(table: Table, language: str) -> EntryTexts:
    texts = {key: table.text(key) for key in ("title", "note")}
    table.finish()
    for key, text in texts.items():
        _check_wording(table, key, text, language, lines=False)
        _check_names(table, key, text, ENTRY_FACTS)
        if word := indiscreet(language, text):
            raise table.fail(key, f"stands in a calendar that others see and must not say {word!r}")
    return EntryTexts(**texts)


def _copies(top: Table, language: str) -> CopyTexts | None:
    if not top.has("copies"):
        return None
    table = top.table("copies")
    texts = {key: " ".join(table.text(key).split()) for key in ("prefix", "sentence")}
    table.finish()
    for key, text in texts.items():
        _check_wording(table, key, text, language, lines=False)
        _check_names(table, key, text, ())
        if word := indiscreet(language, text):
            raise table.fail(key, f"stands in front of every copy and must not say {word!r}")
    return CopyTexts(**texts)


def _check_wording(table: Table, key: str, text: str, language: str, *, lines: bool) -> None:
    if char := unprintable(text, lines=lines):
        raise table.fail(key, f"holds a control or invisible character, {char}; only an e-mail may have line breaks")
    if problem := forbidden(language, text):
        raise table.fail(key, problem)


def _check_names(table: Table, key: str, text: str, known: Iterable[str]) -> None:
    if stray := STRAY_BRACE.search(PLACEHOLDER.sub("", text)):
        raise table.fail(key, f"{stray[0]!r} is no placeholder; write {{name}}, small letters and underscores only")
    for name in placeholders(text):
        if name not in known:
            raise table.fail(key, f"unknown placeholder {{{name}}}; {nearest(name, known)}")


def _check_known(table: Table, key: str, text: str, known: frozenset[str], phrases: Mapping[str, Phrase]) -> None:
    """Refuse a fact that may be missing when the step leaves, directly or through a phrase."""
    for name in placeholders(text):
        if (phrase := phrases.get(name)) is None:
            missing = {name} - known
        else:
            missing = (set(placeholders(phrase.text)) - known - set(phrase.needs)) | (
                set(placeholders(phrase.otherwise)) - known
            )
        if missing:
            fact = min(missing)
            raise table.fail(key, f"{{{fact}}} is not always known at this step; put it in a phrase that needs it")


def _check_discreet(table: Table, key: str, text: str, language: str, phrases: Mapping[str, Phrase]) -> None:
    used = [phrases[name] for name in placeholders(text) if name in phrases]
    for part in (text, *(phrase.text for phrase in used), *(phrase.otherwise for phrase in used)):
        if name := next((name for name in placeholders(part) if name in DRUG_NAMES), None):
            raise table.fail(key, f"is discreet and must not name {{{name}}}; {key}_detailed may")
        if word := indiscreet(language, part):
            raise table.fail(key, f"is discreet and must not say {word!r}; {key}_detailed may")


def _check_sender(table: Table, key: str, text: str) -> None:
    for names in (("site",), ("phone", "call_phone")):
        if not set(names) & set(placeholders(text)):
            raise table.fail(key, f"every SMS names the department and its number; {{{names[0]}}} is missing")


def _check_asking(table: Table, key: str, text: str, step: Step) -> None:
    """A text invites the answer its step asks for, says that nobody watches for it, and names the phone that is."""
    invited = [name for name in placeholders(text) if name in INVITATIONS]
    if step.asks is None or key not in SMS_KEYS:
        if invited:
            whose = "only a text message is answered" if step.asks else "the step asks nothing in protocol.toml"
            raise table.fail(key, f"must not say {{{invited[0]}}}: {whose}")
        return
    needed = (asking(step.asks), NOT_WATCHED, "call_phone")
    if missing := next((name for name in needed if name not in placeholders(text)), None):
        raise table.fail(key, f"the step asks for an answer, so its text needs {{{missing}}}")
    if wrong := next((name for name in invited if name != needed[0]), None):
        raise table.fail(key, f"must not say {{{wrong}}}: the step asks something else")


def _keys(top: Table, key: str) -> list[str]:
    return list(top.value(key))
