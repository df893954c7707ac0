"""The list of drugs: guidance for staff, with a source behind every number, and a draft until somebody approves it."""

from dataclasses import replace

import pytest

from schedules.errors import ProtocolError
from schedules.medications import Kind, Medications, RowStatus, Sure, load_medications, shipped_medications

ROW = """
[[drug]]
name = "warfarin"
kind = "anticoagulant"
brands = ["Coumadin"]
spanish = "warfarina"
status = "draft"
published = [
    { source = "SIR", year = 2019, sure = "restated", days = [5, 5], says = "5 days" },
    { source = "ASRA", year = 2025, sure = "recalled", says = "until the INR is normal" },
]
"""
DRUGS_OF_THE_TABLE = (
    *("warfarin", "apixaban", "rivaroxaban", "edoxaban", "dabigatran"),
    *("enoxaparin", "dalteparin", "heparin", "fondaparinux"),
    *("clopidogrel", "prasugrel", "ticagrelor", "aspirin", "aspirin-dipyridamole", "dipyridamole", "cilostazol"),
    *("cangrelor", "eptifibatide", "tirofiban", "abciximab"),
    *("ibuprofen", "diclofenac", "ketorolac", "etodolac", "indomethacin"),
    *("naproxen", "meloxicam", "nabumetone", "oxaprozin", "piroxicam", "celecoxib"),
)


def row(text: str = ROW) -> Medications:
    return load_medications("medications.toml", text)


@pytest.mark.parametrize("drug", DRUGS_OF_THE_TABLE)
def test_every_drug_of_the_published_tables_is_listed(drug: str) -> None:
    assert shipped_medications().row(drug).name == drug


def test_no_other_drug_is_listed() -> None:
    assert {medication.name for medication in shipped_medications().rows} == set(DRUGS_OF_THE_TABLE)


def test_every_shipped_row_is_a_draft_with_a_source_that_says_something() -> None:
    for medication in shipped_medications().rows:
        assert medication.status is RowStatus.DRAFT
        assert all(published.says for published in medication.published)


@pytest.mark.parametrize(
    ("given", "drug"),
    [
        ("warfarin", "warfarin"),
        ("COUMADIN", "warfarin"),
        ("  eliquis ", "apixaban"),
        ("Xarelto", "rivaroxaban"),
        ("plavix", "clopidogrel"),
        ("rivaroxabán", "rivaroxaban"),
        ("aspirina", "aspirin"),
        ("Aspirin Dipyridamole", "aspirin-dipyridamole"),
    ],
)
def test_a_drug_is_found_by_generic_brand_and_spanish_name(given: str, drug: str) -> None:
    found = shipped_medications().find(given)
    assert found is not None
    assert found.name == drug


def test_an_unknown_name_finds_nothing_and_is_answered_with_the_nearest() -> None:
    assert shipped_medications().find("warfrin") is None
    assert "warfarin" in shipped_medications().nearest("warfrin")
    assert shipped_medications().nearest("xyzzy") == ()


def test_an_unknown_generic_name_has_no_row() -> None:
    with pytest.raises(KeyError):
        shipped_medications().row("Coumadin")


@pytest.mark.parametrize(
    ("drug", "least", "most"),
    [("warfarin", 5, 5), ("apixaban", 2, 3), ("dabigatran", 2, 6), ("clopidogrel", 5, 7), ("aspirin", 0, 7)],
)
def test_the_published_range_spans_all_sources(drug: str, least: int, most: int) -> None:
    assert shipped_medications().row(drug).hold_days == (least, most)


@pytest.mark.parametrize("days", [1, 4])
def test_an_order_outside_the_published_range_is_answered_with_its_sources(days: int) -> None:
    warning = shipped_medications().row("apixaban").hold_warning(days)
    assert warning == (
        f"apixaban: {days} days ordered, outside the published 2 to 3"
        " (SIR 2019, ASRA pain 2018, PAUSE 2019, ASIPP 2024, ASRA 2025)"
    )


@pytest.mark.parametrize("days", [2, 3])
def test_an_order_at_the_edge_of_the_range_needs_no_warning(days: int) -> None:
    assert shipped_medications().row("apixaban").hold_warning(days) is None


