"""Record polls: apply the rules to what came in within a moment, and save it in one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.alerts import Alert, Change
from bot.domain.config_edits import judged_otherwise
from bot.domain.model import Day, Snapshot, Workspace
from bot.domain.past import burns
from bot.domain.rules import Rule, why_blind
from bot.domain.sentence import english
from bot.domain.silences import Silence
from bot.errors import DlfError
from bot.store.records import ReadClaim, ReadResult
from bot.usecases.config_watch import Configs
from bot.usecases.group_commit import GroupCommit
from bot.usecases.judge import judge, next_read
from bot.usecases.poll_log import PollLog
from bot.usecases.replica import Replica

# How often a decision is repeated because an alert was changed meanwhile.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Polling:
    """The parts of the config that polling needs; `in_flight`: reads at a time, by project."""

    workspaces: Sequence[Workspace]
    rules: Sequence[Rule]
    poll_every: timedelta
    in_flight: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """DLF's answer to a claimed poll: the counts, or why there are none."""

    claim: ReadClaim
    workspace: Workspace
    answer: Snapshot | DlfError

    @property
    def snapshot(self) -> Snapshot | None:
        return None if isinstance(self.answer, DlfError) else self.answer

    @property
    def on(self) -> date | None:
        """The business date of the counts."""
        return self.snapshot.business_date if self.snapshot else None


class PollRecorder:
    """Saves polls in groups. A group with a conflict is saved poll by poll."""

    def __init__(
        self,
        replica: Replica,
        polling: Polling,
        *,
        configs: Configs,
        poll_log: PollLog,
        on_saved: Callable[[Sequence[ReadResult]], None],
    ) -> None:
        """`on_saved` is called with the results that the store took."""
        self._rules, self._poll_every, self._configs = tuple(polling.rules), polling.poll_every, configs
        self._store, self._owner = replica.store, replica.owner
        self._clock, self._metrics = replica.clock, replica.metrics
        self._log, self._on_saved = poll_log, on_saved
        self._groups = GroupCommit(self._save, _key)
        self._first_read: dict[str, datetime] = {}
        self.last_read_at: datetime | None = None

    @property
    def seconds(self) -> float:
        """How long the newest group took."""
        return self._groups.seconds

    async def save(self, answered: Answered, *, is_last: bool) -> None:
        """Save with what else comes in; `is_last`: no other poll is under way. Raises StoreError."""
        await self._groups.add(answered, is_last=is_last)

    async def finish(self) -> None:
        """Wait until what was begun is saved; the polls whose callers gave up are not."""
        await self._groups.finish()

    async def _save(self, group: Sequence[Answered]) -> None:
        """Decide how the answers change alerts, and save all together."""
        for _ in range(TRIES if len(group) == 1 else 1):
            results = await self._judge(group)
            kept = await self._store.reads.record(self._owner, results)
            if kept or not any(result.changes for result in results):
                break
        else:
            if len(group) > 1:
                for answered in group:
                    await self._save([answered])
                return
        self._note(group, results, kept)

    async def _judge(self, group: Sequence[Answered]) -> list[ReadResult]:
        newest = await self._newest(group)
        rules = [rule for rule in self._rules if rule.name not in self._configs.waiting]
        others = await self._others_judge(group, newest)

        def decide(one: Answered, silences: Sequence[Silence] = (), *, watched: bool = True) -> list[Change]:
            if one.snapshot is None:
                return []
            its = newest[one]
            return list(judge(one.snapshot, its, rules, silences, watched=watched, others=others))

        # Most polls change nothing: they need not know what is silenced, nor since when they are watched.
        changing = {one: one.snapshot for one in group if one.snapshot and decide(one)}
        silences = await self._silences(changing.values())
        results = []
        for one in group:
            changes = list[Change]()
            if snapshot := changing.get(one):
                changes = decide(one, silences, watched=await self._was_watched(snapshot))
            results.append(self._result(one, newest[one], changes))
        return results

    async def _newest(self, group: Sequence[Answered]) -> dict[Answered, Mapping[str, Alert]]:
        """The newest alerts of each answer's workspace and date, by rule."""
        on = {one: (one.workspace.key, date) for one in group if (date := one.on)}
        keys, dates = [key for key, _ in on.values()], {date for _, date in on.values()}
        found = await self._store.alerts.newest_of(keys, dates) if on else {}
        return {one: found.get(on[one], {}) if one in on else {} for one in group}

    async def _silences(self, changing: Collection[Snapshot]) -> Sequence[Silence]:
        """The silences that may withhold a notice about these."""
        if not changing:
            return ()
        return await self._store.silences.active(min(snapshot.read_at for snapshot in changing))

    def _result(self, one: Answered, newest: Mapping[str, Alert], changes: Sequence[Change]) -> ReadResult:
        day, now, every = one.claim.day, self._clock(), self._poll_every
        if isinstance(one.answer, DlfError):
            due_at = next_read(day, now, every, one.workspace)
            if day is not Day.TODAY:
                due_at = min(due_at, now + every)
            return ReadResult(one.claim, due_at, problem=one.answer.parts[:1])
        now_newest = {**newest, **{change.after.key.rule: change.after for change in changes}}
        burning = burns(now_newest.values(), {rule.name: rule for rule in self._rules}, one.workspace)
        due_at = next_read(day, now, every, one.workspace, burning=burning)
        return ReadResult(one.claim, due_at, one.answer, changes, why_blind(self._rules, one.answer))

    def _note(
        self, group: Sequence[Answered], results: Sequence[ReadResult], kept: Sequence[ReadResult]
    ) -> None:
        """Count and log the outcomes."""
        are_kept = {id(result) for result in kept}
        for one, result in zip(group, results, strict=True):
            project, is_kept = one.workspace.project, id(result) in are_kept
            if isinstance(one.answer, DlfError):
                self._metrics.polls.labels(project, "failed").inc()
                self._metrics.dlf_errors.labels(project, type(one.answer).__name__).inc()
                self._log.failed(one.workspace, one.claim.day, one.answer)
                continue
            self._metrics.polls.labels(project, "ok" if is_kept else "taken over").inc()
            if is_kept:
                self.last_read_at = one.answer.read_at
            self._log.read(one.answer, len(result.changes), kept=is_kept, blind=english(result.problem))
        self._on_saved(kept)

    async def _others_judge(
        self, group: Sequence[Answered], newest: Mapping[Answered, Mapping[str, Alert]]
    ) -> bool:
        """True if an alert was judged by other terms than ours and a replica with these still runs."""
        otherwise = any(
            (alert := newest[one].get(rule.name)) and judged_otherwise(alert, rule, one.workspace)
            for one in group
            for rule in self._rules
        )
        return otherwise and await self._configs.others_run()

    async def _was_watched(self, snapshot: Snapshot) -> bool:
        """True if the bot read this workspace before the snapshot's business date was over."""
        workspace, on = snapshot.workspace, snapshot.business_date
        assert on is not None
        first = self._first_read.get(workspace.key) or await self._store.snapshots.first_read_at(
            workspace.key
        )
        if first is None:
            return False
        self._first_read[workspace.key] = first
        return first.astimezone(workspace.zone).date() <= on


def _key(one: Answered) -> tuple[str, Day | date | None]:
    """No two polls of the same workspace and date are judged at once."""
    return one.workspace.key, one.on or one.claim.day
