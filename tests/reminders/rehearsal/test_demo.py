import math
import re
import tempfile
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from freezegun import freeze_time
from rich.console import Console

from reminders.clock import ManualClock
from reminders.errors import InputError
from reminders.rehearsal.demo import run_demo

BUBBLE = re.compile(
    r"╭─ (?P<when>[^·]+) · (?P<by>text|e-mail|call) to (?P<patient>.+?) ─+╮\n(?P<body>(?:│.*│\n)+)╰─* (?P<key>\S+) ─╯"
)
REPLY = re.compile(r"╔═ (?P<when>[^·]+) · text from (?P<patient>.+?) ═+╗\n(?P<body>(?:║.*║\n)+)")
NOTE = re.compile(r"┏━ (?P<when>[^·]+) · (?P<title>.+?) ━+┓\n(?P<body>(?: *┃.*┃\n)+)")
LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])

PAT = [
    ("Fri Nov 20, 12:00 PM", "text", "welcome"),
    ("Tue Nov 24, 10:00 AM", "text", "prepare-plan"),
    ("Tue Nov 24, 10:00 AM", "e-mail", "prepare-plan@email"),
    ("Wed Dec 2, 10:00 AM", "text", "stop:warfarin"),
    ("Sat Dec 5, 12:00 PM", "text", "ride"),
    ("Mon Dec 7, 10:00 AM", "text", "arrival-call"),
    ("Mon Dec 7, 10:00 AM", "e-mail", "arrival-call@email"),
    ("Mon Dec 7, 5:00 PM", "text", "fasting"),
    ("Tue Dec 8, 1:10 PM", "text", "after-care"),
    ("Wed Dec 9, 10:10 AM", "text", "resume-aspirin"),
    ("Wed Dec 9, 10:10 AM", "text", "resume:warfarin"),
    ("Fri Dec 11, 10:00 AM", "text", "recovery-check"),
    ("Thu Jan 7, 12:00 PM", "text", "visit-reminder"),
    ("Thu Jan 7, 12:00 PM", "e-mail", "visit-reminder@email"),
]
SAM = [
    ("Mon Jan 11, 10:00 AM", "text", "welcome"),
    ("Mon Jan 11, 10:10 AM", "text", "prepare-plan"),
    ("Mon Jan 11, 11:00 AM", "text", "correction"),
]
KIM = [
    ("Tue Jan 19, 10:00 AM", "text", "welcome"),
    ("Tue Jan 19, 10:00 AM", "text", "prepare-plan"),
    ("Wed Jan 27, 10:00 AM", "text", "stop:clopidogrel"),
    ("Thu Jan 28, 11:00 AM", "text", "correction"),
    ("Wed Feb 3, 10:00 AM", "text", "stop:clopidogrel"),
    ("Wed Feb 3, 12:00 PM", "text", "correction"),
]
LEE = [
    ("Wed Feb 10, 10:00 AM", "text", "welcome"),
    ("Wed Feb 10, 10:10 AM", "text", "prepare-plan"),
    ("Wed Feb 17, 10:00 AM", "text", "stop:aspirin"),
    ("Sat Feb 20, 12:00 PM", "text", "ride"),
    ("Mon Feb 22, 10:00 AM", "text", "arrival-call"),
    ("Mon Feb 22, 10:05 AM", "text", "response"),
    ("Tue Feb 23, 6:10 PM", "text", "after-care"),
    ("Thu Feb 25, 8:30 PM", "text", "response"),
    ("Fri Feb 26, 10:00 AM", "text", "recovery-check"),
    ("Fri Feb 26, 10:20 AM", "text", "response"),
    ("Fri Feb 26, 10:25 AM", "text", "response"),
]
JO = [
    ("Wed Mar 24, 2:00 PM", "call", "welcome"),
    ("Thu Mar 25, 10:00 AM", "call", "prepare"),
]
PATIENTS = {"Pat Example": PAT, "Sam Example": SAM, "Kim Example": KIM, "Lee Example": LEE, "Jo Example": JO}
WRITTEN = {
    "en": ["1", "I have a fever of 101 and chills", "8", "please stop texting me"],
    "es": ["1", "Tengo fiebre de 101 y escalofríos", "8", "por favor no me manden más mensajes"],
}


