"""The digests of the config: their plans, channels and keys in the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.digest import Occurrence, Plan
from bot.domain.model import Workspace


@dataclass(frozen=True, slots=True)
class DigestPlans:
    """The parts of the config that digests need."""

    plans: Sequence[Plan]
    workspaces: Sequence[Workspace]
    default_channel: str
    locale: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(plan.name for plan in self.plans)

    def find(self, name: str) -> Plan:
        """The plan of this name. Raises StopIteration if there is none."""
        return next(plan for plan in self.plans if plan.name == name)

    def channel(self, plan: Plan) -> str:
        return plan.channel or self.default_channel

    @property
    def addresses(self) -> Mapping[str, str]:
        """The channel of each plan's digests, by the prefix of their keys."""
        return {f"digest/{plan.name}/": self.channel(plan) for plan in self.plans}

    def covered_by(self, plan: Plan) -> list[Workspace]:
        """The workspaces that the plan's digests are about."""
        return [workspace for workspace in self.workspaces if plan.covers(workspace)]


def digest_key(plan: Plan, on: date) -> str:
    """The notice key of a digest: a message per digest and date."""
    return f"digest/{plan.name}/{on.isoformat()}"


def due_on_demand(plan: Plan, now: datetime) -> Occurrence:
    """The digest of this date as if it were due now."""
    return Occurrence(now.astimezone(plan.schedule.zone).date(), now)
