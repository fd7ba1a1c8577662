"""Tell in one message of many alerts whose silence ended at once; its fingerprint names them.

So the outbox knows which alerts the message told of, even if the bot is killed before their own notices.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.alerts import Alert
from bot.domain.notices import Notice, Priority
from bot.domain.rules import Rule, Severity
from bot.messages.alert_text import AlertText
from bot.messages.message import to_json
from bot.messages.silences import render_all_unsilenced
from bot.store.store import Store

# If a channel has more such alerts than this, a single message tells of all.
APART = 5
SEVERITY = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Revealed:
    """An alert that still fires when its silence ends; `key` is the key of its own notice."""

    alert: Alert
    rule: Rule
    words: AlertText
    channel: str
    ended_at: datetime
    key: str


AddNotice = Callable[[Notice], Awaitable[bool]]


async def tell_together(
    revealed: Iterable[Revealed], store: Store, *, add: AddNotice, locale: str
) -> set[str]:
    """Put a single notice where many are due in a channel; returns the ids of the alerts it tells of.

    `add` puts a notice into the outbox once, while this replica holds the lease.
    """
    groups: defaultdict[str, list[Revealed]] = defaultdict(list)
    for one in revealed:
        groups[f"unsilenced/{one.channel}/{one.ended_at.isoformat()}"].append(one)
    told: set[str] = set()
    for key, group in groups.items():
        told |= await _tell(key, group, store, add=add, locale=locale)
    return told


async def _tell(
    key: str, group: Sequence[Revealed], store: Store, *, add: AddNotice, locale: str
) -> set[str]:
    if (row := await store.outbox.get(key)) is not None:
        return set(row.notice.fingerprint.splitlines())
    if len(group) <= APART:
        return set()
    waiting = [one for one in group if not await store.outbox.exists(one.key)]
    if len(waiting) <= APART:
        return set()
    await add(_notice(key, waiting, locale=locale))
    row = await store.outbox.get(key)
    return set(row.notice.fingerprint.splitlines()) if row else set()


def _notice(key: str, group: Sequence[Revealed], *, locale: str) -> Notice:
    worst = sorted(group, key=lambda one: (SEVERITY.index(one.rule.severity), -one.alert.value, one.alert.id))
    said = [(one.alert, one.rule, one.words) for one in worst]
    is_critical = worst[0].rule.severity is Severity.CRITICAL
    return Notice(
        key=key,
        channel=worst[0].channel,
        body=to_json(render_all_unsilenced(said, locale=locale)),
        fingerprint="\n".join(sorted(one.alert.id for one in worst)),
        priority=Priority.CRITICAL if is_critical else Priority.ALERT,
        wanted_at=worst[0].ended_at,
    )
