"""`UseCases`: the use cases alone, on a fake DLF, a fake Slack and a real store, a turn at a time."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.domain.digest import Plan
from bot.domain.model import Day, Metric, Workspace
from bot.domain.pace import RHYTHM
from bot.domain.rules import Rule, Step
from bot.domain.unreadable import UNREADABLE
from bot.metrics import Metrics
from bot.store.store import Store
from bot.timing import Timing
from bot.usecases.config_watch import ConfigWatch
from bot.usecases.digest_plans import DigestPlans
from bot.usecases.digests import Digests
from bot.usecases.dispatch import Dispatcher
from bot.usecases.fair_turns import turns_of
from bot.usecases.notify import Notifier
from bot.usecases.poll import Poller
from bot.usecases.record_polls import Polling
from bot.usecases.replica import Replica
from bot.usecases.routes import Routes
from bot.usecases.status import Status
from tests.support.fakes import FakeSlack, FakeSource, HandClock

SINGAPORE = ZoneInfo("Asia/Singapore")
SALES = Workspace("prod", "sales", "ws-sales", SINGAPORE)
FINANCE = Workspace("prod", "finance", "ws-finance", SINGAPORE, channel="#finance")
FAILURES = Rule("failures", Metric.FAIL_COUNT, 5, worse_by=Step(100, percent=True), mention=("<!here>",))
POLL = timedelta(minutes=5)
AT_ONCE = Timing(spacing=0, look_up=0, look_up_after_timeout=0)


class UseCases:
    """A replica of the bot without its edges."""

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
        unreadable: Rule = UNREADABLE,
        identities: Mapping[str, str] | None = None,
        in_flight: int = 8,
    ) -> None:
        self.store, self.owner = store, owner
        self.source, self.slack, self.clock = (
            source or FakeSource(),
            slack or FakeSlack(),
            clock or HandClock(),
        )
        self.metrics = Metrics()
        spaces, rules = list(workspaces), list(rules)
        self.watched = spaces
        self.replica = Replica(owner, store, self.clock, self.metrics, AT_ONCE)
        self.configs = ConfigWatch(self.replica, spaces, rules, identities or _identities(spaces))
        sources = {one.project: self.source for one in spaces}
        polling = Polling(spaces, rules, POLL, dict.fromkeys(sources, in_flight))
        self.poller = Poller(self.replica, polling, sources, configs=self.configs)
        by_name = {rule.name: rule for rule in rules}
        routes = Routes({one.key: one for one in spaces}, by_name, "#data-ops", "en", POLL, 3, unreadable)
        self.routes = routes
        self.notifier = Notifier(self.replica, routes, configs=self.configs)
        self.plans = list(plans)
        digests = DigestPlans(self.plans, spaces, "#data-ops", "en")
        self.dispatcher = Dispatcher(
            self.replica, self.slack, fallback_channel="#data-ops", addresses=digests.addresses
        )
        max_age = {day: POLL * factor for day, factor in RHYTHM.items()}
        turns = turns_of(dict.fromkeys(sources, 8), {})
        self.status = Status(self.replica, sources, max_age=max_age, turns=turns)
        self.digests = Digests(self.replica, digests, self.status)

    async def know_digests(self) -> None:
        """Have the digests in the config for a day already: what passed since is late, not missed."""
        for plan in self.plans:
            await self.store.digests.see(plan.name, self.clock.now - timedelta(days=1))

    async def poll(self) -> None:
        """A round of reading, as the scheduler would start it."""
        await self.configs.tick()
        await self.poller.prepare()
        await self.poller.tick()
        await self.poller.settle()

    async def tell(self) -> None:
        """Put into the ledger what Slack lacks and send what may be sent."""
        await self.configs.tick()
        await self.notifier.tick()
        await self.dispatcher.tick()
        await self.dispatcher.settle()

    async def stop(self) -> None:
        """Leave the store as a bot that is told to stop does."""
        await self.notifier.stop()
        await self.configs.stop()

    async def turn(self, **forward: float) -> None:
        """Let time pass, then do a turn of everything."""
        self.clock.forward(**forward)
        await self.poll()
        for _ in range(3):
            await self.tell()
        await self.digests.tick()
        await self.dispatcher.tick()
        await self.dispatcher.settle()


def _identities(workspaces: Iterable[Workspace]) -> dict[str, str]:
    """Every project is what its name says, and every workspace what its id says."""
    return {one.project: one.project for one in workspaces} | {one.key: one.id for one in workspaces}


TODAY, YESTERDAY = "2026-11-23", "2026-11-22"
__all__ = ["FAILURES", "FINANCE", "POLL", "SALES", "SINGAPORE", "TODAY", "YESTERDAY", "Day", "UseCases"]
