"""Whether this installation does its work, in fixed words: for `/ready` and for whoever is woken by it.

The rule: no answer is a bad answer. Whether a process lives is another question, and so is whether it hears replies.
"""

from reminders.database import operating
from reminders.database.engine import current_revision, known_revisions, reading
from reminders.health.watching import SLOWEST_BEAT, Watchman, troubles_of
from reminders.logs import get_logger
from reminders.service import Service

DATABASE, TABLES, WORKER = "database", "tables", "worker"

log = get_logger(__name__)


def wanting(service: Service, watchman: Watchman | None = None) -> tuple[str, ...]:
    """What keeps the installation from its work; nothing where all is well.

    With a `watchman` its own process must move; without one some worker's heartbeat must be fresh, once one has run.
    """
    own = watchman.troubles() if watchman is not None else ()
    try:
        found = own + _of_store(service, any_worker=watchman is None)
    except Exception as error:  # whatever it is, the answer is no
        log.error("not_ready", error)
        found = (*own, DATABASE)
    return tuple(dict.fromkeys(found))


def _of_store(service: Service, *, any_worker: bool) -> tuple[str, ...]:
    if current_revision(service.engine) != known_revisions()[-1]:
        return (TABLES,)
    with reading(service.engine) as connection:
        troubles, seen = troubles_of(connection), operating.last_beat(connection)
    quiet = any_worker and seen is not None and service.clock.now() - seen >= SLOWEST_BEAT
    return (*troubles, *((WORKER,) if quiet else ()))
