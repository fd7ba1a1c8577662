"""The tables, and the few column types and SQL functions that differ between SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.domain.model import COUNT_NAMES

# The revision this program was written for; migrations/versions holds the steps to it.
REVISION = 8
# The oldest revision whose program may work beside this one; the newest migration that sets it says why.
COMPATIBLE_FROM = 8

_NO_DATE = date.min


class Utc(TypeDecorator[datetime]):
    """An instant. SQLite keeps it as text with six decimals, so that text order is time order."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(26) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

    def result_processor(
        self, dialect: Dialect, coltype: Any
    ) -> Callable[[str | None], datetime | None] | None:
        """PostgreSQL's driver gives aware times; SQLAlchemy's own way costs twice the CPU."""
        return _instant if dialect.name == "sqlite" else None


def _instant(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(f"{kept}+00:00")


class BusinessDate(TypeDecorator[date]):
    """A business date. `all` has none: because a key cannot be NULL, it is kept as the earliest date."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date:
        return _NO_DATE if value is None else value

    def process_result_value(self, value: date | None, dialect: Dialect) -> date | None:
        return None if value == _NO_DATE else value


metadata = MetaData()


def _counts() -> list[Column[Any]]:
    return [Column(name, BigInteger) for name in COUNT_NAMES]


# A program of an older revision may work next to a newer schema if it is at least `compatible_from`.
compatibility = Table(
    "compatibility", metadata, Column("compatible_from", Integer, primary_key=True, autoincrement=False)
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Utc, nullable=False),
)

limits = Table(
    "limits",
    metadata,
    Column("credential", Text, primary_key=True),
    Column("next_at", Double, nullable=False),  # seconds since 1970 on the database's clock
)

reads = Table(
    "reads",
    metadata,
    Column("workspace_key", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("last_read_at", Utc),
    Column("last_date", Date),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("problem", Text, nullable=False, server_default=text("''")),
    Column("claimed_by", Text),
    Column("claimed_until", Utc),
    Column("claim_number", BigInteger, nullable=False, server_default=text("0")),
    Index("reads_due", "due_at"),
)

# The newest counts of each workspace, business date and scope.
snapshots = Table(
    "snapshots",
    metadata,
    Column("workspace_key", Text, primary_key=True),
    Column("business_date", BusinessDate, primary_key=True),
    Column("own", Boolean, primary_key=True),
    Column("read_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    *_counts(),
    Index("snapshots_read_at", "read_at"),
)

# Every change of the counts, to tell how a day went.
changes = Table(
    "changes",
    metadata,
    Column("workspace_key", Text, primary_key=True),
    Column("business_date", BusinessDate, primary_key=True),
    Column("own", Boolean, primary_key=True),
    Column("read_at", Utc, primary_key=True),
    *_counts(),
    Index("changes_read_at", "read_at"),
)

# True while Slack may still have to hear of an alert under any rule: see reason_to_tell().
_UNSETTLED = """
    state <> 'over'
    OR (told_reason IS NULL AND owed)
    OR (told_reason IS NOT NULL AND told_reason IN ('firing', 'worse', 'still firing'))
    OR (told_reason IS NOT NULL AND told_reason IN ('day ended', 'corrected') AND told_value <> value)
"""

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("episode", Integer, nullable=False),
    # What is true: written with the reading, only if the row was not written since it was read.
    Column("state", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("peak", Double, nullable=False),
    Column("since", Utc, nullable=False),
    Column("read_at", Utc, nullable=False),
    Column("breaches", Integer, nullable=False),
    Column("clears", Integer, nullable=False),
    Column("fired_at", Utc),
    Column("over_at", Utc),
    Column("ending", Text),
    Column("ended_value", Double),
    Column("changed_at", Utc),
    Column("detail", Text, nullable=False),
    Column("owed", Boolean, nullable=False),  # only ever becomes true
    # What Slack was told: written when a notice is confirmed.
    Column("told_reason", Text),
    Column("told_value", Double),
    Column("told_at", Utc),
    Column("told_seq", Integer),
    Column("told_reminders", Integer),
    Column("told_handovers", Integer),
    # What people said: written only if the alert still has the holder that the writer expects.
    Column("acknowledged_by", Text),
    Column("acknowledged_at", Utc),
    Column("handovers", Integer),  # counts the changes of hands after the first person took it
    Column("handed_by", Text),
    Column("handed_at", Utc),
    Column("handed_from", Text),
    # For these, `ending` is "day ended", which every version knows.
    Column("no_longer_told", Boolean),
    Column("done_by", Text),
    Column("done_at", Utc),
    # The kind of config edit that ended the alert; `ending` is "rule removed" for all of them.
    Column("edit", Text),
    # The terms of judgment; NULL for an alert that only an older version wrote.
    Column("metric", Text),
    Column("below", Boolean),
    Column("rule_limit", Double),
    Column("zone", Text),
    Column("workspace_id", Text),
    # The names of the jobs behind it, as JSON: written by look-ups while it fires, forgotten when it is over.
    Column("jobs", Text),
    Column("unsettled", Boolean, Computed(_UNSETTLED, persisted=True)),
    Index("alerts_subject", "subject", "business_date"),
    Index("alerts_date", "business_date"),
    Index("alerts_unsettled", "id", sqlite_where=text("unsettled = 1"), postgresql_where=text("unsettled")),
    Index(
        "alerts_no_longer_told",
        "over_at",
        sqlite_where=text("no_longer_told = 1"),
        postgresql_where=text("no_longer_told"),
    ),
)

# The names of the config's workspaces and projects, and the identity behind each name.
names = Table(
    "names",
    metadata,
    Column("name", Text, primary_key=True),
    Column("identity", Text, nullable=False),
)

_SERIAL = BigInteger().with_variant(Integer, "sqlite")

# Each action of a person, with its time and channel.
acts = Table(
    "acts",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("about", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("alert_id", Text),
    Column("detail", Text, nullable=False),
    Index("acts_at", "at"),
)

silences = Table(
    "silences",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("rule", Text),
    Column("subject", Text),
    Column("until", Utc, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("comment", Text, nullable=False),
    Column("name", Text),
    Column("worse_than", Double),
    Column("ended_by", Text),
    Column("ended_name", Text),
    Column("got_worse", Boolean),
    # A hash of the request: the same request twice is a single silence. NULL once it was ended early.
    Column("wish", Text),
    Index("silences_until", "until"),
    Index("silences_wish", "wish", unique=True),
)

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
    Column("seq", _SERIAL, primary_key=True),
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
    Index(
        "notices_to_send",
        "channel",
        "priority",
        "wanted_at",
        "seq",
        sqlite_where=text("standing <> 'sent'"),
        postgresql_where=text("standing <> 'sent'"),
    ),
    Index("notices_thread", "thread_of", "seq"),
    Index("notices_sent_at", "sent_at"),
    sqlite_autoincrement=True,  # a number is never used again: it tells the order
)

# A message that tells of many alerts of one rule in one channel.
folds = Table(
    "folds",
    metadata,
    Column("id", _SERIAL, primary_key=True),
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
    Column("fold", _SERIAL, nullable=False),
    Column("joined_at", Utc, nullable=False),
    Column("left_at", Utc),
    Index("fold_members_fold", "fold"),
)
