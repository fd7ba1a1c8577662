"""The tables of alerts and of what people did about them: acts and silences."""

from sqlalchemy import Boolean, Column, Computed, Date, Double, Index, Integer, Table, Text, text

from bot.store.column_types import SERIAL, Utc, metadata, partial_index

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
    partial_index("alerts_unsettled", "id", on_sqlite=text("unsettled = 1"), on_postgresql=text("unsettled")),
    partial_index(
        "alerts_no_longer_told",
        "over_at",
        on_sqlite=text("no_longer_told = 1"),
        on_postgresql=text("no_longer_told"),
    ),
)

# Each action of a person, with its time and channel.
acts = Table(
    "acts",
    metadata,
    Column("id", SERIAL, primary_key=True),
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
    Column("id", SERIAL, primary_key=True),
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
