"""What goes wrong in a rehearsal, and how often: plain tables, one for each answer to `--faults`.

The rule: each fault has a name, and is counted when it really happens; one that never happens proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

CALLS = (
    "busy", "unreachable", "answer lost", "lost before", "broken transport", "message refused",
)  # fmt: skip
"""What can become of one call, beside a plain yes."""
RECEIPTS = (
    "receipt late", "receipt repeated", "receipt reordered", "receipt missing", "receipt first", "undelivered",
    "number gone", "delivered after all", "filtered",
)  # fmt: skip
"""What can become of the receipts of a message that was taken."""
LINES = ("crash before the call", "crash after the call", "frozen", "two workers", "changed in flight")
"""What can happen to a worker while its call is on the line."""
TIMES = ("misconfigured", "away", "worker off", "worker off for days", "clock forward", "disk full")
"""What happens now and then, for a time."""
NUMBERS = ("bad number", "landline", "opted out at the carrier")
"""What is wrong with a patient's number, which the hospital does not know."""
CHANGES = (
    "moved", "moved near", "moved back", "cancelled", "booked again", "end corrected", "not done", "ordered anew",
    "new phone", "moved house", "stopped texts", "red flag", "visit booked", "arrival", "caregiver",
)  # fmt: skip
"""What the hospital and its patients do besides booking and completing."""
OTHERS = ("list lags", "late answer", "clock behind")
"""What follows from the others."""
EVERY = (*CALLS, *RECEIPTS, *LINES, *TIMES, *NUMBERS, *CHANGES, *OTHERS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mix:
    """How often each thing goes wrong.

    `calls`, `receipts` and `lines`: the chance for each call or message. `times`: how often in 60 days. `numbers`:
    the chance for each patient. `skew_seconds`: how far the clock of a worker may be behind.
    """

    calls: Mapping[str, float] = field(default_factory=dict)
    receipts: Mapping[str, float] = field(default_factory=dict)
    lines: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    skew_seconds: int = 0
    workers: int = 1
    approved_late: bool = False


NONE = Mix()
SOME = Mix(
    calls={"busy": 0.01, "unreachable": 0.005, "answer lost": 0.003, "message refused": 0.002},
    receipts={"receipt late": 0.02, "receipt repeated": 0.02, "receipt reordered": 0.02, "receipt missing": 0.005}
    | {"undelivered": 0.02, "number gone": 0.003, "delivered after all": 0.002},
    lines={"crash after the call": 0.001, "crash before the call": 0.001},
    times={"away": 1, "worker off": 1},
    numbers={"landline": 0.05, "bad number": 0.02, "opted out at the carrier": 0.01},
    workers=2,
)
ALL = Mix(
    calls=dict.fromkeys(CALLS, 0.03),
    receipts=dict.fromkeys(RECEIPTS, 0.05) | {"delivered after all": 0.2, "filtered": 0.05},
    lines=dict.fromkeys(LINES, 0.035),
    times={"misconfigured": 8, "away": 4, "worker off": 4, "worker off for days": 3, "clock forward": 4}
    | {"disk full": 6},
    numbers=dict.fromkeys(NUMBERS, 0.12),
    skew_seconds=90,
    workers=3,
    approved_late=True,
)
MIXES: Mapping[str, Mix] = {"none": NONE, "some": SOME, "all": ALL}
