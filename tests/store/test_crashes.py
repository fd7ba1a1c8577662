"""Random days of three replicas that crash, stall and time out: Slack shows everything, once, in order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.domain.alerts import Alert, AlertKey, Change, Reason, State, Told
from bot.domain.notices import Claim, Notice, Posted, Priority, Standing, Telling
from bot.store.store import Store

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
OWNERS = ("a", "b", "c")
ALERTS = {
    f"alert {n}": Alert(AlertKey("r", f"p/{n}", NOW.date()), 1, State.FIRING, 1, 1, NOW, NOW)
    for n in range(4)
}


@dataclass
class Shown:
    key: str
    ts: str
    body: str
    thread: str | None


@dataclass
class Slack:
    """Does what it is told, whether or not the teller hears of it."""

    messages: list[Shown] = field(default_factory=list)

    def send(self, claim: Claim) -> str:
        """The action of a careful sender on a claim: edit, adopt or post."""
        notice = claim.notice
        if claim.ts:
            self.at(claim.ts).body = notice.body
            return claim.ts
        found = (
            next((each for each in self.messages if each.key == notice.key), None) if claim.unsure else None
        )
        if found is None:
            found = Shown(notice.key, f"{len(self.messages)}.0", notice.body, claim.thread_ts)
            self.messages.append(found)
        return found.ts

    def at(self, ts: str) -> Shown:
        return next(each for each in self.messages if each.ts == ts)


@dataclass
class Day:
    """A run: the wanted notices by replica, the messages in Slack, and confirmations under way."""

    store: Store
    random: Random
    slack: Slack = field(default_factory=Slack)
    wanted: dict[str, Notice] = field(default_factory=dict)
    under_way: list[tuple[str, Claim, str]] = field(default_factory=list)
    versions: int = 0

    async def step(self) -> None:
        action = self.random.choice(
            [self.want, self.want, self.reply, self.send, self.send, self.send, self.hear]
        )
        await action()

    async def want(self) -> None:
        """The state of an alert is put again and again until the ledger takes it."""
        self.versions += 1
        key = self.random.choice(list(ALERTS))
        telling = Telling(ALERTS[key].id, Told(Reason.FIRING, self.versions, NOW, self.versions))
        self.wanted[key] = self.notice(key, str(self.versions), telling=telling)
        await self.store.outbox.put(self.wanted[key])

    async def reply(self) -> None:
        roots = [key for key, notice in self.wanted.items() if notice.thread_of is None]
        if roots:
            key = f"reply {len(self.wanted)}"
            root = self.random.choice(roots)
            self.wanted[key] = self.notice(key, key, thread_of=root, priority=Priority.FOLLOW_UP)
            await self.store.outbox.add_once(self.wanted[key])

    async def send(self) -> None:
        owner = self.random.choice(OWNERS)
        claim = await self.store.outbox.claim("#ops", owner, self.random.choice([0, 0, 0.02]))
        if claim is None:
            return
        match self.random.randrange(6):
            case 0:  # killed before it could post
                pass
            case 1:  # killed after it posted
                self.slack.send(claim)
            case 2:  # Slack did it, the answer was lost
                self.slack.send(claim)
                await self.store.outbox.put_back(claim, owner, Standing.UNSURE, 0, "timeout")
            case 3:  # Slack did not do it, and the outcome is unknown
                await self.store.outbox.put_back(claim, owner, Standing.UNSURE, 0, "timeout")
            case 4:
                if not claim.unsure:  # surely refused
                    await self.store.outbox.put_back(claim, owner, Standing.QUEUED, 0, "ratelimited")
            case _:  # posted, and confirmed now or later
                self.under_way.append((owner, claim, self.slack.send(claim)))

    async def hear(self) -> None:
        if self.under_way:
            owner, claim, ts = self.under_way.pop(self.random.randrange(len(self.under_way)))
            await self.store.outbox.confirm(claim, owner, Posted("C1", ts), NOW)

    async def calm(self) -> None:
        """The storm is over: a single healthy replica does the remaining work."""
        for _ in range(5):
            for notice in self.wanted.values():
                if notice.thread_of is None:
                    await self.store.outbox.put(notice)
            while claim := await self.store.outbox.claim("#ops", "z", 30):
                assert await self.store.outbox.confirm(claim, "z", Posted("C1", self.slack.send(claim)), NOW)

    def notice(self, key: str, body: str, **more: object) -> Notice:
        at = NOW + timedelta(seconds=self.versions)
        plain = {"channel": "#ops", "priority": Priority.ALERT, "wanted_at": at, **more}
        return Notice(key=key, body=body, fingerprint=body, **plain)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
async def test_slack_shows_everything_once_and_in_order_after_any_crash(store: Store, seed: int) -> None:
    await store.alerts.save([Change(None, alert) for alert in ALERTS.values()])
    day = Day(store, Random(seed))
    for _ in range(100):
        await day.step()
    await day.calm()

    shown = {message.key: message for message in day.slack.messages}
    assert len(shown) == len(day.slack.messages), "something was posted twice"
    assert {key: message.body for key, message in shown.items()} == {
        key: notice.body for key, notice in day.wanted.items()
    }
    for key, notice in day.wanted.items():
        assert shown[key].thread == (shown[notice.thread_of].ts if notice.thread_of else None)
    for root, alert in ALERTS.items():
        told = (await store.alerts.get(alert.id)).told
        assert (told.seq if told else None) == (int(day.wanted[root].body) if root in day.wanted else None)
        replies = [each.key for each in day.slack.messages if day.wanted[each.key].thread_of == root]
        assert replies == sorted(replies, key=lambda key: int(key.split()[1]))
    assert (await store.outbox.backlog()).standings == {}
