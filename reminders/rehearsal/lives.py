"""What happens to each patient of a rehearsal, drawn from one stream of chance: the booking, and everything after it.

The rule: who does what and when is decided here; whether it is possible, the program says.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from reminders.database.engine import is_away
from reminders.rehearsal.crew import Crew
from reminders.rehearsal.hospital import TRY_AGAIN_MINUTES, Hospital, Patient
from reminders.rehearsal.naive import Plan
from reminders.rehearsal.world import World

ZONES = {"America/New_York": 6, "America/Chicago": 2, "America/Los_Angeles": 1, "Pacific/Honolulu": 0.5}
DRUGS = {"warfarin": 5, "apixaban": 3, "clopidogrel": 7, "aspirin": 7}
CONSENTS = {"sms": 5, "sms,email": 3, "sms,voice": 9, "sms,voice,email": 1, "voice": 0.5, "email": 0.5}
AREAS = (212, 315, 332, 347, 516, 518, 585, 607, 631, 646, 680, 716, 718, 838, 845, 914, 917, 929, 934, 201, 551, 609)
WORDS = ("1", "2", "0", "5", "9", "HELP", "thanks", "when do I come?", "my back hurts a bit")
REASONS = {"patient": 4, "hospital": 3, "admitted": 1, "deceased": 1, "error": 1, "other": 1}
MOST_PATIENTS = len(AREAS) * 25


class Lives:
    """Draws patients and what they live through, within so many days from the beginning."""

    def __init__(self, world: World, hospital: Hospital, crew: Crew, zone: ZoneInfo, *, days: int, site: str) -> None:
        self._world, self._hospital, self._crew = world, hospital, crew
        self._zone, self._days, self._site = zone, days, site
        self._chance = world.chance("hospital")
        self._numbers = 0
        self._begins = world.now
        self._steps: tuple[str, ...] = ()
        self._eventful = bool(world.mix.lines)
        self.on_phone: Callable[[str], None] = lambda phone: None
        crew.change = self._change_in_flight

    def arrange(self, patients: int, steps: tuple[str, ...]) -> None:
        """Every patient's booking, spread over the first days; `steps` are those a caregiver may get copies of."""
        self._steps = steps
        for number in range(patients):
            day = self._chance.between(0, max(0, self._days * 3 // 5))
            at = self._at(self._begins + timedelta(days=day), self._chance.between(8 * 60, 17 * 60))
            self._do(max(at, self._begins), lambda number=number: self._book(number))  # type: ignore[misc]

    # When and how something is done

    def _at(self, instant: datetime, minutes: int) -> datetime:
        """A clock time of the site on the day of an instant."""
        day = instant.astimezone(self._zone).date()
        return datetime.combine(day, time(minutes // 60, minutes % 60), self._zone).astimezone(instant.tzinfo)

    def _do(self, at: datetime, act: Callable[[], object]) -> None:
        """Have it done; where the program cannot, people try again, and lose patience when the rehearsal ends."""

        def attempt() -> None:
            try:
                act()
            except Exception as error:
                if not is_away(error):
                    raise
                self._do(self._world.now + timedelta(minutes=TRY_AGAIN_MINUTES), act)
            self._crew.wake()

        self._world.at(at, attempt)

    def _phone(self) -> str:
        """An invented number nobody else has."""
        area, line = AREAS[self._numbers % len(AREAS)], self._numbers // len(AREAS) % 100
        self._numbers += 1
        number = f"+1{area}55501{line:02}"
        self.on_phone(number)
        return number

    # A booking

    def _book(self, number: int) -> None:
        chance, now = self._chance, self._world.now
        lead = chance.weighted({chance.between(1, 2): 1, chance.between(3, 13): 5, chance.between(14, 28): 4})
        start = self._at(now + timedelta(days=lead), chance.between(7 * 4, 16 * 4) * 15)
        hour_known = chance.happens(0.85)
        consent = chance.weighted(CONSENTS)
        channels = tuple(consent.split(","))
        plan = Plan(
            enrolled=now.replace(microsecond=0),
            start=self._hospital.booked(start, hour_known),
            hour_known=hour_known,
            zone=ZoneInfo(chance.weighted(ZONES)),
            sedation=chance.one_of(("none", "moderate", "general")),
            language=chance.weighted({"en": 3, "es": 1}),
            detailed=chance.happens(0.3),
            channels=channels,
            phone=self._phone() if set(channels) & {"sms", "voice"} else None,
            email=f"patient{number}@example.org" if "email" in channels else None,
            holds=self._orders(),
        )
        mrn = f"MRN-{number}" if chance.happens(0.5) else None
        patient = self._enroll(f"Pat Example {number}", mrn, plan)
        if patient is not None and self._eventful and chance.happens(0.1):
            later = replace(plan, start=plan.start + timedelta(days=chance.between(3, 20)), enrolled=plan.enrolled)
            self._enroll(patient.name, mrn, replace(later, holds=self._orders()))

    def _orders(self) -> Mapping[str, tuple[int, int | None]]:
        chance = self._chance
        if not chance.happens(0.6):
            return {}
        drugs = [drug for drug in DRUGS if chance.happens(0.35)][:2]
        return {drug: (DRUGS[drug], chance.weighted({1: 3, 2: 1, None: 1})) for drug in drugs}

    def _enroll(self, name: str, mrn: str | None, plan: Plan) -> Patient | None:
        request = self._hospital.request(name=name, mrn=mrn, site=self._site, plan=plan)
        patient = self._hospital.enroll(request, plan, self._site)
        if patient is not None:
            self._live(patient)
        return patient

    # What follows a booking

    def _live(self, patient: Patient) -> None:
        chance, plan = self._chance, patient.plan
        hours = (plan.start - self._world.now) / timedelta(hours=1)
        self._do(plan.start + timedelta(hours=2), lambda: self._finish(patient))
        if chance.happens(0.5):
            before = timedelta(hours=chance.between(2, 26))
            early = timedelta(minutes=15 * chance.between(2, 8))
            self._sometime(
                plan.start - before, "arrival", lambda: self._hospital.arrival(patient, patient.plan.start - early)
            )
        if chance.happens(0.5):
            self._sometime(self._within(hours, 24 * 20), "visit booked", lambda: self._book_visit(patient))
        if self._eventful:
            self._change_sometimes(patient, hours)

    def _within(self, hours: float, later: int = 0) -> datetime:
        """Some time between now and a booked start, or as much later."""
        return self._world.now + timedelta(minutes=self._chance.between(5, int(hours * 60) + later * 60))

    def _sometime(self, at: datetime, named: str, act: Callable[[], object]) -> None:
        """Something the program may refuse; it is counted where it is taken."""

        def attempt() -> None:
            if not self._world.calm and act():
                self._world.saw(named)

        self._do(max(at, self._world.now), attempt)

    def _change_sometimes(self, patient: Patient, hours: float) -> None:
        chance = self._chance
        acts: tuple[tuple[str, float, Callable[[], object]], ...] = (
            ("moved", 0.3, lambda: self._move(patient, days=chance.between(4, 15))),
            ("moved near", 0.25, lambda: self._move(patient, days=chance.between(-3, 2))),
            ("moved back", 0.2, lambda: self._move_back(patient)),
            ("cancelled", 0.3, lambda: self._cancel(patient)),
            ("ordered anew", 0.35, lambda: self._hospital.order(patient, self._orders())),
            ("new phone", 0.35, lambda: self._new_phone(patient)),
            ("moved house", 0.2, lambda: self._hospital.contact(patient, zone=chance.one_of(list(ZONES)))),
            ("caregiver", 0.25, lambda: self._caregiver(patient)),
            ("stopped texts", 0.25, lambda: self._stop(patient)),
            ("red flag", 0.2, lambda: self._write(patient, "I have chest pain")),
            ("wrote", 0.6, lambda: self._write(patient, chance.one_of(WORDS))),
            ("wrote", 0.4, lambda: self._write(patient, chance.one_of(WORDS))),
        )
        for named, often, act in acts:
            if chance.happens(often):
                later = 24 * 6 if named in ("stopped texts", "red flag", "wrote", "moved house", "cancelled") else 0
                self._sometime(self._within(hours, later), named, act)

    def _change_in_flight(self, enrollment: str) -> None:
        """Something changes while a worker's call for this patient is on the line."""
        patient = next((each for each in self._hospital.patients if each.enrollment == enrollment), None)
        if patient is None:
            return
        acts: tuple[Callable[[], object], ...] = (
            lambda: self._move(patient, days=self._chance.between(1, 9)),
            lambda: self._cancel(patient),
            lambda: self._stop(patient),
            lambda: self._new_phone(patient),
        )
        try:
            self._chance.one_of(acts)()
        except Exception as error:
            if not is_away(error):
                raise

    # What staff do

    def _move(self, patient: Patient, *, days: int) -> bool:
        to = patient.plan.start + timedelta(days=days, minutes=15 * self._chance.between(-8, 8))
        return patient.running and self._moved(patient, to)

    def _moved(self, patient: Patient, to: datetime) -> bool:
        before = patient.plan.start
        taken = self._hospital.move(patient, to, hour_known=self._chance.happens(0.9))
        if taken:
            self._do(patient.plan.start + timedelta(hours=2), lambda: self._finish(patient))
            patient.earlier.append(before)
        return taken

    def _move_back(self, patient: Patient) -> bool:
        """To the day before the last move, as if nothing had been."""
        if not patient.earlier and not self._move(patient, days=self._chance.between(1, 4)):
            return False
        back = patient.earlier[-1]
        self._sometime(
            self._world.now + timedelta(hours=self._chance.between(1, 30)),
            "moved back",
            lambda: self._moved(patient, back),
        )
        return False

    def _cancel(self, patient: Patient) -> bool:
        reason = self._chance.weighted(REASONS)
        plan = patient.plan
        if not patient.running or not self._hospital.cancel(patient, reason):
            return False
        if reason not in ("deceased", "admitted") and self._chance.happens(0.9) and plan.ended is None:
            again = replace(plan, ended=None, status="active", arrival=None, visit=None, caregivers={})
            later = self._world.now + timedelta(hours=self._chance.between(1, 72))
            self._sometime(later, "booked again", lambda: self._book_again(patient, again))
        return True

    def _book_again(self, patient: Patient, plan: Plan) -> bool:
        now = self._world.now.replace(microsecond=0)
        return self._enroll(patient.name, patient.mrn, replace(plan, enrolled=now)) is not None

    def _new_phone(self, patient: Patient) -> bool:
        return patient.plan.phone is not None and self._hospital.contact(patient, phone=self._phone())

    def _caregiver(self, patient: Patient) -> bool:
        return self._hospital.caregiver(patient, self._phone(), ",".join(self._steps))

    def _book_visit(self, patient: Patient) -> bool:
        day = self._at(
            patient.plan.start + timedelta(days=self._chance.between(8, 40)), self._chance.between(32, 64) * 15
        )
        return patient.running and self._hospital.visit(patient, day)

    def _finish(self, patient: Patient) -> bool:
        """How it went is recorded soon, late, or never; sometimes it is mended, and sometimes nothing took place."""
        chance, plan = self._chance, patient.plan
        if plan.status != "active" or self._world.now < plan.start + timedelta(hours=2):
            return False
        ended = plan.start + timedelta(minutes=chance.between(20, 110))
        fate = chance.weighted({"soon": 12, "late": 2, "never": 0.5, "not done": 5 if self._eventful else 0})
        if fate == "not done":
            self._sometime(self._world.now, "not done", lambda: self._hospital.not_done(patient))
        elif fate != "never":
            after = chance.between(0, 90) if fate == "soon" else chance.between(600, 60 * 60)
            self._do(self._world.now + timedelta(minutes=after), lambda: self._complete(patient, ended))
        return True

    def _complete(self, patient: Patient, ended: datetime) -> bool:
        if patient.plan.status != "active" or ended > self._world.now:
            return False
        taken = self._hospital.complete(patient, ended)
        if taken and self._eventful and self._chance.happens(0.35):
            other = ended + timedelta(minutes=self._chance.between(-60, 90))
            self._sometime(
                self._world.now + timedelta(hours=self._chance.between(1, 24)),
                "end corrected",
                lambda: patient.plan.status == "completed" and self._hospital.complete(patient, other, correct=True),
            )
        return taken

    # What patients do

    def _write(self, patient: Patient, text: str) -> bool:
        self._hospital.write(patient, text)
        return patient.plan.phone is not None

    def _stop(self, patient: Patient) -> bool:
        if patient.plan.phone is None:
            return False
        self._hospital.stop_texts(patient)
        if self._chance.happens(0.5):
            later = self._world.now + timedelta(hours=self._chance.between(1, 60))
            self._do(later, lambda: self._hospital.start_texts(patient))
        return True
