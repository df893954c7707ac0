"""The files an operator deploys with say what the program knows: names of settings, longest calls, accounts."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from sqlalchemy import Engine, text

from reminders.clock import SystemClock
from reminders.database.engine import known_revisions
from reminders.database.vault import Vault
from reminders.settings import Settings, load_settings
from reminders.transports.smtp_session import TOTAL_SECONDS
from reminders.web.server import GRACE_SECONDS, WebServer
from tests.docs.reference import all_commands
from tests.end_to_end.dockerfile import ROOT, said, stages
from tests.reminders.builders import a_service, a_site
from tests.secret_file import write_secret

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if name != "database"}
BUILD, FINAL = stages(ROOT / "Dockerfile")
UNIT_FILE = ROOT / "deploy" / "reminders.service"
UNIT = UNIT_FILE.read_text("utf-8")
ALL_CREDENTIALS = re.sub(r"^#(?=LoadCredential=|Environment=)", "", UNIT, flags=re.MULTILINE)
URL = "postgresql://reminders:an-invented-password@database/reminders"
SECRETS = {"database_url": URL, "sms_auth_token": "an invented token", "email_password": "an invented password"}
SITE = "[sites.main]\n" + "\n".join(f'{key} = "{value}"' for key, value in a_site().items())
TRANSPORTS = """
[transports.sms]
kind = "twilio"
account_sid = "AC1"
from_number = "+12125550199"
{sms}

[transports.email]
kind = "smtp"
host = "relay.example.org"
sender = "reminders@example.org"
{email}
"""


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def told_by(environ: dict[str, str], folder: Path, *, sms: str = "", email: str = "") -> Settings:
    """What the program reads under an environment, with the secrets' files in a folder."""
    file = folder / "reminders.toml"
    file.write_text(SITE + TRANSPORTS.format(sms=sms, email=email))
    for name, secret in SECRETS.items():
        write_secret(folder / name, secret)
    return load_settings(file, environ)


def as_told(settings: Settings) -> tuple[str, ...]:
    """The secrets that arrived."""
    found = [settings.transports[channel] for channel in settings.transports]
    kept = [secret.get_secret_value() for each in found for secret in (each.auth_token, each.password) if secret]
    return (settings.database.url, *kept)


# docs/deploy.md


def test_every_log_line_an_operator_is_told_to_watch_for_is_one_the_program_writes() -> None:
    told = re.findall(r"^\| log: (.*?) \|", (ROOT / "docs" / "deploy.md").read_text("utf-8"), flags=re.MULTILINE)
    sources = "".join(file.read_text("utf-8") for file in (ROOT / "reminders").rglob("*.py"))
    written = set(re.findall(r'\blog\.error\(\s*"(\w+)"', sources))
    written |= set(re.findall(r'\blog\.error\("\w+" if [^"]+ else "(\w+)"', sources))

    assert {name for names in told for name in re.findall(r"`(\w+)`", names)} == written