class Terminal(StringIO):
    """A file that somebody watches."""

    def isatty(self) -> bool:
        return True


@cache
def played(language: str = "en") -> str:
    """The whole demo as a file gets it; played once for all tests, for they only read."""
    return demo(StringIO(), language)


def demo(file: StringIO, language: str = "en", speed: float = 1, clock: ManualClock | None = None) -> str:
    console = Console(file=file, width=100, color_system=None)
    run_demo(console, language=language, speed=speed, clock=clock)
    return file.getvalue()


def words(body: str) -> str:
    """The text inside a frame, as one line."""
    return " ".join(body.translate(str.maketrans("│┃║", "   ")).split())


def bubbles(language: str, patient: str) -> list[tuple[str, str, str]]:
    found = BUBBLE.finditer(played(language))
    return [(match["when"], match["by"], match["key"]) for match in found if match["patient"] == patient]


def said_to(patient: str) -> list[str]:
    """What one patient reads and hears, in order."""
    found = BUBBLE.finditer(played())
    return [words(match["body"]) for match in found if match["patient"] == f"{patient} Example"]


def notes(patient: str, language: str = "en") -> list[tuple[str, str]]:
    """The coordinator's side of a scene: titles and texts."""
    scene = next(part for part in re.split(r"(?=─── \d\. )", played(language)) if f"{patient} Example" in part)
    return [(match["title"], words(match["body"])) for match in NOTE.finditer(scene)]


def without_seconds(text: str) -> str:
    return re.sub(r"in \d+\.\d real seconds", "", text)


# --- the story --------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.parametrize(("patient", "expected"), PATIENTS.items())
def test_each_message_appears_once_and_in_order(
    language: str, patient: str, expected: list[tuple[str, str, str]]
) -> None:
    assert bubbles(language, patient) == expected


def test_the_nurses_call_opens_a_task_when_its_text_leaves() -> None:
    title, said = notes("Pat")[0]

    assert title == "Task · Pat Example"
    assert said.startswith("Nurse's call before the procedure")
    assert said.endswith("Due Mon Dec 7, 4:00 PM.")


def test_the_recorded_end_moves_what_is_counted_from_it() -> None:
    title, said = notes("Pat")[1]

    assert title == "Coordinator"
    assert "after-care: now Tue Dec 8, 1:10 PM" in said
    assert "resume:warfarin: now Wed Dec 9, 10:10 AM" in said


def test_at_the_visit_nothing_is_left_to_send() -> None:
    _, said = notes("Pat")[-1]

    assert said == "Pat Example is here for the visit. Reminders left to send: 0."


def test_a_booking_too_late_for_its_hold_opens_an_urgent_task() -> None:
    title, said = notes("Sam")[0]

    assert title == "URGENT TASK · Sam Example"
    assert "stop:warfarin" in said
    assert said.endswith("Due Mon Jan 11, 11:00 AM.")


def test_a_cancelled_procedure_lists_what_is_withdrawn_and_what_had_left() -> None:
    said = next(said for _, said in notes("Kim") if "Withdrawn: " in said)

    withdrawn, already = said.split("Withdrawn: ")[1].split(" Already sent: ")
    assert withdrawn == "ride, arrival-call, fasting, after-care, resume-aspirin, recovery-check, visit-book."
    assert already == "welcome, prepare-plan, stop:clopidogrel, stop:clopidogrel, correction."


