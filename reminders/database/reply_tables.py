"""The tables of what comes back: caregivers who are told too, opt-outs, replies, answers, and the providers' events.

The rule is that of tables.py: patient data stands only in columns marked "sealed" or "keyed".
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from reminders.database.columns import enrollment_column, metadata, partial
from reminders.database.types import Json, RowId, UtcDateTime

caregivers = Table(
    "caregivers",
    metadata,
    enrollment_column(primary_key=True),
    Column("label", Text, primary_key=True),  # the part of a reminder's key behind the "@"
    Column("channel", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("steps", Json, nullable=False),  # the keys of the steps the patient agreed to share
    Column("name", LargeBinary, nullable=False),  # sealed, as the next two
    Column("phone", LargeBinary),
    Column("email", LargeBinary),
    Column("address_lookup", Text, nullable=False),  # keyed, as a patient's phone or e-mail
    Column("granted_at", UtcDateTime, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_by", Text),
    Column("closed_reason", Text),
)
Index(None, caregivers.c.address_lookup)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("address", Text, primary_key=True),  # keyed: whose number or mailbox it is
    Column("channel", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

replies = Table(
    "replies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("provider_id", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False),  # keyed: the number it came from
    Column("sender", LargeBinary, nullable=False),  # sealed, as the next
    Column("content", LargeBinary, nullable=False),
    Column("media", Integer, nullable=False),  # how many files came along; they are not fetched
    Column("received_at", UtcDateTime, nullable=False),
    Column("site", Text),
    enrollment_column(nullable=True),
    Column("meaning", Text, nullable=False),  # what the program made of it, in a word
    Column("response", Text),  # the response it was given
)
Index(None, replies.c.address, replies.c.received_at)
Index(None, replies.c.enrollment)

answers = Table(
    "answers",
    metadata,
    Column("id", RowId, primary_key=True),
    enrollment_column(),
    Column("reminder", RowId, ForeignKey("reminders.id"), nullable=False),  # which asked
    Column("question", Text, nullable=False),
    Column("value", Integer, nullable=False),
    Column("reply", Text, ForeignKey("replies.id")),
    Column("answered_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index(None, answers.c.enrollment)
Index(None, answers.c.reminder)

hook_events = Table(
    "hook_events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("status", Text, nullable=False),  # the provider's word
    Column("delivery", Text),
    Column("code", Text),
    Column("received_at", UtcDateTime, nullable=False),
    Column("applied_at", UtcDateTime),
    Column("outcome", Text),  # what it came to, in a word
    UniqueConstraint("provider", "provider_id", "status"),  # a repeat changes nothing
    sqlite_autoincrement=True,
)
partial("ix_hook_events_kept", hook_events.c.delivery, "applied_at IS NULL")
