import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from reminders.errors import ConfigurationError
from reminders.settings import Settings, SiteSettings, load_settings
from reminders.text_checks import LONGEST_FASTING_RULE
from schedules.protocol import Channel
from tests.secret_file import write_secret

SITE = """
[sites.main]
name = "Example Radiology"
phone = "+12125550123"
address = "1 Example Street, New York"
time_zone = "America/New_York"
"""
Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(more: str = "", site: str = SITE, **variables: str) -> Settings:
        (tmp_path / "reminders.toml").write_text(site + more, encoding="utf-8")
        return load_settings(tmp_path / "reminders.toml", variables)

    return load


@pytest.fixture
def refusal(load: Load, tmp_path: Path) -> Callable[..., str]:
    """The line a mistake is answered with, from behind the folder's name."""

    def refusal(more: str = "", site: str = SITE, **variables: str) -> str:
        with pytest.raises(ConfigurationError) as error:
            load(more, site, **variables)
        assert error.value.__context__ is None or not hasattr(error.value.__context__, "errors")
        return str(error.value).removeprefix(f"{tmp_path}/")

    return refusal


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


# --- what is read -----------------------------------------------------------------------------


def test_a_site_is_all_that_must_be_set(load: Load, tmp_path: Path) -> None:
    settings = load()

    assert settings.sites["main"].time_zone == "America/New_York"
    assert settings.database.url == f"sqlite:///{tmp_path}/reminders.db"
    assert settings.key_file == tmp_path / "reminders.key"
    assert (settings.worker.senders, settings.worker.lease_seconds, settings.worker.poll_seconds) == (10, 60, 0.5)
    assert (settings.transports, settings.protocols_dir, settings.web.public_url) == ({}, None, None)


def test_everything_a_site_may_say_is_read(load: Load) -> None:
    site = load("""
        phone_after_hours = "+12125550199"
        hours = "Monday to Friday 8 to 5"
        holidays = "US-NY"
        closed = [2026-12-24]
        open = [2026-12-26]
        [sites.main.texts.en]
        fasting = "Nothing to eat after midnight."
    """).sites["main"]

    assert (site.phone_after_hours, site.holidays) == ("+12125550199", "US-NY")
    assert (site.closed, site.open) == ((date(2026, 12, 24),), (date(2026, 12, 26),))
    assert site.texts["en"].fasting == "Nothing to eat after midnight."


def test_transports_are_asked_for_by_channel(load: Load) -> None:
    settings = load('[transports.email]\nkind = "smtp"\nhost = "mail.example"\nport = 587')

    assert settings.transports[Channel.EMAIL].port == 587


def test_relative_files_stand_beside_the_settings_wherever_a_command_is_run(load: Load, tmp_path: Path) -> None:
    settings = load('[transports.sms]\nkind = "outbox"\npath = "sent/outbox.jsonl"')

    assert settings.transports[Channel.SMS].path == tmp_path / "sent" / "outbox.jsonl"


def test_an_absolute_file_stays_where_it_is(load: Load) -> None:
    assert load('[database]\nurl = "sqlite:////srv/plan.db"').database.url == "sqlite:////srv/plan.db"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://planner@localhost/plan"])
def test_a_database_that_is_no_file_keeps_its_address(load: Load, url: str) -> None:
    assert load(f'[database]\nurl = "{url}"').database.url == url


def test_a_public_address_loses_its_last_slash(load: Load) -> None:
    assert load('[web]\npublic_url = "https://reminders.example/"').web.public_url == "https://reminders.example"


def test_settings_built_by_hand_keep_relative_files() -> None:
    site = SiteSettings(name="A", phone="+12125550123", address="B", time_zone="UTC")

    assert Settings(sites={"main": site}).key_file == Path("reminders.key")


def test_a_site_can_be_a_key_and_two_readings_of_it_are_one(load: Load) -> None:
    assert len({load().sites["main"], load().sites["main"]}) == 1


def test_settings_cannot_be_changed(load: Load) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().worker.senders = 3  # type: ignore[misc]


# --- where it is read from --------------------------------------------------------------------


def test_without_a_path_the_variable_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "ward.toml").write_text(SITE, encoding="utf-8")

    assert "main" in load_settings(None, {"REMINDERS_CONFIG": str(tmp_path / "ward.toml")}).sites


