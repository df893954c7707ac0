"""What patients were told, held against what is true now."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reminders.telling import Told, Truth, Wrong, believed_starts, contradicted, is_right
from schedules.corrections import Correction

PLAN = {"drug": "warfarin", "first_day": "2026-12-03", "last_day": "2026-12-02"}


def truth(**values: str) -> Truth:
    return lambda _: values


def per_drug(plans: Mapping[str | None, Mapping[str, str]]) -> Truth:
    return lambda drug: plans.get(drug, {})


def said(drug: str | None = None, /, **stated: str) -> Told:
    return Told(id=1, drug=drug, stated=stated)


def test_what_still_holds_is_not_wrong() -> None:
    assert contradicted([said(procedure_date="2026-12-08")], truth(procedure_date="2026-12-08")) == Wrong()


def test_what_was_said_otherwise_is_wrong() -> None:
    wrong = contradicted([said(procedure_date="2026-12-08")], truth(procedure_date="2026-12-15"))
    assert wrong == Wrong(facts=frozenset({"procedure_date"}))
    assert wrong.kind is Correction.MOVED


def test_a_fact_that_is_no_longer_known_makes_what_was_said_wrong() -> None:
    assert contradicted([said(arrival_time="07:30")], truth()).kind is Correction.ARRIVAL


def test_a_call_whose_time_has_passed_is_no_promise() -> None:
    assert contradicted([said(call_by="2026-12-07T21:00")], truth()) == Wrong()
    assert contradicted([said(call_by="2026-12-07T21:00")], truth(call_by="2026-12-14T21:00")).kind is Correction.MOVED


def test_the_newest_statement_of_a_fact_counts() -> None:
    told = [said(procedure_date="2026-12-08"), said(procedure_date="2026-12-15")]
    assert contradicted(told, truth(procedure_date="2026-12-15")) == Wrong()
    assert contradicted(told, truth(procedure_date="2026-12-08")).facts == {"procedure_date"}


def test_each_drug_is_held_against_its_own_plan() -> None:
    told = [said("warfarin", **PLAN), said("aspirin", **PLAN | {"drug": "aspirin"})]
    now: dict[str | None, Mapping[str, str]] = {
        "warfarin": PLAN | {"first_day": "2026-12-10"},
        "aspirin": PLAN | {"drug": "aspirin"},
    }
    wrong = contradicted(told, per_drug(now))
    assert wrong == Wrong(facts=frozenset({"first_day"}), drugs=("warfarin",))
    assert wrong.kind is Correction.PLAN


def test_an_order_that_is_gone_makes_its_announcement_wrong() -> None:
    assert contradicted([said("warfarin", **PLAN)], per_drug({})).drugs == ("warfarin",)


def test_a_correction_that_named_a_drug_took_back_what_was_said_of_it() -> None:
    told = [said("warfarin", **PLAN), said(held_drugs="aspirin,warfarin")]
    assert contradicted(told, per_drug({})) == Wrong()


def maybe(drug: str | None = None, /, **stated: str) -> Told:
    """What a person has given up: it may have been read."""
    return Told(id=2, drug=drug, stated=stated, takes_back=frozenset({"procedure_date"}), sure=False)


@pytest.mark.parametrize("day", ["2026-12-08", "2026-12-15"])
def test_what_was_given_up_may_be_believed_and_so_may_what_it_took_back(day: str) -> None:
    told = [said(procedure_date="2026-12-08"), maybe(procedure_date="2026-12-15")]
    assert contradicted(told, truth(procedure_date=day)).facts == {"procedure_date"}
    assert contradicted([said(procedure_date=day)], truth(procedure_date=day)) == Wrong()


def test_a_correction_that_was_given_up_took_no_drug_back() -> None:
    assert contradicted([said("warfarin", **PLAN), maybe(held_drugs="warfarin")], per_drug({})).drugs == ("warfarin",)


def test_what_surely_arrived_after_what_was_given_up_is_believed_alone() -> None:
    told = [maybe(procedure_date="2026-12-15"), said(procedure_date="2026-12-08")]
    assert contradicted(told, truth(procedure_date="2026-12-08")) == Wrong()


def test_every_start_that_may_be_believed_is_expected() -> None:
    told = [said(procedure_date="2026-12-04"), maybe(start_time="2026-12-15T14:00+00:00", procedure_date="2026-12-15")]
    expected = (datetime(2026, 12, 15, 14, tzinfo=UTC), datetime(2026, 12, 4, 12, tzinfo=UTC))
    assert believed_starts(told, ZoneInfo("America/New_York")) == expected


def test_of_a_day_whose_hour_was_told_the_hour_is_expected() -> None:
    told = [said(procedure_date="2026-12-08", start_time="2026-12-08T14:00+00:00")]
    assert believed_starts(told, ZoneInfo("America/New_York")) == (datetime(2026, 12, 8, 14, tzinfo=UTC),)


def test_who_was_told_no_day_expects_none() -> None:
    assert believed_starts([said("warfarin", **PLAN)], ZoneInfo("America/New_York")) == ()


def test_what_was_said_of_a_drug_after_the_correction_counts_again() -> None:
    told = [said("warfarin", **PLAN), said(held_drugs="warfarin"), said("warfarin", **PLAN)]
    assert contradicted(told, per_drug({})).drugs == ("warfarin",)


def test_a_correction_takes_back_no_other_drug() -> None:
    told = [said("warfarin", **PLAN), said(held_drugs="aspirin")]
    assert contradicted(told, per_drug({})).drugs == ("warfarin",)


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"procedure_date", "first_day", "visit_date"}, Correction.MOVED),
        ({"first_day", "visit_date"}, Correction.PLAN),
        ({"rest_until", "visit_time"}, Correction.REST),
        ({"visit_time", "arrival_time"}, Correction.VISIT),
        ({"arrival_time"}, Correction.ARRIVAL),
        (set(), None),
    ],
)
def test_one_change_is_explained_by_the_most_important_of_its_facts(facts: set[str], kind: Correction | None) -> None:
    assert Wrong(facts=frozenset(facts)).kind is kind


def test_a_message_is_right_while_everything_it_states_holds() -> None:
    message = said(procedure_date="2026-12-08", start_time="2026-12-08T14:00")
    assert is_right(message, truth(procedure_date="2026-12-08", start_time="2026-12-08T14:00"))
    assert not is_right(message, truth(procedure_date="2026-12-08", start_time="2026-12-08T15:00"))


def test_the_drugs_a_correction_named_are_no_fact_that_becomes_wrong() -> None:
    assert is_right(said(held_drugs="warfarin"), truth())


def test_a_message_without_facts_is_always_right() -> None:
    assert is_right(said(), truth())