def test_a_procedure_moved_after_a_hold_was_told_opens_an_urgent_task() -> None:
    title, said = next((title, said) for title, said in notes("Kim") if "told about" in said)

    assert title == "URGENT TASK · Kim Example"
    assert "told about clopidogrel" in said
    assert said.endswith("Due Thu Jan 28, 12:00 PM.")


def test_a_moved_procedure_is_corrected_without_an_instruction() -> None:
    bodies = said_to("Kim")

    assert "Your visit is now on Tue Feb 9." in bodies[3]
    assert "do not start or stop any medicine because of our messages" in bodies[3]


@LANGUAGES
def test_a_patients_texts_stand_in_the_demo_in_their_language(language: str) -> None:
    found = list(REPLY.finditer(played(language)))

    assert [words(match["body"]) for match in found] == WRITTEN[language]
    assert {match["patient"] for match in found} == {"Lee Example"}


def test_a_yes_withdraws_what_would_ask_the_same_again() -> None:
    said = next(said for title, said in notes("Lee") if title == "Program")

    assert said == "Withdrawn, for it asks the same again: day-of."


@LANGUAGES
def test_a_red_flag_opens_an_urgent_task_with_what_was_written(language: str) -> None:
    said = next(said for _, said in notes("Lee", language) if "warning sign" in said)

    assert ("URGENT TASK · Lee Example", said) in notes("Lee", language)
    assert f'wrote: "{WRITTEN[language][1]}"' in said
    assert said.endswith("Due Thu Feb 25, 9:30 PM.")


def test_a_red_flag_in_the_evening_is_answered_at_once_with_the_phone_that_is_watched_then() -> None:
    assert said_to("Lee")[7].startswith("Example Radiology: Please call us now at (212) 555-0199 about what you wrote.")


def test_strong_pain_opens_a_task() -> None:
    assert any("Pain 8 of 10" in said for _, said in notes("Lee"))


def test_an_end_to_texts_is_confirmed_once_and_the_rest_becomes_calls_of_a_person() -> None:
    told, *calls = [(title, said) for title, said in notes("Lee")][-3:]

    assert said_to("Lee")[-1].startswith("Example Radiology: You will get no more texts from us.")
    assert "Call the patient instead about: resume:aspirin, visit-reminder." in told[1]
    assert [title for title, _ in calls] == ["URGENT TASK · Lee Example", "Task · Lee Example"]
    assert calls[0][1].startswith("resume:aspirin: ")
    assert calls[1][1].startswith("visit-reminder: ")


def test_a_landline_moves_its_patient_to_calls_and_staff_are_told() -> None:
    assert ("Task · Jo Example", notes("Jo")[1][1]) == notes("Jo")[1]
    assert notes("Jo")[1][1].startswith("The number cannot receive texts (21614). Voice is used from now on.")


def test_a_person_who_answers_hears_everything_and_confirms_by_a_key() -> None:
    heard = said_to("Jo")[0]

    assert "your vertebroplasty on Thursday, April 8" in heard
    assert "press 1. To hear it again, press 2. Thank you. Goodbye." in heard
    assert heard.endswith("(delivered: answered by a person, who pressed 1)")


def test_an_answering_machine_hears_the_discreet_words_alone() -> None:
    heard = said_to("Jo")[1]

    assert "your visit on Thursday, April 8" in heard
    assert "vertebroplasty" not in heard
    assert heard.endswith("(delivered: left on an answering machine (discreet words))")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "timeline.svg"
    run_demo(Console(file=StringIO(), width=100), language="en", speed=0, picture_file=file)
    return file


def test_the_first_patients_timeline_is_saved_as_a_picture(picture: Path) -> None:
    drawn = picture.read_text("utf-8")

    assert drawn.startswith("<svg") or drawn.startswith("<?xml")
    assert "stop:warfarin" in drawn
    assert "Pat Example" not in drawn


