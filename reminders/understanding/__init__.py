"""What a patient's reply says, as far as a machine may tell: `read_reply` reads it, a `Reading` is what it says.

The rule: it is pure, and nothing outside knows the tables it reads by.
"""

from reminders.understanding.reading import Reading, read_reply

__all__ = ["Reading", "read_reply"]
