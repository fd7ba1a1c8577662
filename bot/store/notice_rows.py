"""Notices as rows of the outbox, and rows as notices."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.domain.alerts import Reason, Told
from bot.domain.notices import Claim, Notice, Posted, Priority, Standing, Telling
from bot.store.alert_rows import told_of, told_values
from bot.store.records import OutboxRow


def wanted(notice: Notice) -> dict[str, Any]:
    """The columns that say what is wanted, and the values by which `outbox_sql.insert` finds the channel."""
    telling = notice.telling
    return {
        "key": notice.key,
        "to_channel": notice.channel,
        "of_root": notice.thread_of,
        "body": notice.body,
        "fingerprint": notice.fingerprint,
        "priority": notice.priority.value,
        "wanted_at": notice.wanted_at,
        "thread_of": notice.thread_of,
        "alert_id": telling.alert_id if telling else None,
        **told_values(telling.told if telling else None),
        "tellings": _written(notice.tellings) if notice.tellings else None,
    }


def fence_of(notice: Notice, under: str, holder: str) -> dict[str, str]:
    """The values of a write under a lease; `own_alert` is the alert whose own message the notice is."""
    own = notice.key.removeprefix("alert/") if notice.thread_of is None else notice.key
    return {"under": under, "holder": holder, "own_alert": "" if own == notice.key else own}


def claim_of(row: Row[Any]) -> Claim:
    return Claim(
        notice=_notice(row),
        attempts=row.attempts,
        unsure=row.unsure,
        posted_channel=row.posted_channel,
        ts=row.ts,
        thread_ts=row.thread_ts,
        first_tried_at=row.first_tried_at,
        number=row.claim_number,
    )


def outbox_row_of(row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        notice=_notice(row),
        standing=Standing(row.standing),
        attempts=row.attempts,
        unsure=row.unsure,
        posted=Posted(row.posted_channel, row.ts) if row.ts else None,
        last_error=row.last_error,
        sent_at=row.sent_at,
    )


def _notice(row: Row[Any]) -> Notice:
    told = told_of(row)
    return Notice(
        key=row.key,
        channel=row.channel,
        body=row.body,
        fingerprint=row.fingerprint,
        priority=Priority(row.priority),
        wanted_at=row.wanted_at,
        thread_of=row.thread_of,
        telling=Telling(row.alert_id, told) if told else None,
        tellings=_read(row.tellings) if row.tellings else (),
    )


def _written(tellings: Sequence[Telling]) -> str:
    return json.dumps(
        [
            [
                one.alert_id,
                one.told.reason,
                one.told.value,
                one.told.at.isoformat(),
                one.told.seq,
                one.told.reminders,
                one.told.handovers,
            ]
            for one in tellings
        ]
    )


def _read(text: str) -> tuple[Telling, ...]:
    return tuple(
        Telling(id, Told(Reason(reason), value, datetime.fromisoformat(at), *numbers))
        for id, reason, value, at, *numbers in json.loads(text)
    )
