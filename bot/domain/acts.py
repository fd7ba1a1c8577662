"""Acts: the record of what people did to alerts, silences and digests."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.alerts import Alert


class ActKind(StrEnum):
    """The kinds of acts; each value is the verb of its line in `dlf-bot audit`."""

    TAKE = "took"
    GIVE_BACK = "gave back"
    TAKE_OVER = "took over"
    SILENCE = "silenced"
    END_SILENCE = "ended silence"
    POST_DIGEST = "posted digest"
    DONE = "marked done"


@dataclass(frozen=True, slots=True)
class Act:
    """An act. `about` names its object in words; `channel` is where it happened ("" in a terminal)."""

    kind: ActKind
    by: str
    at: datetime
    about: str
    channel: str = ""
    alert_id: str | None = None
    detail: str = ""


def act_on(alert: Alert, kind: ActKind, *, by: str, at: datetime, channel: str = "", detail: str = "") -> Act:
    """An act about an alert, which is named like "prod/finance stuck 2026-11-28 (1)"."""
    key = alert.key
    about = f"{key.subject} {key.rule} {key.business_date.isoformat()} ({alert.episode})"
    return Act(kind, by, at, about, channel, alert.id, detail)
