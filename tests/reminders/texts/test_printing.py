"""Dates, hours, zones and phone numbers as patients read and hear them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from reminders.texts.printing import Printer, national_phone
from reminders.texts.segments import is_gsm7
from tests.builders import local, utc


def printer(
    language: str = "en", *, here: str = "America/New_York", there: str | None = None, spoken: bool = False
) -> Printer:
    return Printer(language=language, site_zone=ZoneInfo(here), patient_zone=ZoneInfo(there or here), spoken=spoken)


NINE = local("2026-12-09 09:00")


@pytest.mark.parametrize(
    ("language", "spoken", "printed"),
    [
        ("en", False, "Wed Dec 9"),
        ("es", False, "mié 9 dic"),
        ("en", True, "Wednesday, December 9"),
        ("es", True, "miércoles 9 de diciembre"),
    ],
)
def test_a_date_is_short_to_read_and_full_to_hear(language: str, spoken: bool, printed: str) -> None:
    assert printer(language, spoken=spoken).date(date(2026, 12, 9)) == printed


@pytest.mark.parametrize(("language", "printed"), [("en", "9:00 AM"), ("es", "9:00 a. m.")])
def test_a_time_is_the_sites_without_a_zone_where_the_clocks_agree(language: str, printed: str) -> None:
    assert printer(language).time(NINE) == printed
    assert printer(language, there="America/Detroit").time(NINE) == printed


@pytest.mark.parametrize(("language", "printed"), [("en", "9:00 AM Eastern"), ("es", "9:00 a. m., hora del este")])
def test_a_time_names_the_zone_where_the_patients_clock_differs(language: str, printed: str) -> None:
    assert printer(language, there="America/Chicago").time(NINE) == printed


def test_the_zone_is_named_only_while_the_clocks_differ() -> None:
    phoenix = printer(here="America/Denver", there="America/Phoenix")
    assert phoenix.time(local("2026-12-09 09:00", ZoneInfo("America/Denver"))) == "9:00 AM"
    assert phoenix.time(local("2026-07-09 09:00", ZoneInfo("America/Denver"))) == "9:00 AM Denver time"


def test_two_zones_of_one_name_are_told_apart_by_the_city() -> None:
    summer = local("2026-07-09 09:00", ZoneInfo("America/Phoenix"))
    assert printer(here="America/Phoenix", there="America/Denver").time(summer) == "9:00 AM Phoenix time"
    assert printer("es", here="America/Phoenix", there="America/Denver").time(summer) == "9:00 a. m., hora de Phoenix"


@pytest.mark.parametrize(
    ("zone", "english", "spanish"),
    [
        ("America/Indiana/Indianapolis", "Eastern", "hora del este"),
        ("America/Chicago", "Central", "hora del centro"),
        ("America/Los_Angeles", "Pacific", "hora del Pacífico"),
        ("Pacific/Honolulu", "Hawaii", "hora de Hawái"),
        ("America/Puerto_Rico", "Atlantic", "hora del Atlántico"),
        ("Europe/Madrid", "Central European", "hora de Europa central"),
        ("Asia/Shanghai", "China", "hora de China"),
    ],
)
def test_zones_are_called_what_their_people_call_them(zone: str, english: str, spanish: str) -> None:
    instant = utc("2026-12-09 12:00")
    elsewhere = "Pacific/Auckland"
    assert printer("en", here=zone, there=elsewhere).time(instant).endswith(f"M {english}")
    assert printer("es", here=zone, there=elsewhere).time(instant).endswith(f"m., {spanish}")


@pytest.mark.parametrize(
    ("language", "there", "dated", "until"),
    [
        ("en", None, "Wed Dec 9, 9:00 AM", "9:00 AM Wed Dec 9"),
        ("en", "America/Chicago", "Wed Dec 9, 9:00 AM Eastern", "9:00 AM Eastern, Wed Dec 9"),
        ("es", None, "mié 9 dic, 9:00 a. m.", "mié 9 dic, 9:00 a. m."),
    ],
)
def test_an_instant_is_a_date_with_a_time(language: str, there: str | None, dated: str, until: str) -> None:
    assert printer(language, there=there).dated_time(NINE) == dated
    assert printer(language, there=there).until(NINE) == until


def test_an_instant_is_said_in_words() -> None:
    assert printer(spoken=True).until(NINE) == "9:00 AM on Wednesday, December 9"


def test_the_date_of_an_instant_is_the_sites() -> None:
    late = utc("2026-12-09 04:30")
    assert printer(there="Europe/London").day_of(late) == "Tue Dec 8"


def test_seconds_are_not_printed() -> None:
    assert printer().time(datetime(2026, 12, 9, 9, 0, 59, tzinfo=ZoneInfo("America/New_York"))) == "9:00 AM"


@pytest.mark.parametrize(
    ("number", "printed"),
    [("+12125550123", "(212) 555-0123"), ("+442079460018", "020 7946 0018"), ("ward 5", "ward 5")],
)
def test_a_phone_number_is_written_as_its_country_writes_it(number: str, printed: str) -> None:
    assert national_phone(number) == printed


def test_a_phone_number_is_said_digit_by_digit() -> None:
    assert printer(spoken=True).phone("+12125550123") == "2 1 2, 5 5 5, 0 1 2 3"
    assert printer().phone("+12125550123") == "(212) 555-0123"


@pytest.mark.parametrize("month", range(1, 13))
def test_nothing_printed_leaves_the_cheap_alphabet_but_by_an_accent(month: int) -> None:
    for language in ("en", "es"):
        printed = printer(language, there="Asia/Tokyo").dated_time(utc(f"2026-{month:02}-13 23:00"))
        assert is_gsm7(printed.translate(str.maketrans("áíóú", "aiou")))


@pytest.mark.parametrize(
    ("language", "names", "printed"),
    [
        ("en", (), ""),
        ("en", ("warfarin",), "warfarin"),
        ("en", ("warfarin", "ibuprofen"), "warfarin and ibuprofen"),
        ("en", ("apixaban", "aspirin", "warfarin"), "apixaban, aspirin and warfarin"),
        ("es", ("warfarina", "aspirina"), "warfarina y aspirina"),
        ("es", ("warfarina", "ibuprofeno"), "warfarina e ibuprofeno"),
        ("es", ("warfarina", "Indometacina"), "warfarina e Indometacina"),
    ],
)
def test_names_are_joined_as_the_language_joins_them(language: str, names: tuple[str, ...], printed: str) -> None:
    assert printer(language).names(names) == printed
