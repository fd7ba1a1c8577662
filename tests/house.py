"""The use cases wired together with fakes at both ends and a real store between: one turn at a time."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.digests import Digests, addresses
from bot.domain.digest import Plan
from bot.domain.model import Day, Metric, Workspace
from bot.domain.rules import Rule, Step
from bot.metrics import Metrics
from bot.monitor import RHYTHM, Monitor
from bot.notices import Notices
from bot.status import Status
from bot.store.store import Store
from bot.telling import Routes, Teller
from bot.timing import Timing
from tests.fakes import FakeSlack, FakeSource, HandClock

SINGAPORE = ZoneInfo("Asia/Singapore")
SALES = Workspace("prod", "sales", "ws-sales", SINGAPORE)
FINANCE = Workspace("prod", "finance", "ws-finance", SINGAPORE, channel="#finance")
FAILURES = Rule("failures", Metric.FAIL_COUNT, 5, worse_by=Step(100, percent=True), mention=("<!here>",))
POLL = timedelta(minutes=5)
AT_ONCE = Timing(spacing=0, look_up=0, look_up_after_timeout=0)


class House:
    """One replica of the bot without its edges."""

    def __init__(
        self,
        store: Store,
        *,
        source: FakeSource | None = None,
        slack: FakeSlack | None = None,
        clock: HandClock | None = None,
        owner: str = "one",
        workspaces: Iterable[Workspace] = (SALES,),
        rules: Iterable[Rule] = (FAILURES,),
        plans: Iterable[Plan] = (),
    ) -> None:
        self.store, self.owner = store, owner
        self.source, self.slack, self.clock = (
            source or FakeSource(),
            slack or FakeSlack(),
            clock or HandClock(),
        )
        self.metrics = Metrics()
        spaces, rules = list(workspaces), list(rules)
        sources = {one.project: self.source for one in spaces}
        self.monitor = Monitor(
            spaces,
            rules,
            sources,
            store,
            owner=owner,
            clock=self.clock,
            metrics=self.metrics,
            poll_every=POLL,
            in_flight=dict.fromkeys(sources, 8),
        )
        routes = Routes(
            {one.key: one for one in spaces}, {rule.name: rule for rule in rules}, "#data-ops", "en", POLL, 3
        )
        self.teller = Teller(routes, store, owner=owner, clock=self.clock)
        self.notices = Notices(
            store,
            self.slack,
            owner=owner,
            clock=self.clock,
            metrics=self.metrics,
            fallback_channel="#data-ops",
            addresses=addresses(list(plans), "#data-ops"),
            timing=AT_ONCE,
        )
        max_age = {day: POLL * factor for day, factor in RHYTHM.items()}
        self.status = Status(
            spaces, sources, store, clock=self.clock, max_age=max_age, in_flight=dict.fromkeys(sources, 8)
        )
        self.digests = Digests(
            list(plans),
            spaces,
            self.status,
            store,
            owner=owner,
            clock=self.clock,
            default_channel="#data-ops",
            locale="en",
        )

    async def poll(self) -> None:
        """One round of reading, as the scheduler would start it."""
        await self.monitor.prepare()
        await self.monitor.tick()
        await self.monitor.settle()

    async def tell(self) -> None:
        """Put into the ledger what Slack lacks and send what may be sent."""
        await self.teller.tick()
        await self.notices.tick()
        await self.notices.settle()

    async def turn(self, **forward: float) -> None:
        """Let time pass, then one turn of everything."""
        self.clock.forward(**forward)
        await self.poll()
        for _ in range(3):
            await self.tell()
        await self.digests.tick()
        await self.notices.tick()
        await self.notices.settle()


TODAY, YESTERDAY = "2026-11-23", "2026-11-22"
__all__ = ["FAILURES", "FINANCE", "POLL", "SALES", "SINGAPORE", "TODAY", "YESTERDAY", "Day", "House"]
