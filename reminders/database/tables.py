"""The tables. A change here needs a migration: a test compares the two on both databases.

The rule: patient data stands only in columns marked "sealed" (ciphertext) or "keyed" (keyed hash); states are
words that the database itself checks; what must never happen twice is refused by a unique index, not by care.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from reminders.database.columns import enrollment_column, metadata, one_of, partial
from reminders.database.reply_tables import answers, caregivers, hook_events, opt_outs, replies
from reminders.database.types import Json, RowId, UtcDateTime
from reminders.lifecycle import DeliveryState, State

__all__ = [
    "answers", "approvals", "caregivers", "consents", "deliveries", "enrollments", "epochs", "events", "heartbeats",
    "holds", "hook_events", "metadata", "opt_outs", "pauses", "protocols", "reminders", "replies", "reports",
    "senders", "takes", "tasks",
]  # fmt: skip

ENROLLMENT_STATES = ("active", "completed", "cancelled", "ended")
TASK_STATES = ("open", "done")

protocols = Table(
    "protocols",
    metadata,
    Column("hash", Text, primary_key=True),  # of the files' content
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("files", Json, nullable=False),  # {file name: content}, so that an old plan can be read again
    Column("recorded_at", UtcDateTime, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Text, nullable=False),  # protocol, medication, ...
    Column("name", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "name", "content_hash"),
    sqlite_autoincrement=True,
)

enrollments = Table(
    "enrollments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("protocol_hash", Text, ForeignKey("protocols.hash"), nullable=False),
    Column("language", Text, nullable=False),
    Column("zone", Text, nullable=False),  # the patient's
    Column("detailed", Boolean, nullable=False),
    Column("sedation", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("start_at", UtcDateTime, nullable=False),
    Column("hour_known", Boolean, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("visit_at", UtcDateTime),
    Column("arrival_at", UtcDateTime),
    Column("enrolled_at", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("1")),  # rises with each change
    Column("cancelled_at", UtcDateTime),
    Column("cancel_reason", Text),
    Column("name", LargeBinary, nullable=False),  # sealed, as the next three
    Column("phone", LargeBinary),
    Column("email", LargeBinary),
    Column("mrn", LargeBinary),
    Column("phone_lookup", Text),  # keyed, as the next four
    Column("email_lookup", Text),
    Column("mrn_lookup", Text),
    Column("same_record", Text),  # site, date and record number
    Column("same_contact", Text, nullable=False),  # site, date, name and phone
    one_of("status", ENROLLMENT_STATES),
)
Index(None, enrollments.c.site, enrollments.c.status, enrollments.c.start_at)
Index(None, enrollments.c.same_contact)
Index(None, enrollments.c.phone_lookup)
Index(None, enrollments.c.email_lookup)
Index(None, enrollments.c.mrn_lookup)
partial(
    "uq_enrollments_same_record",
    enrollments.c.same_record,
    "status <> 'cancelled' AND same_record IS NOT NULL",
    unique=True,
)

consents = Table(
    "consents",
    metadata,
    Column("id", RowId, primary_key=True),
    enrollment_column(),
    Column("channel", Text, nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("detailed", Boolean, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_by", Text),
    Column("closed_reason", Text),
    sqlite_autoincrement=True,
)
Index(None, consents.c.enrollment)
Index(
    "uq_consents_open",
    consents.c.enrollment,
    consents.c.channel,
    unique=True,
    sqlite_where=text("closed_at IS NULL"),
    postgresql_where=text("closed_at IS NULL"),
)

holds = Table(
    "holds",
    metadata,
    enrollment_column(primary_key=True),
    Column("drug", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # the order in which they were given
    Column("days", Integer, nullable=False),  # without the drug before the procedure
    Column("resume_days", Integer),
    Column("ordered_by", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False),  # not since a change that contradicted it
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_by", Text, nullable=False),
)

takes = Table(
    "takes",
    metadata,
    enrollment_column(primary_key=True),
    Column("drug", Text, primary_key=True),
    Column("recorded_at", UtcDateTime, nullable=False),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", RowId, primary_key=True),
    enrollment_column(),
    Column("key", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("position", Integer, nullable=False),  # in the protocol's table
    Column("round", Integer, nullable=False, server_default=text("1")),
    Column("revision", Integer, nullable=False),  # the enrollment's, when this was planned
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("send_at", UtcDateTime),  # planned
    Column("due_at", UtcDateTime),  # when to look at it next: send_at, or later after a retry
    Column("not_before", UtcDateTime),
    Column("not_after", UtcDateTime),
    Column("zone", Text, nullable=False),
    Column("channels", Json, nullable=False),
    Column("channel", Text),  # the current one
    Column("waits_for", Json, nullable=False),
    Column("why", Json, nullable=False),
    Column("drug", Text),
    Column("copy_of", Text),  # another reminder's key
    Column("doubted_drugs", Json),  # of a correction: the drugs whose announced plan it says to wait with
    Column("late", Boolean, nullable=False),
    Column("recipient", Text),  # a caregiver's label; None is the patient
    Column("joins", Text),  # reminders of an enrollment with one word here leave as one message
    Column("about", Text),  # the reply that a response or a staff text answers
    Column("content", LargeBinary),  # sealed: staff's own words
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("worker", Text),
    Column("lease_until", UtcDateTime),
    Column("urgency", Integer, nullable=False, server_default=text("1")),  # 0 leaves before whatever else is due
    Column("changed_at", UtcDateTime, nullable=False),
    one_of("state", State),
    UniqueConstraint("enrollment", "key", "round"),  # its index also finds an enrollment's reminders
    sqlite_autoincrement=True,
)
# With the number: thousands are due at the same instant, and no claim is to sort them all for its few.
partial("ix_reminders_due", (reminders.c.due_at, reminders.c.id), "state = 'planned'")
partial("ix_reminders_waiting", (reminders.c.channel, reminders.c.due_at, reminders.c.id), "state = 'planned'")
partial("ix_reminders_urgent", reminders.c.due_at, "state = 'planned' AND urgency = 0")
partial("ix_reminders_ending", reminders.c.not_after, "state = 'planned'")
partial("ix_reminders_leased", reminders.c.lease_until, "state = 'sending'")
partial("ix_reminders_held", reminders.c.not_after, "state = 'held'")

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reminder", RowId, ForeignKey("reminders.id"), nullable=False),
    enrollment_column(),
    Column("channel", Text, nullable=False),
    Column("transport", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("recipient", LargeBinary, nullable=False),  # sealed
    Column("content", LargeBinary, nullable=False),  # sealed
    Column("content_hash", Text, nullable=False),  # keyed
    Column("stated", Json, nullable=False),  # the dates and orders the text states, to tell when they become wrong
    Column("intended_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("provider_id", Text),
    Column("code", Text),
    Column("reason", Text),
    Column("segments", Integer),
    Column("recipient_lookup", Text),  # keyed
    Column("discreet", LargeBinary),  # sealed: what an answering machine may hear
    Column("leader", Text),  # the delivery in whose message this one travels
    Column("receipt", Text),  # the furthest a provider's receipts have gone
    Column("receipt_due_at", UtcDateTime),  # without a receipt by then it counts as not delivered
    Column("again_of", Text),  # the first attempt, which surely came to nothing and which this one repeats
    Column("looks", Integer, nullable=False, server_default=text("0")),  # how often the provider was asked about it
    Column("looked_at", UtcDateTime),
    one_of("state", DeliveryState),
)
Index(None, deliveries.c.reminder)
Index(None, deliveries.c.enrollment)
Index(None, deliveries.c.recipient_lookup, deliveries.c.intended_at)
Index(None, deliveries.c.intended_at)  # what left lately is looked over each minute
# Few travel in another's message, and an intent has no provider's id yet: what is in no index need not be kept there.
partial("ix_deliveries_provider_id", deliveries.c.provider_id, "provider_id IS NOT NULL")
partial("ix_deliveries_leader", deliveries.c.leader, "leader IS NOT NULL")
partial("ix_deliveries_receipt_due", deliveries.c.receipt_due_at, "state = 'accepted' AND receipt_due_at IS NOT NULL")
partial("ix_deliveries_unsettled", deliveries.c.intended_at, "state IN ('intended', 'unknown')")
# Nothing goes twice: a second call waits until the first surely came to nothing (not_sent, refused,
# undelivered, absent, abandoned).
partial(
    "uq_deliveries_live",
    deliveries.c.reminder,
    "state IN ('intended', 'unknown', 'accepted', 'delivered')",
    unique=True,
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", RowId, primary_key=True),
    enrollment_column(nullable=True),
    Column("site", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cause", Text, nullable=False, unique=True),  # never two tasks for one cause
    Column("reason", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("notified", Integer, nullable=False, server_default=text("0")),  # steps of the escalation list
    Column("done_at", UtcDateTime),
    Column("done_by", Text),
    Column("note", LargeBinary),  # sealed
    Column("about", Text),  # the reply it is about
    one_of("state", TASK_STATES),
    sqlite_autoincrement=True,
)
Index(None, tasks.c.state, tasks.c.due_at)
Index(None, tasks.c.enrollment)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    enrollment_column(nullable=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("note", LargeBinary),  # sealed
    sqlite_autoincrement=True,
)  # triggers in the first migration refuse every UPDATE and DELETE
Index(None, events.c.enrollment, events.c.id)

pauses = Table(
    "pauses",
    metadata,
    Column("scope", Text, primary_key=True),  # transport:sms, site:main, all
    Column("reason", Text, nullable=False),
    Column("paused_at", UtcDateTime, nullable=False),
    Column("paused_by", Text, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

senders = Table(
    "senders",
    metadata,
    Column("sender", Text, primary_key=True),  # a number of ours, or whatever a provider limits
    Column("free_at", UtcDateTime, nullable=False),  # until then its segments are given away
)

epochs = Table(
    "epochs",
    metadata,
    Column("store", Text, primary_key=True),  # random, made with the tables
    Column("number", BigInteger, nullable=False),  # rises while a worker lives; a lower one than outside is a backup
    Column("at", UtcDateTime, nullable=False),
    Column("lost_store", Text),  # of the three: how far a store had come of which this is an old backup
    Column("lost_number", BigInteger),
    Column("lost_at", UtcDateTime),
)

reports = Table(
    "reports",
    metadata,
    Column("site", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # the site's own date
    Column("due", Integer, nullable=False),
    Column("counts", Json, nullable=False),
    Column("differences", Json, nullable=False),
    Column("reported_at", UtcDateTime, nullable=False),
)
