"""The tables of what Slack is told: notices, folds and digests."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Index, Integer, Table, Text, text

from bot.store.column_types import SERIAL, Utc, metadata, partial_index

# What is known of each digest: a digest is not due for a time before it was first seen.
digests = Table(
    "digests",
    metadata,
    Column("name", Text, primary_key=True),
    Column("first_seen_at", Utc, nullable=False),
    Column("last_due_at", Utc),
)

# The last business date that each digest covered, by project.
digest_dates = Table(
    "digest_dates",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("until", Date, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("seq", SERIAL, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    # What is wanted.
    Column("channel", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("wanted_at", Utc, nullable=False),
    Column("thread_of", Text),
    Column("alert_id", Text),
    Column("told_reason", Text),
    Column("told_value", Double),
    Column("told_at", Utc),
    Column("told_seq", Integer),
    Column("told_reminders", Integer),
    Column("told_handovers", Integer),
    Column("tellings", Text),  # JSON, of a notice that tells of many alerts
    # Its standing on the way to Slack.
    Column("standing", Text, nullable=False, server_default=text("'queued'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("unsure", Boolean, nullable=False, server_default=text("false")),
    Column("not_before", Utc),
    Column("claimed_by", Text),
    Column("claimed_until", Utc),
    Column("claim_number", BigInteger, nullable=False, server_default=text("0")),
    Column("first_tried_at", Utc),
    Column("last_error", Text, nullable=False, server_default=text("''")),
    # Where Slack shows it.
    Column("posted_channel", Text),
    Column("ts", Text),
    Column("thread_ts", Text),
    Column("sent_at", Utc),
    partial_index(
        "notices_to_send",
        "channel",
        "priority",
        "wanted_at",
        "seq",
        on_sqlite=text("standing <> 'sent'"),
        on_postgresql=text("standing <> 'sent'"),
    ),
    Index("notices_thread", "thread_of", "seq"),
    Index("notices_sent_at", "sent_at"),
    sqlite_autoincrement=True,  # a number is never used again: it tells the order
)

# A message that tells of many alerts of one rule in one channel.
folds = Table(
    "folds",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("closed_at", Utc),
    sqlite_autoincrement=True,  # a number is never used again: notice keys have it
)

# The alerts that a fold tells of. Whatever has left it has a message of its own.
fold_members = Table(
    "fold_members",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("fold", SERIAL, nullable=False),
    Column("joined_at", Utc, nullable=False),
    Column("left_at", Utc),
    Index("fold_members_fold", "fold"),
)
