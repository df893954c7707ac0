"""The plan as it is stored and shown: the timeline, with what goes as one message and what gives way.

Preview, enrolling and every change plan by this one function, so that what is shown is what is stored (pure).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reminders.limiting import give_way, over_limit, too_long, without_doubles
from reminders.protocols import ProtocolVersion
from reminders.settings import SiteSettings
from reminders.text_checks import MOST_SEGMENTS, longest_sms
from reminders.texts.facts import Facts
from reminders.texts.segments import fold_gsm7, segments
from schedules.frequency import Group, joined, together
from schedules.procedure import Place, Procedure
from schedules.timeline import PlannedReminder, Timeline, build_timeline


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """Whose words a plan's texts are in, and how much they may say."""

    version: ProtocolVersion
    site: SiteSettings
    language: str
    detailed: bool

    def longest(self, planned: PlannedReminder) -> str | None:
        """A reminder's text at its longest; None where its step has none. What settings and order say is known."""
        messages, key = self.version.messages[self.language], "sms_detailed" if self.detailed else "sms"
        texts = messages.steps.get(planned.step.key)
        if texts is None or getattr(texts, key) is None:
            return None
        return longest_sms(messages, planned.step.key, key, known=self._known(planned))

    def _known(self, planned: PlannedReminder) -> Facts:
        site = self.site
        texts = site.texts.get(self.language)
        known = {
            "site": site.name,
            "address": site.address,
            "fasting_rule": texts.fasting if texts else None,
            "prescriber": planned.hold.ordered_by if planned.hold else None,
        }
        return {name: value for name, value in known.items() if value is not None}

    def fits(self, group: Group) -> bool:
        """Whether the words of a group fit into one message, whatever they will state."""
        texts = [self.longest(each) for each in group]
        whole = [text for text in texts if text is not None]
        return len(whole) == len(texts) and fits(whole, self.site, self.language)


def join_texts(texts: Sequence[str], site: SiteSettings) -> str:
    """The first text whole, the others without the name of the site they begin with."""
    openings = (f"{site.name}: ", f"{fold_gsm7(site.name)}: ")
    return " ".join([texts[0], *(_without(text, openings) for text in texts[1:])])


def _without(text: str, openings: tuple[str, ...]) -> str:
    opening = next((one for one in openings if text.startswith(one)), "")
    return text[len(opening) :]


def fits(texts: Sequence[str], site: SiteSettings, language: str) -> bool:
    """Whether some texts fit into the segments of one message, and into its characters where those are limited."""
    text, most = join_texts(texts, site), site.frequency.longest_text
    return segments(text) <= MOST_SEGMENTS[language] and (most is None or len(text) <= most)


def plan(
    wording: Wording,
    procedure: Procedure,
    place: Place,
    *,
    now: datetime,
    settled: Mapping[str, datetime | None] | None = None,
    after: datetime | None = None,
    sent: Sequence[datetime] = (),
) -> Timeline:
    """The timeline as `build_timeline` makes it, joined and within the site's limits (all instants aware UTC).

    `settled` and `after` are its own; `sent` are the instants of messages the number already got.
    """
    protocol, settled = wording.version.protocol, settled or {}
    timeline = build_timeline(protocol, procedure, place, now=now, settled=settled, after=after)
    part = [each for each in timeline.reminders if each.key not in settled and not _is_over(each, procedure)]
    limits, fixed = wording.site.frequency, sent if after is None else (*sent, after)
    long = too_long(part, limits, wording.longest)
    short = [each for each in part if each.key not in long]
    groups = together(short, protocol, place, wording.fits)
    over = over_limit(short, groups, limits, fixed)
    becomes = {each.key: each for group in groups if group[0].key not in over for each in joined(group)}
    becomes |= {each.key: give_way(each, reason) for each in part if (reason := (long | over).get(each.key))}
    reminders = [becomes.get(each.key, each) for each in timeline.reminders]
    return replace(timeline, reminders=without_doubles(reminders, long | over))


def _is_over(planned: PlannedReminder, procedure: Procedure) -> bool:
    """What had to be said before the start is said under no plan once the procedure has taken place."""
    return procedure.ended is not None and planned.not_after is not None and planned.not_after <= procedure.start
