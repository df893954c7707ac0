"""One commit about one enrollment whose end is known, though the line to the database broke while it was made.

The rule: whether it was saved is read back by the event that it wrote, never guessed; where that cannot be, it is said.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from reminders import identifiers
from reminders.database import worklog
from reminders.database.engine import Proof, in_one_commit
from reminders.service import Service

Result = TypeVar("Result")


def save(service: Service, enrollment: str, act: Callable[[Connection], Result]) -> Result:
    """What `act` does to an enrollment, in one commit; it may be called anew where the first try was surely not saved.

    OperationError where nobody can be asked whether it was.
    """
    last: list[worklog.Mark | None] = []

    def marked(connection: Connection) -> Result:
        result = act(connection)
        last[:] = [worklog.last_mark(connection, enrollment)]
        return result

    proof = Proof(
        name=f"{enrollment}:{identifiers.delivery_id()}",
        found=lambda connection: last[0] is None or worklog.has_mark(connection, last[0]),
        look=f"reminders history {enrollment}",
    )
    return in_one_commit(service.engine, marked, sleep=service.clock.sleep, proof=proof)
