"""The plan as it is stored: what goes as one message, and that every command that plans says the same."""

from dataclasses import replace
from typing import Any

import pytest

from reminders.changes.ordering import order
from reminders.documents import timeline as document
from reminders.joining import Wording, fits, join_texts, plan
from reminders.protocols import Library, ProtocolVersion, read_files
from reminders.service import Service
from reminders.settings import SiteSettings
from reminders.texts.segments import segments
from schedules.procedure import Procedure
from schedules.timeline import Timeline
from tests.builders import a_hold, a_place, a_procedure, local
from tests.reminders.builders import a_site, enrolled, everything, protocol_files
from tests.reminders.recorded import moved

TWO_DRUGS = (a_hold(resume_days=1), a_hold("aspirin", resume_days=1))
STOPS = ["stop:warfarin", "stop:aspirin"]
RESUMES = ["resume:warfarin", "resume:aspirin"]


def site(**changes: Any) -> SiteSettings:
    return SiteSettings.model_validate(a_site(**changes))


def wording(version: ProtocolVersion | None = None, **changes: Any) -> Wording:
    values: dict[str, Any] = {"version": version or Library().load("vertebroplasty"), "site": site(), "language": "es"}
    return Wording(**values | {"detailed": False} | changes)


def planned(words: Wording | None = None, procedure: Procedure | None = None, **changes: Any) -> Timeline:
    procedure = procedure or a_procedure(holds=TWO_DRUGS)
    return plan(words or wording(), procedure, a_place(), now=procedure.enrolled, **changes)


def groups(timeline: Timeline) -> dict[str, str]:
    return {each.key: each.joins for each in timeline.reminders if each.joins is not None}


def small(text: str = "please read this") -> ProtocolVersion:
    """Two steps that fall due together, after a first one."""
    files = protocol_files(others=("pack", "drive"))
    return read_files(files | {"messages.en.toml": files["messages.en.toml"].replace("please read this", text)})


# Words


def test_the_first_text_stands_whole_and_the_others_leave_the_sites_name_out() -> None:
    texts = ["Example Radiology: One.", "Example Radiology: Two.", "Three: Example Radiology: no."]

    assert join_texts(texts, site()) == "Example Radiology: One. Two. Three: Example Radiology: no."


def test_the_sites_name_is_left_out_as_it_was_written_for_a_phone_too() -> None:
    assert join_texts(["Clinica: Uno.", "Clinica: Dos."], site(name="Clínica")) == "Clinica: Uno. Dos."


def test_one_message_has_the_segments_of_its_language() -> None:
    half = "Example Radiology: " + "x" * 135
    text = join_texts([half, half], site())

    assert (len(text), segments(text)) == (290, 2)
    assert fits([half, half], site(), "en")
    assert not fits([half, half + "x" * 17], site(), "en")
    assert fits([half, half + "x" * 17], site(), "es")


def test_a_site_whose_texts_are_short_joins_only_what_stays_short() -> None:
    exempt = site(frequency={"mode": "exempt", "per_day": 1})
    half = "Example Radiology: " + "x" * 60

    assert fits([half], exempt, "en")
    assert not fits([half, half + "x" * 21], exempt, "en")
    assert fits([half, half], exempt, "en")


# Plans


def test_the_steps_of_two_drugs_go_as_one_in_spanish_where_three_segments_hold_them() -> None:
    timeline = planned()

    assert groups(timeline) == dict.fromkeys(STOPS, "+".join(STOPS)) | dict.fromkeys(RESUMES, "+".join(RESUMES))
    assert {each.send_at for each in timeline.reminders if each.key in STOPS} == {local("2026-12-02 10:00")}


def test_in_english_two_segments_do_not_hold_them_and_each_goes_by_itself() -> None:
    assert groups(planned(wording(language="en"))) == {}


def test_detailed_texts_are_counted_where_the_patient_agreed_to_them() -> None:
    assert groups(planned(wording(detailed=True))) == dict.fromkeys(RESUMES, "+".join(RESUMES))


def test_a_preview_says_with_whom_and_when() -> None:
    shown = {each["key"]: each for each in document(planned())["reminders"]}

    assert shown["stop:aspirin"]["send_at"] == "2026-12-02T15:00:00Z"
    assert shown["stop:aspirin"]["why"][-1] == "goes as one message with stop:warfarin: Wed 2026-12-02 10:00"


def test_the_sites_own_name_is_counted_and_not_the_longest_there_could_be() -> None:
    words = wording(small("please read this" + " and this" * 11), language="en")

    assert groups(planned(words)) == dict.fromkeys(("pack", "drive"), "pack+drive")
    assert groups(planned(replace(words, site=site(name="Example Radiology Department X")))) == {}


def test_what_a_fact_adds_at_its_longest_is_counted() -> None:
    words = wording(small("please read this" + " and this" * 11 + " for {procedure_date}"), language="en")

    assert groups(planned(words)) == {}


def test_what_has_left_already_is_carried_along_by_nothing() -> None:
    sent = {"stop:warfarin": local("2026-12-02 10:00")}

    assert groups(planned(settled=sent)) == dict.fromkeys(RESUMES, "+".join(RESUMES))


def test_what_the_procedure_has_overtaken_is_carried_along_by_nothing() -> None:
    """Once the end is recorded nobody stops anything for it any more."""
    over = replace(a_procedure(holds=TWO_DRUGS), ended=local("2026-12-08 05:00"))

    assert groups(planned(procedure=over)) == dict.fromkeys(RESUMES, "+".join(RESUMES))


def test_late_steps_are_not_joined() -> None:
    late = a_procedure(holds=TWO_DRUGS, enrolled="2026-12-02 11:00")
    timeline = planned(procedure=late)
    stops = [each for each in timeline.reminders if each.key in STOPS]

    assert [(each.late, each.joins) for each in stops] == [(True, None), (True, None)]
    assert len({each.send_at for each in stops}) == 2


@pytest.mark.parametrize("detailed", [False, True])
def test_what_is_stored_names_the_message_it_goes_in(service: Service, detailed: bool) -> None:
    options = {"holds": ("warfarin=5", "aspirin=5"), "resumes": ("warfarin=1", "aspirin=1"), "language": "es"}
    done = enrolled(service, detailed=detailed, **options)
    stored = {each.key: each.joins for each in everything(service, done.enrollment) if each.joins}

    assert stored == groups(planned(wording(detailed=detailed)))


def test_a_change_joins_anew(service: Service) -> None:
    done = enrolled(service, holds=("warfarin=5", "aspirin=5"), language="es")
    moved(service, done.enrollment)
    stops = [each for each in everything(service, done.enrollment) if each.key in STOPS]

    assert [(each.send_at, each.joins) for each in stops] == [(local("2026-12-09 10:00"), "+".join(STOPS))] * 2
    assert stops[0].why[-1] == "goes as one message with stop:aspirin: Wed 2026-12-09 10:00"


def test_a_change_parts_what_no_longer_goes_together(service: Service) -> None:
    done = enrolled(service, holds=("warfarin=5", "aspirin=5"), language="es")
    holds = ("warfarin=5", "aspirin=3")
    order(service, done.enrollment, holds=holds, resumes=(), ordered_by="Dr. Example", by="nurse")
    stops = [each for each in everything(service, done.enrollment) if each.key in STOPS]

    assert [each.joins for each in stops] == [None, None]
    assert [each.send_at for each in stops] == [local("2026-12-02 10:00"), local("2026-12-04 10:00")]
