"""A step, a language and facts become the text that leaves: pure, and strict about what is not known.

A value is inserted as it is and never read again as a template; a placeholder without its fact is an error,
so no unresolved brace can reach a patient.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from reminders.errors import OperationError
from reminders.texts.facts import Facts
from reminders.texts.segments import fold_gsm7, is_gsm7
from schedules.protocol import Calendar, Channel
from schedules.texts import FACTS, INVITATIONS, PLACEHOLDER, CopyTexts, EntryTexts, Messages, Phrase, StepTexts

# A value that ends an abbreviation ("9:00 a. m.") already carries the full stop of its sentence.
VALUE = re.compile(PLACEHOLDER.pattern + r"(\.?)")
SENDER = "{site}: "
UNASKED = dict.fromkeys(INVITATIONS, Phrase(needs=(), text="", otherwise=""))
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{subject}</title></head>
<body style="margin:1em;max-width:36em;font:18px/1.5 Arial,Helvetica,sans-serif;color:#111111;background:#ffffff">
{body}
</body>
</html>
"""


class RenderingError(OperationError):
    """A text needs a fact that is not known, or the step has no text for the channel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """What leaves: an e-mail has subject, text and HTML; SMS and voice only text. `names` are the facts it states."""

    text: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)
    html: str | None = field(default=None, repr=False)
    names: frozenset[str] = field(default=frozenset(), compare=False)


def render(
    messages: Messages,
    step_key: str,
    channel: Channel,
    *,
    detailed: bool,
    facts: Facts,
    copies: CopyTexts | None = None,
) -> Rendered:
    """The message of one step (its key without a drug) by one channel.

    `detailed` is the patient's recorded consent to texts that name the procedure and the drug. Facts for voice
    are printed with `facts_for(..., Channel.VOICE)`. `copies`: what says that it is a caregiver's copy. Raises
    RenderingError naming placeholder and step.
    """
    writer = _Writer(step_key, _phrases(messages, copies), facts)
    texts = _texts_of(messages, step_key)
    if channel is Channel.EMAIL:
        subject = writer.line(_marked(_chosen(step_key, texts.subject_detailed if detailed else texts.subject), copies))
        paragraphs = [copies.sentence] if copies else []
        paragraphs += writer.paragraphs(_chosen(step_key, texts.email))
        page = _page(messages.language, subject, paragraphs)
        text = "\n\n".join(paragraphs) + "\n"
        return Rendered(subject=subject, text=text, html=page, names=frozenset(writer.names))
    if channel is Channel.VOICE:
        said = writer.line(_chosen(step_key, texts.voice_detailed if detailed else texts.voice))
        return Rendered(text=f"{copies.sentence} {said}" if copies else said, names=frozenset(writer.names))
    template = _marked(_chosen(step_key, texts.sms_detailed if detailed else texts.sms), copies)
    return Rendered(text=_cheapest(template, writer.line(template)), names=frozenset(writer.names))


def _phrases(messages: Messages, copies: CopyTexts | None) -> Mapping[str, Phrase]:
    """A copy invites no answer: only the patient's own is bound to the question."""
    return messages.phrases if copies is None else {**messages.phrases, **UNASKED}


def _marked(template: str, copies: CopyTexts | None) -> str:
    """A text or subject that says it is a copy, behind the department's name where it begins with that."""
    if copies is None:
        return template
    sender, rest = (SENDER, template.removeprefix(SENDER)) if template.startswith(SENDER) else ("", template)
    return f"{sender}{copies.prefix} {rest}"


def render_entry(messages: Messages, kind: Calendar, facts: Facts) -> EntryTexts:
    """The words of a calendar entry; raises RenderingError naming a placeholder whose fact is missing."""
    writer = _Writer(f"calendar.{kind}", messages.phrases, facts)
    if kind not in messages.entries:
        raise RenderingError(f"the {kind} has no calendar entry in language {messages.language!r}")
    texts = messages.entries[kind]
    return EntryTexts(title=writer.line(texts.title), note=writer.line(texts.note))