def test_without_a_variable_the_file_lies_in_the_present_folder(tmp_path: Path) -> None:
    (tmp_path / "reminders.toml").write_text(SITE, encoding="utf-8")

    with inside(tmp_path):
        assert load_settings(None, {}).key_file == tmp_path / "reminders.key"


def test_the_process_environment_is_read_when_no_other_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reminders.toml").write_text(SITE, encoding="utf-8")
    monkeypatch.setenv("REMINDERS_WORKER__SENDERS", "3")

    assert load_settings(tmp_path / "reminders.toml").worker.senders == 3


def test_the_environment_wins_over_the_file(load: Load) -> None:
    assert load("[worker]\nsenders = 5", REMINDERS_WORKER__SENDERS="7").worker.senders == 7


def test_an_empty_variable_counts_as_none(load: Load) -> None:
    assert load("[worker]\nsenders = 5", REMINDERS_WORKER__SENDERS="").worker.senders == 5


def test_a_list_in_the_environment_is_written_as_json(load: Load) -> None:
    settings = load(REMINDERS_WORKER__ONLY_RECIPIENTS='["+12125550123", "ana@example.org"]')

    assert settings.worker.only_recipients == ("+12125550123", "ana@example.org")


def test_variables_of_a_container_platform_are_not_ours(load: Load) -> None:
    assert load(REMINDERS_PORT="tcp://10.0.0.1:80", REMINDERS_WEB="x") == load()


def test_an_outermost_setting_can_come_from_the_environment(load: Load) -> None:
    assert load(REMINDERS_KEY_FILE="/run/secrets/reminders.key").key_file == Path("/run/secrets/reminders.key")


# --- secrets ----------------------------------------------------------------------------------


def test_a_secret_comes_from_the_environment_and_never_shows(load: Load) -> None:
    settings = load(REMINDERS_TRANSPORTS__SMS__AUTH_TOKEN="invented-token")
    token = settings.transports[Channel.SMS].auth_token

    assert token is not None
    assert token.get_secret_value() == "invented-token"
    assert "invented-token" not in repr(settings)


def test_a_secret_comes_from_a_file_of_its_own_without_the_line_end(load: Load, tmp_path: Path) -> None:
    write_secret(tmp_path / "smtp.secret", "invented-password\n")
    password = load('[transports.email]\npassword_file = "smtp.secret"').transports[Channel.EMAIL].password

    assert password is not None
    assert password.get_secret_value() == "invented-password"


def test_a_database_address_with_a_password_comes_from_a_file_and_never_shows(load: Load, tmp_path: Path) -> None:
    write_secret(tmp_path / "url.secret", "postgresql://planner:invented@localhost/plan")
    settings = load('[database]\nurl_file = "url.secret"')

    assert settings.database.url == "postgresql://planner:invented@localhost/plan"
    assert "invented" not in repr(settings)


def test_a_variable_wins_over_a_file_of_secrets(load: Load) -> None:
    settings = load(
        '[database]\nurl_file = "missing.secret"', REMINDERS_DATABASE__URL="postgresql://planner@localhost/plan"
    )

    assert settings.database.url == "postgresql://planner@localhost/plan"


def test_the_recipients_of_a_pilot_never_show(load: Load) -> None:
    assert "555" not in repr(load('[worker]\nonly_recipients = ["+12125550123"]').worker)


@pytest.mark.parametrize(
    ("more", "key", "way_out"),
    [
        (
            "[transports.sms]\nauth_token = 'invented'",
            "transports.sms.auth_token",
            "REMINDERS_TRANSPORTS__SMS__AUTH_TOKEN",
        ),
        ("[transports.email]\npassword = 'invented'", "transports.email.password", "password_file"),
        ("[database]\nurl = 'postgresql://planner:invented@db/plan'", "database.url", "REMINDERS_DATABASE__URL"),
        ("[database]\nurl = 'postgresql://db/plan?password=invented'", "database.url", "url_file"),
    ],
)
def test_a_secret_in_the_settings_file_is_refused_with_the_way_out(
    refusal: Callable[..., str], more: str, key: str, way_out: str
) -> None:
    line = refusal(more)

    assert line.startswith(f"reminders.toml: {key}: ")
    assert way_out in line
    assert "invented" not in line


