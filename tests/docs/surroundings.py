"""What stands around a story: the providers its messages go to are servers on this machine."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from tests.docs.packages import publish
from tests.servers.certificates import make_certificate
from tests.servers.mail import mail_server
from tests.servers.twilio import twilio_server


@contextmanager
def twilio(folder: Path) -> Iterator[Mapping[str, str]]:
    """Twilio's API; only the address differs from what the document tells."""
    with twilio_server() as server:
        yield {"REMINDERS_TRANSPORTS__SMS__BASE_URL": server.url}


@contextmanager
def relay(folder: Path) -> Iterator[Mapping[str, str]]:
    """A mail relay; its host, port and certificate differ from what the document tells."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate = make_certificate(folder)
    with mail_server(starttls=certificate.server_context()) as server:
        yield {
            "REMINDERS_TRANSPORTS__EMAIL__HOST": "localhost",
            "REMINDERS_TRANSPORTS__EMAIL__PORT": str(server.port),
            "REMINDERS_TRANSPORTS__EMAIL__CA_FILE": str(certificate.file),
        }


@contextmanager
def package(folder: Path) -> Iterator[Mapping[str, str]]:
    """A package of the reader's own, on Python's path instead of installed."""
    publish(folder)
    yield {"PYTHONPATH": f"{folder}:{folder.parent / STORY / 'hospital-gateway'}"}


SURROUNDINGS = {"first-text": twilio, "first-email": relay, "transport": package}
STORY = "story"  # the folder of the story, beside that of its surroundings


def around(story: str, folder: Path) -> AbstractContextManager[Mapping[str, str]]:
    """What a story's shell must know beyond the plain environment."""
    make = SURROUNDINGS.get(story)
    return nullcontext({}) if make is None else make(folder)
