"""docs/consent.md: the wording whose version is stored with every consent."""

import hashlib
import re

import pytest

from reminders.consent import CAREGIVER_WORDING_VERSION, WORDING_VERSION
from reminders.readability import reading
from tests.docs.markdown import ROOT
from tests.texts import the_shipped_messages

TEXT = (ROOT / "docs" / "consent.md").read_text("utf-8")
LANGUAGES = {"en": "English", "es": "Español"}
PARTS = 4  # texts, e-mails, calls, details
# What was said under a version must be found again years later: a changed wording needs a new version.
SAID = {"2026-1": "94f5965646c8fc5d2f9978785f683614d40070bbc5671d898dbd9e1bbffbe227"}
SAID_TO_CAREGIVERS = {"2026-1": "69c174697f0f706873d0dfdfd85d4e60c18eac67da4ba4932facb4daf8ca59e5"}
QUOTED = r"(?:^> .*\n)+"
QUOTES = (
    ("welcome", "sms", "your visit on "),
    ("welcome", "sms_detailed", "your vertebroplasty on "),
    ("welcome", "subject", "your visit"),
    ("welcome", "subject_detailed", "your vertebroplasty"),
    ("stop", "sms", "Your medicine plan from "),
)


def wordings(language: str) -> list[str]:
    """What is said in a language, a paragraph for each channel, and the question about details last."""
    section = TEXT.partition(f"## {LANGUAGES[language]}\n")[2].partition("\n## ")[0]
    return [" ".join(quote.replace("> ", " ").split()) for quote in re.findall(QUOTED, section, re.MULTILINE)]


def test_the_document_tells_the_version_that_is_stored() -> None:
    assert f"Wording version **{WORDING_VERSION}**" in TEXT


def test_the_wording_of_a_version_never_changes() -> None:
    said = "\n".join(text for language in LANGUAGES for text in wordings(language))

    assert SAID[WORDING_VERSION] == hashlib.sha256(said.encode()).hexdigest(), "give the new wording a new version"


def test_the_caregivers_wording_is_the_one_whose_version_is_stored_and_never_changes_under_it() -> None:
    section = TEXT.partition("## Caregivers\n")[2].partition("\n## ")[0]
    said = [" ".join(quote.replace("> ", " ").split()) for quote in re.findall(QUOTED, section, re.MULTILINE)]

    assert f"Caregiver wording version **{CAREGIVER_WORDING_VERSION}**" in section
    assert len(said) == 2 * len(LANGUAGES)  # to the patient and to the caregiver
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()
    assert SAID_TO_CAREGIVERS[CAREGIVER_WORDING_VERSION] == digest, "give the new wording a new version"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_a_wording_for_each_channel_and_for_details(language: str) -> None:
    assert len(wordings(language)) == PARTS
    assert all(text.rstrip().endswith(("?", ".")) for text in wordings(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_channel_is_told_how_to_end_it_and_what_to_do_in_an_emergency(language: str) -> None:
    ending = {"en": "end the", "es": "terminar l"}[language]

    for text in wordings(language)[:-1]:
        assert "911" in text
        assert ending in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wording_is_easy_to_read(language: str) -> None:
    assert reading(language, wordings(language)).passes


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_number_of_messages_is_the_one_the_welcome_tells(language: str) -> None:
    number = re.findall(r"\b\d+\b", wordings(language)[0])[0]

    assert number in re.findall(r"\b\d+\b", the_shipped_messages(language).steps["welcome"].sms or "")


@pytest.mark.parametrize(("step", "key", "quote"), QUOTES)
def test_what_the_table_quotes_stands_in_the_shipped_texts(step: str, key: str, quote: str) -> None:
    shipped = getattr(the_shipped_messages("en").steps[step], key)

    assert f'"{quote}' in TEXT
    assert quote in shipped