@LANGUAGES
def test_the_last_lines_count_what_was_shown(language: str) -> None:
    text = played(language)
    bubbles_shown, tasks_shown = len(BUBBLE.findall(text)), len(re.findall(r"(?:Task|URGENT TASK) · ", text))

    replies_shown = len(REPLY.findall(text))

    counted, days = text.splitlines()[-2:]
    sent = f"{bubbles_shown} messages sent (2 calls), {replies_shown} replies read"
    assert counted == f"{sent}, {tasks_shown} tasks opened, 0 sent twice."
    assert days.startswith("124 simulated days in ")


# --- what the patient reads -------------------------------------------------------------------


def test_spanish_messages_are_spanish() -> None:
    bodies = [words(match["body"]) for match in BUBBLE.finditer(played("es"))]

    assert len(bodies) == len(PAT + SAM + KIM + LEE + JO)
    assert not [body for body in bodies if re.search(r"\b(your|call|the|please)\b", body, re.IGNORECASE)]


def test_a_text_names_a_drug_only_where_the_patient_agreed() -> None:
    said = {(match["patient"], match["key"]): words(match["body"]) for match in BUBBLE.finditer(played())}

    assert "warfarin" in said["Pat Example", "stop:warfarin"]
    assert "clopidogrel" not in said["Kim Example", "stop:clopidogrel"]


@LANGUAGES
def test_no_placeholder_and_no_identifier_is_left_in_what_is_shown(language: str) -> None:
    text = played(language)

    assert not set("{}") & set(text)
    assert not re.search(r"\b[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{5}\b", text)


@LANGUAGES
def test_every_person_and_address_is_invented(language: str) -> None:
    text = words(played(language))

    numbers = re.findall(r"\(\d{3}\) \d{3}-\d{4}|\+?\d{7,}", text)
    assert numbers
    assert not [number for number in numbers if not number.startswith("(212) 555-01")]
    assert set(re.findall(r"\S*@\S+", text)) == {"prepare-plan@email", "arrival-call@email", "visit-reminder@email"}
    assert {match["patient"] for match in BUBBLE.finditer(played(language))} == set(PATIENTS)


# --- how it is told ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watched() -> tuple[str, float]:
    """The demo on a terminal, at normal speed, by a clock that stands in another year; what it paused in all."""
    clock = ManualClock(datetime(2031, 5, 1, tzinfo=UTC))
    return demo(Terminal(), clock=clock), clock.monotonic()


def test_a_terminal_and_another_clock_show_the_same(watched: tuple[str, float]) -> None:
    assert without_seconds(watched[0]) == without_seconds(played())


def test_at_normal_speed_the_pauses_leave_room_below_twenty_seconds(watched: tuple[str, float]) -> None:
    assert 8 < watched[1] < 16


def test_a_frozen_machine_clock_shows_the_same() -> None:
    with freeze_time("2031-05-01"):
        frozen = demo(StringIO())

    assert without_seconds(frozen) == without_seconds(played())


def test_there_are_no_pauses_where_nobody_watches() -> None:
    clock = ManualClock(datetime(2031, 5, 1, tzinfo=UTC))

    demo(StringIO(), clock=clock)

    assert clock.monotonic() == 0


@pytest.mark.parametrize(("language", "speed"), [("xx", 1), ("en", -1), ("en", math.nan)])
def test_a_wrong_option_is_refused_before_anything_is_printed(language: str, speed: float) -> None:
    file = Terminal()

    with pytest.raises(InputError):
        demo(file, language, speed)

    assert file.getvalue() == ""


# --- what it leaves behind --------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


class Closed(StringIO):
    """A pipe whose reader left after the first lines."""

    def write(self, text: str) -> int:
        if self.tell() > 2000:
            raise KeyboardInterrupt
        return super().write(text)


def test_nothing_is_left_on_disk(temporary: Path) -> None:
    demo(StringIO())

    assert list(temporary.iterdir()) == []


def test_nothing_is_left_on_disk_when_somebody_stops_it(temporary: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        demo(Closed())

    assert list(temporary.iterdir()) == []