@pytest.mark.parametrize(
    ("content", "fault"),
    [(None, "cannot be read"), (b"", "is empty"), (b"\xff", "must hold one line of text")],
    ids=["missing", "empty", "binary"],
)
def test_a_file_of_secrets_that_holds_none_is_refused(
    refusal: Callable[..., str], tmp_path: Path, content: bytes | None, fault: str
) -> None:
    if content is not None:
        write_secret(tmp_path / "token", content)
    line = refusal('[transports.sms]\nauth_token_file = "token"')

    assert line.startswith("reminders.toml: transports.sms.auth_token_file: ")
    assert fault in line


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ('[transports.sms]\nauth_token_file = "secret"', "transports.sms.auth_token_file"),
        ('[transports.email]\npassword_file = "secret"', "transports.email.password_file"),
        ('[database]\nurl_file = "secret"', "database.url_file"),
    ],
)
def test_a_file_of_secrets_that_others_may_read_is_refused(
    refusal: Callable[..., str], tmp_path: Path, more: str, key: str
) -> None:
    file = write_secret(tmp_path / "secret", "postgresql://localhost/plan", mode=0o644)

    assert refusal(more) == (f"reminders.toml: {key}: the file it names is open to other accounts: chmod 600 {file}")


def test_two_homes_of_one_address_are_refused(refusal: Callable[..., str]) -> None:
    line = refusal('[database]\nurl = "sqlite:///plan.db"\nurl_file = "url.secret"')

    assert line == "reminders.toml: database.url_file: url is given as well; keep one of the two"


# --- what is refused, and how -----------------------------------------------------------------

BY_KEY = {
    "a misspelled table": (
        "[transport.sms]\nkind = 'outbox'",
        "transport: is not a setting; did you mean 'transports'?",
    ),
    "a misspelled key": ("holiday = 'US-NY'", "sites.main.holiday: is not a setting; did you mean 'holidays'?"),
    "a stranger of a key": ("[web]\nx = 1", "web.x: is not a setting; known: accept_no_replies, public_url"),
    "an unknown channel": ("[transports.fax]", "transports.fax: Input should be 'sms', 'email' or 'voice'"),
    "a table that is none": ("[transports]\nsms = 'outbox'", "transports.sms: must be a table"),
    "tables that are none": ("closed = 3", "sites.main.closed: must be a list"),
    "a calendar's slip": ("holidays = 'us-ny'", "sites.main.holidays: must be a country"),
    "a day twice": (
        "closed = [2026-12-24]\nopen = [2026-12-24]",
        "sites.main: 2026-12-24 stands under closed and under",
    ),
    "a language in full": ("[sites.main.texts.english]", "sites.main.texts.english: must be a language of two letters"),
    "an empty line": ("[sites.main.texts.en]\nfasting = ' '", "sites.main.texts.en.fasting: must be one line"),
    "a foreign database": ("[database]\nurl = 'mysql://db/plan'", "database.url: give sqlite:///FILE or postgresql://"),
    "an open address": ("[web]\npublic_url = 'http://reminders.example'", "web.public_url: must start with https://"),
    "no number": ("[worker]\nonly_recipients = ['ana']", "worker.only_recipients.0: must be a valid phone number"),
    "no mailbox": ("[worker]\nonly_recipients = ['ana@home']", "worker.only_recipients.0: must be an e-mail address"),
    "no senders": ("[worker]\nsenders = 0", "worker.senders: Input should be greater than or equal to 1"),
    "a long call": (
        "[transports.sms]\ntimeout_seconds = 60",
        "transports.sms.timeout_seconds: must be less than worker.",
    ),
}


@pytest.mark.parametrize(("more", "line"), BY_KEY.values(), ids=BY_KEY.keys())
def test_a_mistake_is_one_line_that_names_the_key_and_the_right_form(
    refusal: Callable[..., str], more: str, line: str
) -> None:
    answer = refusal(more)

    assert answer.startswith(f"reminders.toml: {line}") or f": {line}" in answer
    assert "\n" not in answer


