"""Times as staff read them. Where more than one clock is meant, the zone stands beside every time."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

NONE = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clocks:
    """The clock of the site, and the patient's; both are named where they differ, and always with `named`."""

    site: ZoneInfo
    patient: ZoneInfo
    named: bool = False

    def at(self, text: str | None) -> str:
        """ "Wed 2026-12-02 10:00" on the site's clock, from an instant in UTC."""
        return NONE if text is None else self._say(datetime.fromisoformat(text).astimezone(self.site))

    def day(self, text: str) -> str:
        """ "Wed 2026-12-02", for what is booked for a day of the site without an hour."""
        return f"{datetime.fromisoformat(text).astimezone(self.site):%a %Y-%m-%d}"

    def own(self, text: str | None) -> str:
        """ "Wed 2026-12-02 10:00" on a step's own clock, from its local time with an offset."""
        if text is None:
            return NONE
        given = datetime.fromisoformat(text)
        for zone in (self.site, self.patient):
            if (local := given.astimezone(zone)).utcoffset() == given.utcoffset():
                return self._say(local)
        return self._say(given)  # what was sent before the patient's zone was changed

    def _say(self, local: datetime) -> str:
        # UTC is no site's clock, so it is always named.
        differ = self.site.key != self.patient.key
        named = self.named or differ or self.site.key == "UTC"
        return f"{local:%a %Y-%m-%d %H:%M}" + (f" {self._name(local)}" if named else "")

    def _name(self, local: datetime) -> str:
        """ "EST"; the zone's own name where that has no letters ("-03") or both clocks bear it, "CST" in Shanghai."""
        name = str(local.tzname())
        others = [local.astimezone(zone) for zone in (self.site, self.patient)]
        shared = any(other.tzname() == name and other.utcoffset() != local.utcoffset() for other in others)
        return name if not shared and name[0].isalpha() else str(local.tzinfo)
