"""`list`, `show` and `history`: what stands, in the contract's shape."""

import pytest
from freezegun.api import FrozenDateTimeFactory

from tests.reminders.cli.running import (
    UTC,
    WARFARIN,
    Cli,
    Installation,
    assert_is_task,
    assert_is_timeline,
    move_to,
)


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


# list


def test_without_patients_the_list_is_empty(cli: Cli, either_installation: Installation) -> None:
    assert cli.read("list") == {"enrollments": []}
    assert cli("list").out == "no enrollments yet\n"


def test_the_list_has_the_shape_of_the_contract(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    assert cli.read("list") == {
        "enrollments": [
            {
                "enrollment": enrolled,
                "name": "Pat Example",
                "procedure": "2026-12-08T14:00:00Z",
                "hour_known": True,
                "site": "main",
                "status": "active",
                "next": "2026-11-20T17:00:00Z",
            }
        ]
    }


def test_the_list_follows_the_procedures_dates(cli: Cli, either_installation: Installation) -> None:
    later, sooner = cli.enrolled_id(procedure="2026-12-15 09:00"), cli.enrolled_id(procedure="2026-12-08 09:00")
    assert [row["enrollment"] for row in cli.read("list")["enrollments"]] == [sooner, later]


def test_what_is_next_moves_on_with_what_was_sent(cli: Cli, installation: Installation) -> None:
    cli.enroll()
    cli.run_once()
    (row,) = cli.read("list")["enrollments"]
    assert row["next"] == "2026-11-24T15:00:00Z"


def test_a_cancelled_enrollment_stays_in_the_list_with_nothing_next(cli: Cli, installation: Installation) -> None:
    cli.read("cancel", cli.enrolled_id(), "--reason", "patient")
    (row,) = cli.read("list")["enrollments"]
    assert (row["status"], row["next"]) == ("cancelled", None)


def test_a_name_is_printed_as_it_stands(cli: Cli, installation: Installation) -> None:
    cli.enroll(name="Pat [/bold] [red]Example :smile: 🙂 Ñandú")
    assert "Pat [/bold] [red]Example :smile: 🙂 Ñandú" in cli("list").out
    assert cli.read("list")["enrollments"][0]["name"] == "Pat [/bold] [red]Example :smile: 🙂 Ñandú"


def test_a_procedure_without_an_hour_is_listed_by_its_day(cli: Cli, installation: Installation) -> None:
    cli.enroll(procedure="2026-12-08")
    said = cli("list").out
    assert "Tue 2026-12-08, hour not known yet" in said
    assert "07:00" not in said
    assert cli.read("list")["enrollments"][0]["hour_known"] is False


@pytest.fixture
def two_zones(installation: Installation) -> None:
    """A second site, `far`, on a clock of its own."""
    installation.add_settings('[sites.far]\nname = "Far"\nphone = "+12125550101"\naddress = "2 Example Street"\n')
    installation.add_settings('time_zone = "America/Los_Angeles"\n')


def test_where_sites_have_different_clocks_each_enrollment_is_listed_on_its_own(cli: Cli, two_zones: None) -> None:
    cli.enroll(site="main")
    cli.enroll(name="Sam Example", phone="+12125550124", site="far", procedure="2026-12-08 10:00")
    near, far = lines(cli("list").out)[1:]
    assert "Tue 2026-12-08 09:00 EST  main  active  Fri 2026-11-20 12:00 EST" in near
    assert "Tue 2026-12-08 10:00 PST  far   active  Fri 2026-11-20 09:00 PST" in far


def test_the_list_names_the_zone_where_the_patients_is_another(cli: Cli, installation: Installation) -> None:
    cli.enroll(zone="America/Chicago")
    cli.enroll(name="Sam Example", phone="+12125550124", procedure="2026-12-09 09:00")
    away, here = lines(cli("list").out)[1:]
    assert "Tue 2026-12-08 09:00 EST  main  active  Fri 2026-11-20 12:00 EST" in away
    assert "EST" not in here


def test_where_sites_have_different_clocks_each_task_is_due_on_its_own(cli: Cli, two_zones: None) -> None:
    cli.enroll(site="main", takes="warfarin")
    cli.enroll(name="Sam Example", phone="+12125550124", site="far", takes="warfarin")
    near, far = lines(cli("tasks").out)[1:3]
    assert "Mon 2026-11-23 12:00 EST" in near
    assert "Mon 2026-11-23 12:00 PST" in far


def test_a_day_without_an_hour_is_the_sites_also_where_the_sites_have_different_clocks(
    cli: Cli, two_zones: None
) -> None:
    cli.enroll(procedure="2026-12-08", site="far")
    assert "Tue 2026-12-08, hour not known yet" in cli("list").out


# show


def test_show_has_the_shape_of_the_contract(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id(**WARFARIN, takes="clopidogrel")
    document = cli.read("show", enrolled)
    assert document["enrollment"] == enrolled
    assert_is_timeline(document["timeline"], "state", "reason", "round", "deliveries")
    for task in document["tasks"]:
        assert_is_task(task)
    assert [task["kind"] for task in document["tasks"]] == ["order-missing", "two-blood-thinners"]


def test_show_tells_what_was_agreed_and_ordered_but_no_address(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(
        **WARFARIN, email="pat@example.org", consent="sms,email", zone="America/Chicago", language="es", detailed=True
    )
    found = cli.read("show", enrolled)
    own = {name: found[name] for name in found if name not in ("enrollment", "timeline", "tasks")}
    assert own == {
        "name": "Pat Example",
        "procedure": "2026-12-08T14:00:00Z",
        "hour_known": True,
        "arrival": None,
        "visit": None,
        "site": "main",
        "zone": "America/Chicago",
        "language": "es",
        "status": "active",
        "sedation": "moderate",
        "detailed": True,
        "consent": ["sms", "email"],
        "holds": [{"drug": "warfarin", "days": 5, "resume_days": 1, "ordered_by": "Dr. Example"}],
        "takes": [],
        "caregivers": [],
    }


def test_the_plan_shown_is_the_plan_that_enroll_answered(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enroll(**WARFARIN, zone="America/Chicago")
    shown = cli.read("show", enrolled["enrollment"])["timeline"]
    more = ("state", "reason", "round", "deliveries")
    plain = [{key: value for key, value in r.items() if key not in more} for r in shown["reminders"]]
    assert shown | {"reminders": plain} == enrolled["timeline"]


def test_what_was_sent_shows_its_delivery(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    cli.run_once()
    welcome = cli.read("show", enrolled)["timeline"]["reminders"][0]
    (delivery,) = welcome["deliveries"]
    assert (welcome["key"], welcome["state"], welcome["reason"], welcome["round"]) == ("welcome", "sent", None, 1)
    assert delivery["provider_id"] == delivery["delivery"]
    assert UTC.fullmatch(delivery["intended_at"])
    assert {name: delivery[name] for name in ("channel", "transport", "state", "code", "reason")} == {
        "channel": "sms",
        "transport": "outbox",
        "state": "accepted",
        "code": None,
        "reason": None,
    }


def test_what_ended_unsent_says_why(cli: Cli, installation: Installation) -> None:
    reminders = cli.read("show", cli.enrolled_id())["timeline"]["reminders"]
    (skipped,) = [reminder for reminder in reminders if reminder["status"] == "skipped"]
    assert (skipped["key"], skipped["state"], skipped["send_at"]) == ("day-of", "skipped", None)
    assert skipped["reason"].startswith("nothing fits ")


def test_what_waits_for_staff_is_held_and_says_for_what(
    cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory
) -> None:
    enrolled = cli.enrolled_id()
    move_to(at_noon, "2026-12-08 13:00")
    cli.run_once()
    held = {r["key"]: r for r in cli.read("show", enrolled)["timeline"]["reminders"]}["after-care"]
    assert (held["status"], held["state"], held["waits_for"]) == ("planned", "held", ["completed"])
    assert held["reason"] == "waits until recorded: completed"


def test_for_people_the_enrollment_is_told_in_full(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(
        hold=["warfarin=5", "clopidogrel=7"],
        resume="warfarin=1",
        ordered_by="Dr. [Example]",
        procedure="2026-11-24 09:00",
    )
    said = lines(cli("show", enrolled).out)
    assert said[0] == f"{enrolled}  Pat Example  active"
    assert said[1] == "procedure Tue 2026-11-24 09:00 at main, language en"
    assert "hold warfarin 5 day(s) by Dr. [Example], resume after 1 day(s)" in said
    assert "hold clopidogrel 7 day(s) by Dr. [Example], no resume order" in said
    assert "Mon 2026-11-23 10:00  arrival-call      planned  sms" in said
    assert "-                     stop:warfarin     MISSED   sms" in said
    assert any(line.startswith("stop:warfarin: its time has passed") for line in said)
    assert any("URGENT missed" in line for line in said)


def test_what_nobody_booked_is_shown_as_assumed(cli: Cli, installation: Installation) -> None:
    said = lines(cli("show", cli.enrolled_id(procedure="2026-12-08")).out)
    assert said[1] == "procedure Tue 2026-12-08, hour not known yet, at main, language en"
    assert said[4:7] == [
        "  start     Tue 2026-12-08 07:00 (assumed, hour not known yet)",
        "  end       Tue 2026-12-08 08:00 (assumed, hour not known yet)",
        "  visit     Fri 2027-01-08 09:00 (assumed, not booked)",
    ]


def test_a_recorded_end_is_not_assumed(cli: Cli, installation: Installation, at_noon: FrozenDateTimeFactory) -> None:
    enrolled = cli.enrolled_id(procedure="2026-12-08")
    move_to(at_noon, "2026-12-08 13:00")
    cli.read("complete", enrolled, "--ended-at", "2026-12-08 10:10")
    assert "  end       Tue 2026-12-08 10:10" in lines(cli("show", enrolled).out)


def test_what_is_booked_is_shown_without_a_remark(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(visit="2027-01-11 10:30")
    assert "assumed" not in cli("show", enrolled).out
    assert cli.read("show", enrolled)["visit"] == "2027-01-11T15:30:00Z"


def test_a_recorded_arrival_time_is_shown(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id()
    assert "arrival   " not in cli("show", enrolled).out
    cli.read("arrival", enrolled, "--at", "07:30")
    assert lines(cli("show", enrolled).out)[2] == "arrival   Tue 2026-12-08 07:30"
    assert cli.read("show", enrolled)["arrival"] == "2026-12-08T12:30:00Z"


# history


def test_history_says_who_did_what_and_every_call(cli: Cli, either_installation: Installation) -> None:
    enrolled = cli.enrolled_id(**WARFARIN, by="Chris Coordinator")
    cli.run_once()
    cli.read("cancel", enrolled, "--reason", "other", "--note", "moved abroad", "--by", "Sam Coordinator")
    document = cli.read("history", enrolled)
    assert list(document) == ["enrollment", "events", "deliveries"]
    first, second = document["events"]
    assert (first["by"], first["action"], first["from"], first["note"]) == ("Chris Coordinator", "enroll", None, None)
    assert first["to"]["holds"] == {"warfarin": [5, 1, "Dr. Example"]}
    assert second == {
        "at": "2026-11-20T17:00:00Z",
        "by": "Sam Coordinator",
        "action": "cancel",
        "from": {"status": "active"},
        "to": {"status": "cancelled", "reason": "other"},
        "note": "moved abroad",
    }
    (call,) = document["deliveries"]
    assert (call["key"], call["channel"], call["transport"], call["state"]) == ("welcome", "sms", "outbox", "accepted")


def test_history_names_nobody_but_those_who_acted(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(email="pat@example.org", mrn="4711")
    cli.run_once()
    said = cli("history", enrolled, "--json").out
    assert not [word for word in ("Pat", "2125550123", "pat@", "4711") if word in said]


def test_for_people_history_is_two_tables(cli: Cli, installation: Installation) -> None:
    enrolled = cli.enrolled_id(by="Chris Coordinator")
    only_events = lines(cli("history", enrolled).out)
    assert only_events[0].split() == ["when", "who", "what"]
    assert not any("welcome" in line for line in only_events)
    cli.run_once()
    said = lines(cli("history", enrolled).out)
    assert said[1] == "Fri 2026-11-20 12:00 EST  Chris Coordinator  enroll"
    assert said[-1] == "Fri 2026-11-20 12:00 EST  welcome   sms      outbox  accepted"


def test_for_people_history_says_on_the_sites_clock_and_in_words_what_changed(
    cli: Cli, installation: Installation
) -> None:
    enrolled = cli.enrolled_id(**WARFARIN | {"procedure": "2026-12-08"})
    cli.read("reschedule", enrolled, "--to", "2026-12-15 09:00")
    cli.read("cancel", enrolled, "--reason", "other", "--note", "moved abroad")
    said = [line.strip() for line in cli("history", enrolled).out.splitlines()]
    assert "procedure: Tue 2026-12-08, hour not known" in said
    assert "hold warfarin: 5 days by Dr. Example, resume after 1 day" in said
    assert "procedure: was Tue 2026-12-08, hour not known; now Tue 2026-12-15 09:00 EST" in said
    assert said[-3:] == ["status: was active; now cancelled", "reason: other", "note: moved abroad"]
    assert not [line for line in said if "{" in line or "[" in line or "+00:00" in line]


def test_in_80_columns_the_lines_of_an_event_stay_below_each_other(
    cli: Cli, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes this for a terminal
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    said = lines(cli("history", cli.enrolled_id(**WARFARIN, by="Chris Coordinator")).out)
    below = len("Fri 2026-11-20 12:00 EST  Chris Coordinator  ")
    assert all(len(line) <= 80 for line in said)
    assert all(line[:below].isspace() for line in said[2:])


def test_what_belongs_to_a_site_that_has_gone_is_told_in_utc_where_the_others_share_no_clock(
    cli: Cli, installation: Installation, two_zones: None
) -> None:
    cli.enroll(site="main")
    installation.replace_setting("[sites.main]", "[sites.east]")
    assert "Tue 2026-12-08 14:00 UTC" in cli("list").out


def test_where_sites_have_different_clocks_an_enrollment_is_told_on_its_own(cli: Cli, two_zones: None) -> None:
    cli.enroll(site="main")
    (row,) = cli.read("list")["enrollments"]
    assert "procedure Tue 2026-12-08 09:00 at main, language en" in cli("show", row["enrollment"]).out
    assert "Fri 2026-11-20 12:00 EST" in cli("history", row["enrollment"]).out
    assert "corrects" not in (moved := cli("reschedule", row["enrollment"], "--to", "2026-12-15 09:00").out)
    assert "ride: Sat 2026-12-05 12:00 to Sat 2026-12-12 12:00" in moved


def test_where_the_patients_clock_differs_the_zone_stands_beside_every_time(
    cli: Cli, installation: Installation
) -> None:
    enrolled = cli.enrolled_id(**WARFARIN, zone="America/Chicago")
    said = lines(cli("show", enrolled).out)
    assert "procedure Tue 2026-12-08 09:00 EST at main, language en" in said
    assert "  start     Tue 2026-12-08 09:00 EST" in said
    assert any(line.startswith("Sat 2026-12-05 12:00 CST  ride ") for line in said)
    assert any(line.startswith("Mon 2026-12-07 17:00 EST  fasting ") for line in said)
    assert "ride: Sat 2026-12-05 13:00 EST to " in cli("reschedule", enrolled, "--to", "2026-12-15 09:00").out