# compose.yaml


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_nothing_listens_outside(name: str) -> None:
    service = COMPOSE["services"][name]

    assert not {"expose", "network_mode", "privileged"} & service.keys()
    assert service.get("ports", []) == (["127.0.0.1:8080:8080"] if name == "web" else [])
    assert name != "database" or service["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_secret_volume_and_network_a_service_names_is_there(name: str) -> None:
    service = COMPOSE["services"][name]
    volumes = {volume.partition(":")[0] for volume in service["volumes"] if not volume.startswith("./")}

    assert set(service["secrets"]) <= COMPOSE["secrets"].keys()
    assert volumes <= COMPOSE["volumes"].keys()
    assert set(service["networks"]) <= COMPOSE["networks"].keys()


def test_every_secret_is_a_file_that_never_enters_the_image_or_the_repository() -> None:
    files = [secret["file"] for secret in COMPOSE["secrets"].values()]

    assert {str(Path(file).parent) for file in files} == {"installation"}
    assert not [source for copy in said(BUILD, "COPY") for source in copy.split() if "installation" in source]
    assert "/installation/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_a_worker_starts_when_the_tables_are_up_to_date() -> None:
    worker, migrate = OURS["worker"], OURS["migrate"]

    assert worker["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert migrate["depends_on"]["database"] == {"condition": "service_healthy"}
    assert (migrate["command"], worker["command"]) == (["db", "upgrade"], ["run"])


def test_the_web_application_waits_for_its_tables_as_a_worker_does() -> None:
    assert OURS["web"]["depends_on"] == OURS["worker"]["depends_on"]


def test_the_web_application_listens_where_its_port_is_published_from() -> None:
    command = OURS["web"]["command"]
    [(_, _, inside)] = [port.split(":") for port in OURS["web"]["ports"]]
    given = all_commands()["reminders web"].make_context("web", list(command[1:])).params

    assert command[0] == "web"
    assert (given["host"], str(given["port"])) == ("0.0.0.0", inside)  # noqa: S104 - the container's own


@pytest.fixture
def database_kind() -> str:
    """How a container is asked whether it is well has nothing to do with where it stores."""
    return "sqlite"


@pytest.mark.parametrize(("revision", "healthy"), [(known_revisions()[-1], True), ("0001", False)])
def test_the_web_application_is_well_while_it_can_do_its_work(
    revision: str, healthy: bool, engine: Engine, vault: Vault
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    server = WebServer(a_service(engine, vault, SystemClock()), "127.0.0.1", 0)
    server.start()
    *asks, code = OURS["web"]["healthcheck"]["test"]
    try:
        done = subprocess.run([sys.executable, "-c", code.replace(":8080/", f":{server.port}/")], capture_output=True)
    finally:
        server.stop()

    assert asks == ["CMD", "python", "-c"]
    assert (done.returncode == 0) is healthy


def test_what_should_run_is_started_again_and_what_is_done_is_not() -> None:
    assert {name: service["restart"] for name, service in COMPOSE["services"].items()} == {
        "database": "unless-stopped",
        "migrate": "no",
        "worker": "unless-stopped",
        "web": "unless-stopped",
    }


def test_the_database_is_one_the_program_works_with() -> None:
    version = re.search(r"postgres:(\d+)", COMPOSE["services"]["database"]["image"])

    assert version is not None
    assert int(version[1]) >= 15


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_can_change_nothing_but_its_own_folder(name: str) -> None:
    service = OURS[name]

    assert service["read_only"]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == ["state:/var/lib/reminders"]


@pytest.mark.parametrize("name", OURS)
def test_every_container_of_ours_is_told_the_same(name: str) -> None:
    assert (OURS[name]["environment"], OURS[name]["secrets"]) == (
        OURS["worker"]["environment"],
        OURS["worker"]["secrets"],
    )


def test_the_environment_of_the_containers_leads_to_the_secrets(tmp_path: Path) -> None:
    environ = {
        name: value.replace("/run/secrets", str(tmp_path)) for name, value in OURS["worker"]["environment"].items()
    }
    settings = told_by(
        environ, tmp_path, sms='auth_token_file = "sms_auth_token"', email='password_file = "email_password"'
    )

    assert sorted(as_told(settings)) == sorted(SECRETS.values())
    assert settings.key_file == tmp_path / "reminders_key"
    assert set(SECRETS) | {"reminders_key"} == set(OURS["worker"]["secrets"])


# The time to finish


def test_a_worker_is_given_the_time_to_finish_its_longest_call() -> None:
    allowed = {
        "compose": seconds(OURS["worker"]["stop_grace_period"]),
        "systemd": seconds(unit()["Service"]["TimeoutStopSec"]),
    }

    assert {name: given > TOTAL_SECONDS + 15 for name, given in allowed.items()} == dict.fromkeys(allowed, True)


def test_requests_in_flight_are_given_the_time_to_finish() -> None:
    assert seconds(OURS["web"]["stop_grace_period"]) > GRACE_SECONDS
    assert seconds(unit()["Service"]["TimeoutStopSec"]) > TOTAL_SECONDS + GRACE_SECONDS  # one after the other


# Dockerfile


def test_the_last_image_runs_as_a_number_that_is_not_root() -> None:
    [user] = said(FINAL, "USER")

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_the_last_image_takes_the_finished_environment_and_no_tool() -> None:
    assert said(FINAL, "COPY") == ["--from=build /opt/reminders /opt/reminders"]
    assert any("pip uninstall" in line for line in said(FINAL, "RUN"))
    assert not [line for line in said(FINAL, "RUN") if re.search(r"\b(apt|pip install|gcc)\b", line)]


def test_every_requirement_is_installed_by_hash_and_none_is_compiled() -> None:
    installs = [line for line in said(BUILD, "RUN") if "install" in line and "-r " in line]

    assert len(installs) == 2
    assert all("--require-hashes" in line and "--only-binary :all:" in line for line in installs)


def test_what_the_image_is_built_from_is_what_the_builder_is_given() -> None:
    copied = {source.rstrip("/") for copy in said(BUILD, "COPY") for source in copy.split()[:-1]}
    given = {
        line.removeprefix("!").rstrip("/")
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }

    assert copied == given


# systemd


def unit() -> configparser.ConfigParser:
    """The unit; of a key that may stand several times, the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT)
    return parser


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd")
@pytest.mark.parametrize("text", [UNIT, ALL_CREDENTIALS], ids=["as shipped", "with credentials"])
def test_systemd_understands_every_line_of_the_unit(text: str, tmp_path: Path) -> None:
    file = tmp_path / UNIT_FILE.name
    file.write_text(text.replace("/opt/reminders/bin/reminders", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd")
def test_systemd_finds_the_service_well_confined(tmp_path: Path) -> None:
    file = tmp_path / UNIT_FILE.name
    file.write_text(UNIT.replace("/opt/reminders/bin/reminders", sys.executable))
    review = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(file)]  # 0 is best of 100
    done = subprocess.run(review, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    assert done.returncode == 0, done.stdout[-300:]


def test_the_units_own_lines_confine_it() -> None:
    service = unit()["Service"]

    assert {
        name: service[name] for name in ("User", "NoNewPrivileges", "ProtectSystem", "StateDirectory", "UMask")
    } == {
        "User": "reminders",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "StateDirectory": "reminders",
        "UMask": "0077",
    }


def test_the_unit_runs_worker_and_web_application() -> None:
    assert unit()["Service"]["ExecStart"] == "/opt/reminders/bin/reminders serve"


def test_a_wrong_setting_does_not_start_the_worker_again_and_again() -> None:
    service = unit()["Service"]

    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("always", "2")


def test_the_credentials_of_the_unit_lead_to_the_secrets(tmp_path: Path) -> None:
    environ = dict(re.findall(r"^#Environment=(\w+)=(\S+)$", UNIT, flags=re.MULTILINE))
    loaded = dict(re.findall(r"^#LoadCredential=(\w+):(\S+)$", UNIT, flags=re.MULTILINE))
    settings = told_by({name: value.replace("%d", str(tmp_path)) for name, value in environ.items()}, tmp_path)

    assert sorted(as_told(settings)) == sorted(SECRETS.values())
    assert loaded == {name: f"/etc/reminders/secrets/{name}" for name in SECRETS}
