"""`pause` and `resume`, as the shell sees them, and what `doctor` says meanwhile."""

import pytest

from tests.reminders.cli.running import UTC, Cli, Installation, reads

SCOPES = [
    ((), "all", "everything"),
    (("--site", "main"), "site:main", "site main"),
    (("--transport", "email"), "transport:email", "the email transport"),
]


@pytest.mark.parametrize(("words", "scope", "what"), SCOPES, ids=lambda each: str(each))
def test_a_pause_and_its_end_have_one_shape(
    words: tuple[str, ...], scope: str, what: str, cli: Cli, either_installation: Installation
) -> None:
    paused = cli.read("pause", *words, "--reason", "drill", "--by", "Alex")
    assert list(paused) == ["scope", "paused", "by", "at", "reason"]
    assert UTC.fullmatch(paused["at"])
    assert paused == {
        "scope": scope,
        "paused": True,
        "by": "Alex",
        "at": "2026-11-20T17:00:00Z",
        "reason": "drill",
    }
    resumed = cli.read("resume", *words, "--by", "Sam")
    assert resumed == paused | {"paused": False, "by": "Sam", "reason": None}


@pytest.mark.parametrize(("words", "scope", "what"), SCOPES, ids=lambda each: str(each))
def test_for_people_each_command_says_what_it_did(
    words: tuple[str, ...], scope: str, what: str, cli: Cli, installation: Installation
) -> None:
    said = [
        cli(*line, *words)
        for line in (
            ("pause", "--reason", "drill", "--by", "Alex"),
            ("pause", "--by", "Sam"),
            ("resume",),
            ("resume",),
        )
    ]
    assert [(answer.code, answer.err) for answer in said] == [(0, "")] * 4
    assert [answer.out for answer in said] == [
        f"{what} is paused until `reminders resume`\n",
        f"{what} is paused already, by Alex since Fri 2026-11-20 12:00 EST: drill; nothing was changed\n",
        f"{what} is resumed\n",
        f"{what} is not paused: nothing was changed\n",
    ]


def test_what_is_paused_besides_is_named(cli: Cli, installation: Installation) -> None:
    cli.read("pause", "--site", "main", "--by", "Alex")
    assert cli("resume").err == "note: site main is paused by Alex\n"


def test_nothing_leaves_until_it_is_resumed(cli: Cli, either_installation: Installation) -> None:
    cli.enroll()
    cli.read("pause")
    assert cli.run_once()["sent"] == 0
    assert either_installation.sent == []


def test_a_pause_of_one_site_stops_that_site_alone(cli: Cli, either_installation: Installation) -> None:
    either_installation.add_settings(
        '[sites.far]\nname = "Far"\nphone = "+12125550101"\naddress = "2 Example Street"\n'
    )
    either_installation.add_settings('time_zone = "America/New_York"\n')
    cli.enroll(site="main")
    elsewhere = cli.enrolled_id(site="far")
    cli.read("pause", "--site", "main")
    assert cli.run_once()["sent"] == 1
    assert [message["enrollment"] for message in either_installation.sent] == [elsewhere]


@pytest.mark.parametrize(
    ("words", "check", "detail"),
    [
        ((), "pause all", "everything is paused by Alex: drill; end it with `reminders resume`"),
        (("--site", "main"), "pause site:main", "site main is paused by Alex: drill; end it with `reminders resume`"),
        (("--transport", "sms"), "transport sms", "paused by Alex: drill"),
    ],
    ids=str,
)
def test_the_doctor_shows_every_pause_as_something_to_mend(
    words: tuple[str, ...], check: str, detail: str, cli: Cli, installation: Installation
) -> None:
    cli.read("pause", *words, "--reason", "drill", "--by", "Alex")
    answer = cli("doctor")
    assert answer.code == 1
    assert [line for line in answer.out.splitlines() if line.startswith("MEND")] == [f"MEND {check}: {detail}"]


def test_the_doctor_shows_the_pause_of_a_transport_that_left_the_settings(cli: Cli, installation: Installation) -> None:
    cli.read("pause", "--transport", "email", "--by", "Alex")
    installation.replace_setting('[transports.email]\nkind = "outbox"\npath = "outbox.jsonl"\n', "")
    assert "MEND pause transport:email: the email transport is paused by Alex;" in cli("doctor").out
    assert cli("resume", "--transport", "email").out == "the email transport is resumed\n"


@pytest.mark.parametrize("command", ["pause", "resume"])
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--site", "mian"), "--site: 'mian' is not known; did you mean main?; it can be main"),
        (("--transport", "emial"), "--transport: 'emial' is not known; did you mean email?; it can be email, sms"),
        (("--transport", "voice"), "--transport: 'voice' is not known; it can be email, sms"),
        (("--site", "main", "--transport", "sms"), "--site: goes without --transport; …"),
        (("--by", ""), "--by: must not be empty"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_and_nothing_changes(
    command: str, words: tuple[str, ...], line: str, cli: Cli, either_installation: Installation
) -> None:
    before = either_installation.rows()
    refusal = cli(command, *words).refusal
    assert reads(refusal, line), refusal
    assert either_installation.rows() == before


def test_the_help_says_that_nothing_is_excepted(cli: Cli) -> None:
    told = " ".join(cli("pause", "--help").out.split())
    assert "not even an urgent text or the answer to an emergency word" in told
    assert "A call that a worker has already begun may still go out." in told
