"""A template and facts become a text: strictly, literally, and never with a brace left over."""

from dataclasses import replace

import pytest

from reminders.errors import OperationError
from reminders.rendering import Rendered, RenderingError, render, render_entry
from reminders.texts.facts import Facts
from schedules.protocol import Calendar, Channel
from schedules.texts import CopyTexts, EntryTexts, Messages, Phrase
from tests.texts import a_message

ARRIVAL = Phrase(needs=("arrival_time",), text="Come at {arrival_time}.", otherwise="")
FACTS = {"site": "Example Clinic", "phone": "(212) 555-0123", "procedure_date": "Tue Dec 8"}


def rendered(
    messages: Messages, channel: Channel = Channel.SMS, facts: Facts | None = None, *, detailed: bool = False
) -> Rendered:
    return render(messages, "ride", channel, detailed=detailed, facts=FACTS | dict(facts or {}))


def sms(template: str, *, language: str = "en", phrases: dict[str, Phrase] | None = None, **facts: str) -> str:
    return rendered(a_message(language, phrases, sms=template), facts=facts).text


def email(body: str, subject: str = "{site}", **facts: str) -> Rendered:
    return rendered(a_message(subject=subject, email=body), Channel.EMAIL, facts)


def test_placeholders_are_replaced_by_their_facts() -> None:
    assert sms("{site}: {procedure_date}. Call {phone}.") == "Example Clinic: Tue Dec 8. Call (212) 555-0123."


def test_a_fact_that_is_not_known_is_an_error_that_names_placeholder_and_step() -> None:
    with pytest.raises(RenderingError, match=r"step 'ride' needs \{arrival_time\}, which is not known"):
        sms("Come at {arrival_time}.")


def test_a_rendering_error_is_an_operation_error() -> None:
    assert issubclass(RenderingError, OperationError)


def test_an_error_shows_no_value() -> None:
    with pytest.raises(RenderingError) as caught:
        sms("{first_name} {drug}", first_name="Ana")
    assert "Ana" not in str(caught.value)


@pytest.mark.parametrize("name", ["{phone}", "{0}", "%s", "\\1", "{{", "}"])
def test_a_value_is_never_read_as_a_template(name: str) -> None:
    assert sms("Hello {first_name}, call {phone}.", first_name=name) == f"Hello {name}, call (212) 555-0123."


def test_a_phrase_follows_what_is_known() -> None:
    phrases = {"arrival": ARRIVAL}
    assert (
        sms("{arrival} Bring your list.", phrases=phrases, arrival_time="7:30 AM")
        == "Come at 7:30 AM. Bring your list."
    )
    assert sms("{arrival} Bring your list.", phrases=phrases) == "Bring your list."


def test_a_phrase_that_needs_two_facts_is_written_with_both_only() -> None:
    both = {"arrival": Phrase(needs=("arrival_time", "start_time"), text="{arrival_time}", otherwise="Ask us.")}
    assert sms("{arrival}", phrases=both, arrival_time="7:30 AM") == "Ask us."
    assert sms("{arrival}", phrases=both, arrival_time="7:30 AM", start_time="9:00 AM") == "7:30 AM"


def test_an_empty_phrase_leaves_no_double_blank() -> None:
    assert sms("Hello. {arrival} Bye. {arrival}", phrases={"arrival": ARRIVAL}) == "Hello. Bye."


def test_blanks_within_a_value_stay() -> None:
    assert sms("{site}: call.", site="Example  Clinic") == "Example  Clinic: call."


def test_an_abbreviation_at_the_end_of_a_sentence_has_one_full_stop() -> None:
    assert sms("A las {start_time}. Venga.", start_time="9:00 a. m.") == "A las 9:00 a. m. Venga."
    assert sms("At {start_time}. Come.", start_time="9:00 AM") == "At 9:00 AM. Come."


def test_a_line_break_in_a_value_becomes_a_blank() -> None:
    assert sms("{site}.", site="Example\r\nClinic") == "Example Clinic."
    assert email("Hello.", subject="{site}", site="Example\nBcc: x@example.org").subject == "Example Bcc: x@example.org"