@pytest.mark.parametrize("phone", ["212-555-0123", "+1 212 555 0123", "+999123", "call us"])
def test_a_phone_that_a_network_would_not_take_is_refused(refusal: Callable[..., str], phone: str) -> None:
    line = refusal(site=SITE.replace("+12125550123", phone))

    assert line.startswith("reminders.toml: sites.main.phone: must be a valid phone number")
    assert phone not in line


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("America/NewYork", "did you mean 'America/New_York'?"),
        ("America/New York", "did you mean 'America/New_York'?"),
        ("EST", "write it like 'America/New_York'"),
        ("America", "write it like 'America/New_York'"),
        ("../etc/passwd", "write it like 'America/New_York'"),
    ],
)
def test_what_is_no_time_zone_is_refused_with_the_nearest(refusal: Callable[..., str], zone: str, hint: str) -> None:
    line = refusal(site=SITE.replace("America/New_York", zone))

    assert line == f"reminders.toml: sites.main.time_zone: is not a time zone; {hint}"


def test_what_is_missing_is_named(refusal: Callable[..., str]) -> None:
    assert refusal(site=SITE.replace("address", "# address")) == (
        "reminders.toml: sites.main.address: is missing; it is needed"
    )


@pytest.mark.parametrize(
    ("mine", "longest"), [("Example Radiology", 30), ("1 Example Street, New York", 80)], ids=["name", "address"]
)
def test_what_would_break_a_text_message_in_two_is_refused(
    load: Load, refusal: Callable[..., str], mine: str, longest: int
) -> None:
    assert load(site=SITE.replace(mine, "R" * longest)).sites
    assert f"at most {longest} characters" in refusal(site=SITE.replace(mine, "R" * (longest + 1)))


def test_the_fasting_rule_is_as_long_as_the_texts_were_counted_with(refusal: Callable[..., str]) -> None:
    rule = "x" * (LONGEST_FASTING_RULE + 1)

    assert f"at most {LONGEST_FASTING_RULE} characters" in refusal(f'[sites.main.texts.en]\nfasting = "{rule}"')


def test_settings_without_a_site_are_refused(refusal: Callable[..., str]) -> None:
    assert refusal(site="sites = {}") == "reminders.toml: sites: needs at least one"


def test_the_first_of_many_mistakes_is_told_with_their_count(refusal: Callable[..., str]) -> None:
    assert refusal(site="[sites.main]\nname = 'A'").endswith("(and 2 more)")


def test_a_mistake_in_a_variable_names_the_variable(refusal: Callable[..., str]) -> None:
    assert refusal(REMINDERS_WORKER__SENDERS="many").startswith(
        "REMINDERS_WORKER__SENDERS in the environment: worker.senders: "
    )


def test_a_misspelled_variable_names_the_nearest_setting(refusal: Callable[..., str]) -> None:
    assert refusal(REMINDERS_DATABSE__URL="sqlite://") == (
        "REMINDERS_DATABSE__URL in the environment: databse: is not a setting; did you mean 'database'?"
    )


def test_a_broken_list_in_a_variable_is_refused_as_no_list(refusal: Callable[..., str]) -> None:
    assert "must be a list" in refusal(REMINDERS_WORKER__ONLY_RECIPIENTS='["+12125550123"')


@pytest.mark.parametrize("above", ["worker = 3", "[worker]\nsenders = 4"])
def test_a_variable_below_what_is_no_table_is_refused(refusal: Callable[..., str], above: str) -> None:
    assert "worker" in refusal(site=above + "\n" + SITE, REMINDERS_WORKER__SENDERS__MOST="3")


@pytest.mark.parametrize("table", ["transports", "database"])
def test_a_table_that_is_a_number_is_refused(refusal: Callable[..., str], table: str) -> None:
    assert refusal(site=f"{table} = 3\n{SITE}") == f"reminders.toml: {table}: must be a table"


def test_a_missing_file_is_answered_with_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: there is no such file; `reminders init` makes one"):
        load_settings(tmp_path / "nowhere.toml", {})


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path, {})


@pytest.mark.parametrize(("content", "fault"), [(b"a = = 1", "not valid TOML"), (b"a = '\xff'", "UTF-8")])
def test_a_file_that_cannot_be_understood_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "reminders.toml").write_bytes(content)

    with pytest.raises(ConfigurationError, match=fault):
        load_settings(tmp_path / "reminders.toml", {})