def states(messages: Messages, step_key: str, channel: Channel, fact: str, *, detailed: bool) -> bool:
    """Whether a step's text would state a fact once it is known."""
    every = dict.fromkeys(FACTS, "x")
    return fact in render(messages, step_key, channel, detailed=detailed, facts=every).names


def _texts_of(messages: Messages, step_key: str) -> StepTexts:
    if step_key not in messages.steps:
        raise RenderingError(f"step {step_key!r} has no texts in language {messages.language!r}")
    return messages.steps[step_key]


def _chosen(step_key: str, text: str | None) -> str:
    if text is None:
        raise RenderingError(f"step {step_key!r} has no text for this channel")
    return text


@dataclass(frozen=True, slots=True)
class _Writer:
    """Fills the templates of one step with one patient's facts; `names` gathers those it has stated."""

    step_key: str
    phrases: Mapping[str, Phrase]
    facts: Facts
    names: set[str] = field(default_factory=set)

    def line(self, template: str) -> str:
        return self._fill(_squeezed(_expand(template, self.phrases, self.facts)))

    def paragraphs(self, template: str) -> list[str]:
        """The paragraphs of an e-mail, each on one line; the lines of a list stay apart."""
        found = _paragraphs(_expand(template, self.phrases, self.facts))
        return [self._fill(paragraph) for paragraph in found]

    def _fill(self, template: str) -> str:
        return VALUE.sub(self._value, template)

    def _value(self, match: re.Match[str]) -> str:
        name, stop = match[1], match[2]
        try:
            value = self.facts[name]
        except KeyError:
            raise RenderingError(f"step {self.step_key!r} needs {{{name}}}, which is not known") from None
        self.names.add(name)
        value = UNSEEN.sub(" ", value)
        return value if value.endswith(".") else value + stop


def _expand(template: str, phrases: Mapping[str, Phrase], facts: Facts) -> str:
    """The template with every phrase replaced by the wording that fits what is known."""

    def wording(match: re.Match[str]) -> str:
        phrase = phrases.get(match[1])
        if phrase is None:
            return match[0]
        return phrase.text if all(fact in facts for fact in phrase.needs) else phrase.otherwise

    return PLACEHOLDER.sub(wording, template)


@lru_cache(maxsize=2048)
def _squeezed(template: str) -> str:
    """One line with single blanks: an empty phrase leaves no trace."""
    return " ".join(template.split())


@lru_cache(maxsize=512)
def _paragraphs(template: str) -> tuple[str, ...]:
    blocks = (_joined(block) for block in re.split(r"\n[ \t]*\n", template))
    return tuple(block for block in blocks if block)


def _joined(block: str) -> str:
    lines = [" ".join(line.split()) for line in block.splitlines()]
    text = "\n".join(line for line in lines if line)
    return re.sub(r"\n(?!- )", " ", text)


def _cheapest(template: str, text: str) -> str:
    """An SMS in GSM-7 where that alphabet can carry it; else unchanged, for then nothing is gained by folding."""
    if is_gsm7(text) or not _is_foldable(template):
        return text
    folded = fold_gsm7(text)
    return folded if is_gsm7(folded) else text


@lru_cache(maxsize=2048)
def _is_foldable(template: str) -> bool:
    return is_gsm7(fold_gsm7(template))


def _page(language: str, subject: str, paragraphs: list[str]) -> str:
    body = "\n".join(_block(paragraph) for paragraph in paragraphs)
    return PAGE.format(language=html.escape(language), subject=html.escape(subject), body=body)


def _block(paragraph: str) -> str:
    """A paragraph, followed by its list where lines begin with a dash."""
    first, *items = html.escape(paragraph).split("\n")
    if first.startswith("- "):
        first, items = "", [first, *items]
    opening = f"<p>{first}</p>" if first else ""
    return opening + (f"<ul>{''.join(f'<li>{item[2:]}</li>' for item in items)}</ul>" if items else "")