def test_the_detailed_text_is_for_those_who_agreed_to_it() -> None:
    messages = a_message(sms="discreet", sms_detailed="detailed")
    assert rendered(messages).text == "discreet"
    assert rendered(messages, detailed=True).text == "detailed"


def test_each_channel_has_its_own_text() -> None:
    messages = a_message(sms="read", voice="said", voice_detailed="said in detail")
    assert rendered(messages, Channel.VOICE) == Rendered(text="said")
    assert rendered(messages, Channel.VOICE, detailed=True).text == "said in detail"


@pytest.mark.parametrize("channel", list(Channel))
def test_a_step_without_a_text_for_the_channel_cannot_be_rendered(channel: Channel) -> None:
    with pytest.raises(RenderingError, match="step 'ride' has no text for this channel"):
        rendered(a_message(), channel)


def test_an_unknown_step_cannot_be_rendered() -> None:
    with pytest.raises(RenderingError, match="step 'walk' has no texts in language 'en'"):
        render(a_message(sms="x"), "walk", Channel.SMS, detailed=False, facts=FACTS)


def test_an_sms_is_folded_into_the_cheap_alphabet_with_its_values() -> None:
    assert sms("{site}: día, ñu, é.", language="es", site="Clínica “Bahía”") == 'Clinica "Bahia": dia, ñu, é.'


def test_a_value_that_cannot_be_folded_is_kept_and_so_is_the_rest() -> None:
    assert sms("{site}: día.", language="es", site="診療所 Bahía") == "診療所 Bahía: día."


def test_a_language_written_outside_the_cheap_alphabet_is_not_folded() -> None:
    assert sms("{site}: 您好.", site="Bahía") == "Bahía: 您好."


def test_voice_and_email_keep_their_accents() -> None:
    assert rendered(a_message(voice="El día."), Channel.VOICE).text == "El día."
    assert email("El día.").text == "El día.\n"


def test_an_email_has_a_subject_paragraphs_and_a_page() -> None:
    message = email("\nHello {site},\n\nbring this\nand that.\n\n\n\n{phone}\n", subject="{site}: visit")
    assert message.subject == "Example Clinic: visit"
    assert message.text == "Hello Example Clinic,\n\nbring this and that.\n\n(212) 555-0123\n"
    assert message.html is not None
    assert "<p>bring this and that.</p>" in message.html


def test_the_detailed_subject_is_for_those_who_agreed_to_it() -> None:
    messages = a_message(subject="discreet", subject_detailed="detailed", email="Hello.")
    assert rendered(messages, Channel.EMAIL).subject == "discreet"
    assert rendered(messages, Channel.EMAIL, detailed=True).subject == "detailed"


def test_an_empty_phrase_leaves_no_empty_paragraph() -> None:
    messages = a_message(phrases={"arrival": ARRIVAL}, subject="x", email="One.\n\n{arrival}\n\nTwo.")
    assert rendered(messages, Channel.EMAIL).text == "One.\n\nTwo.\n"


def test_lines_that_begin_with_a_dash_are_a_list() -> None:
    message = email("Bring:\n- your list,\n  all of it\n- your ID")
    assert message.text == "Bring:\n- your list, all of it\n- your ID\n"
    assert message.html is not None
    assert "<p>Bring:</p><ul><li>your list, all of it</li><li>your ID</li></ul>" in message.html


def test_a_list_may_stand_alone() -> None:
    page = email("- one\n- two").html or ""
    assert "<ul><li>one</li><li>two</li></ul>" in page
    assert "<p>" not in page


def test_a_page_escapes_what_is_in_it() -> None:
    message = email("Hello {first_name},", subject="<{first_name}>", first_name='<b>&"A"')
    assert message.text == 'Hello <b>&"A",\n'
    assert message.html is not None
    assert "<p>Hello &lt;b&gt;&amp;&quot;A&quot;,</p>" in message.html
    assert "<title>&lt;&lt;b&gt;" in message.html


def test_a_page_names_its_language_and_loads_nothing_from_elsewhere() -> None:
    message = rendered(a_message("es", subject="x", email="Hola."), Channel.EMAIL)
    assert message.html is not None
    assert '<html lang="es">' in message.html
    assert "font:18px" in message.html
    assert "http" not in message.html
    assert "src=" not in message.html


