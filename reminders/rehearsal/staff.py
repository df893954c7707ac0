"""Who looks after an installation in a rehearsal: a clinician, an operator, and staff who settle what nobody knows.

The rule: staff find out the truth by calling the patient; what they then say of it is true.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from reminders.approving import approve_medication, approve_protocol
from reminders.database import witness
from reminders.database.engine import is_away, reading
from reminders.errors import InputError
from reminders.pausing import resume
from reminders.rehearsal.crew import Crew
from reminders.rehearsal.provider import Provider
from reminders.rehearsal.world import World
from reminders.settling.unsettled import Finding, list_unknown, settle
from schedules.protocol import Channel

PROTOCOL = "vertebroplasty"
ROUND_HOURS = 6
WAITED = timedelta(hours=1)  # until then the program may find out by itself
OF_TAKEN = {Finding.ARRIVED: 2, Finding.ABANDON: 1}
OF_NOT_TAKEN = {Finding.ABSENT: 1, Finding.ABANDON: 2}


class Staff:
    """Makes the round every few hours."""

    def __init__(self, world: World, crew: Crew, providers: Mapping[Channel, Provider]) -> None:
        self._world, self._crew, self._providers = world, crew, providers
        self._chance = world.chance("staff")

    def arrange(self, begins: datetime, ends: datetime) -> None:
        """The approval, where it comes late after most of the time; and the rounds."""
        late = (ends - begins) * 0.6 if self._world.mix.approved_late else timedelta(0)
        self._world.at(begins + late, self._approve)
        at = begins
        while (at := at + timedelta(hours=ROUND_HOURS)) < ends:
            self._world.at(at, self._round)

    def _approve(self) -> None:
        service = self._world.service
        try:
            approve_protocol(service, PROTOCOL, by="clinician")
            for row in service.medications.rows:
                approve_medication(service, row.name, by="clinician")
        except Exception as error:
            if not is_away(error):
                raise
            self._world.after(self._approve, minutes=10)
        self._crew.wake()

    def _round(self) -> None:
        try:
            self.look()
        except Exception as error:
            if not is_away(error):
                raise

    def look(self) -> None:
        """Resume what is paused: what is still wrong is found out, and paused, by the next call. Then the unknown."""
        service = self._world.service
        with reading(service.engine) as connection:
            paused = witness.pauses(connection)
        for channel in Channel if paused else ():
            resume(service, by="operator", transport=str(channel))
        for each in list_unknown(service, self._providers):
            if self._world.now - each.since >= WAITED:
                self._settle(each.delivery)
        if paused:
            self._crew.hurry()

    def _settle(self, delivery: str) -> None:
        taken = any(line.delivery == delivery for line in self._world.lines)
        finding = self._chance.weighted(OF_TAKEN if taken else OF_NOT_TAKEN)
        try:
            settle(self._world.service, delivery, finding, note=None, by="coordinator", gone=self._crew.gone)
        except InputError:
            return  # its worker may still be in the middle of the call
