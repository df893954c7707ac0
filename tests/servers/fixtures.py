"""The servers as fixtures; a conftest that wants them imports their names."""

from collections.abc import Iterator

import pytest

from tests.servers.certificates import Certificate, make_certificate
from tests.servers.mail import MailServer, mail_server
from tests.servers.twilio import TwilioServer, twilio_server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """What the servers of this test run show, for localhost and 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    """Twilio's API in clear text; set `base_url` to its `url`."""
    with twilio_server() as server:
        yield server


@pytest.fixture
def relay(certificate: Certificate) -> Iterator[MailServer]:
    """A mail server that demands STARTTLS and a log-in; trust `certificate.file` as `ca_file`."""
    with mail_server(starttls=certificate.server_context()) as server:
        yield server