def test_a_rendered_message_is_not_printed_with_its_text() -> None:
    assert repr(Rendered(text="secret", subject="secret", html="secret")).count("secret") == 0


def stated(facts: Facts, channel: Channel = Channel.SMS, *, detailed: bool = False) -> dict[str, str]:
    messages = a_message(
        phrases={"arrival": ARRIVAL},
        sms="{site} {arrival}",
        sms_detailed="{drug}",
        subject="{procedure_date}",
        subject_detailed="{drug}",
        email="{phone}",
        voice="{site}",
        voice_detailed="{drug} {site}",
    )
    return {name: facts[name] for name in render(messages, "ride", channel, detailed=detailed, facts=facts).names}


def test_a_text_states_the_facts_it_prints_and_no_others() -> None:
    assert stated(FACTS) == {"site": "Example Clinic"}
    assert stated(FACTS | {"arrival_time": "7:30 AM"}) == {"site": "Example Clinic", "arrival_time": "7:30 AM"}


def test_every_channel_states_its_own_facts() -> None:
    facts = FACTS | {"drug": "warfarin"}
    assert set(stated(facts, detailed=True)) == {"drug"}
    assert set(stated(facts, Channel.VOICE)) == {"site"}
    assert set(stated(facts, Channel.VOICE, detailed=True)) == {"drug", "site"}
    assert set(stated(facts, Channel.EMAIL)) == {"procedure_date", "phone"}
    assert set(stated(facts, Channel.EMAIL, detailed=True)) == {"drug", "phone"}


# Calendar entries


def with_an_entry(**texts: str) -> Messages:
    entry = EntryTexts(**{"title": "Your visit at {site}", "note": "Call {phone}."} | texts)
    return replace(a_message(sms="x"), entries={Calendar.PROCEDURE: entry})


def test_a_calendar_entry_is_filled_like_a_message() -> None:
    entry = render_entry(with_an_entry(), Calendar.PROCEDURE, {"site": "Example Clinic", "phone": "(212) 555-0100"})

    assert entry == EntryTexts(title="Your visit at Example Clinic", note="Call (212) 555-0100.")


def test_a_calendar_entry_needs_its_facts_and_its_words() -> None:
    with pytest.raises(RenderingError, match=r"'calendar.procedure' needs \{phone\}, which is not known"):
        render_entry(with_an_entry(), Calendar.PROCEDURE, {"site": "Example Clinic"})
    with pytest.raises(RenderingError, match="the visit has no calendar entry in language 'en'"):
        render_entry(with_an_entry(), Calendar.VISIT, {})


# Copies


COPIES = CopyTexts(prefix="Copy:", sentence="This is a copy.")


def copied(channel: Channel, **texts: str) -> Rendered:
    return render(a_message(**texts), "ride", channel, detailed=False, facts=FACTS, copies=COPIES)


def test_a_text_names_its_sender_before_it_says_that_it_is_a_copy() -> None:
    assert copied(Channel.SMS, sms="{site}: Call {phone}.").text == "Example Clinic: Copy: Call (212) 555-0123."


def test_a_text_that_begins_otherwise_begins_as_a_copy() -> None:
    assert copied(Channel.SMS, sms="Call {phone} ({site}).").text == "Copy: Call (212) 555-0123 (Example Clinic)."


def test_a_letters_subject_and_first_paragraph_say_that_it_is_a_copy() -> None:
    letter = copied(Channel.EMAIL, subject="{site}: your ride", email="Hello,\n\nCall {phone}.")

    assert letter.subject == "Example Clinic: Copy: your ride"
    assert letter.text == "This is a copy.\n\nHello,\n\nCall (212) 555-0123.\n"
    assert letter.html is not None
    assert "<p>This is a copy.</p>\n<p>Hello,</p>" in letter.html


def test_a_call_begins_with_the_sentence() -> None:
    assert copied(Channel.VOICE, voice="This is {site}.").text == "This is a copy. This is Example Clinic."


def test_what_a_copy_states_is_what_its_original_states() -> None:
    message = a_message(sms="{site}: {procedure_date}. {phone}")
    plain = render(message, "ride", Channel.SMS, detailed=False, facts=FACTS)
    assert copied(Channel.SMS, sms="{site}: {procedure_date}. {phone}").names == plain.names