def test_a_warning_names_only_sources_that_give_a_number() -> None:
    assert row().row("warfarin").hold_warning(3) == "warfarin: 3 days ordered, outside the published 5 (SIR 2019)"


def test_an_order_for_a_drug_without_any_published_number_is_always_a_warning() -> None:
    assert "cardiology decides" in (shipped_medications().row("cangrelor").hold_warning(1) or "")
    bare = replace(row().row("warfarin"), published=(), note="")
    assert bare.hold_warning(1) == "warfarin: no published hold; a specialist decides"


@pytest.mark.parametrize("drug", ["warfarin", "apixaban", "clopidogrel", "cilostazol", "aspirin-dipyridamole"])
def test_a_prescription_drug_against_clots_is_a_blood_thinner(drug: str) -> None:
    assert shipped_medications().row(drug).blood_thinner


@pytest.mark.parametrize("drug", ["aspirin", "ibuprofen", "celecoxib"])
def test_aspirin_and_pain_relievers_are_not(drug: str) -> None:
    assert not shipped_medications().row(drug).blood_thinner


def test_over_the_counter_names_are_not_among_the_names_that_give_a_text_away() -> None:
    names = shipped_medications().prescription_names
    assert {"warfarin", "Coumadin", "warfarina"} <= set(names)
    assert {"aspirin", "ibuprofen"}.isdisjoint(names)


def test_a_patient_reads_the_drug_in_their_language() -> None:
    warfarin = shipped_medications().row("warfarin")
    assert (warfarin.name_in("en"), warfarin.name_in("es")) == ("warfarin", "warfarina")


def test_an_approval_ends_with_the_content_it_was_given_for() -> None:
    approved = row().row("warfarin")
    assert approved.content_hash == row(ROW + "# a comment\n").row("warfarin").content_hash
    assert approved.content_hash != row(ROW.replace("[5, 5]", "[4, 5]")).row("warfarin").content_hash
    assert approved.content_hash != row(ROW.replace('"5 days"', '"about 5 days"')).row("warfarin").content_hash


def test_a_row_says_how_sure_each_number_is() -> None:
    first, second = row().row("warfarin").published
    assert (first.sure, second.sure) == (Sure.RESTATED, Sure.RECALLED)
    assert (second.least_days, second.most_days) == (None, None)


def test_what_a_row_leaves_out_is_empty() -> None:
    found = row(ROW.replace('brands = ["Coumadin"]\n', "")).row("warfarin")
    assert (found.kind, found.brands, found.renal, found.note) == (Kind.ANTICOAGULANT, (), "", "")


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (
            'kind = "anticoagulant"',
            'kind = "anticoagulent"',
            "drug[1].kind: 'anticoagulent' is not known; did you mean",
        ),
        ('status = "draft"', 'status = "approved"', "drug[1].status: 'approved' is not known"),
        ('spanish = "warfarina"', "", "drug[1].spanish: is missing"),
        ('brands = ["Coumadin"]', 'brands = "Coumadin"', "drug[1].brands: must be a list of names"),
        ('brands = ["Coumadin"]', 'brands = [""]', "drug[1].brands: must be a list of names"),
        ("[5, 5]", "[6, 5]", "drug[1].published[1].days: must be the shortest and the longest hold"),
        ("[5, 5]", "[5, 31]", "drug[1].published[1].days: must be the shortest and the longest hold"),
        ("[5, 5]", "5", "drug[1].published[1].days: must be the shortest and the longest hold"),
        ("days =", "day =", "drug[1].published[1].day: unknown key; did you mean 'days'?"),
        ('name = "warfarin"', 'name = "warfarin"\nnmae = ""', "drug[1].nmae: unknown key"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused(good: str, bad: str, problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        row(ROW.replace(good, bad, 1))
    assert str(caught.value).startswith(f"medications.toml: {problem}")


def test_two_rows_do_not_share_a_name() -> None:
    other = ROW.replace('"warfarin"', '"other"').replace('"warfarina"', '"otra"')
    with pytest.raises(ProtocolError, match=r"drug\[2\].name: 'other' shares the name 'coumadin' with 'warfarin'"):
        row(ROW + other)
