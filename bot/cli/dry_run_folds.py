"""The part of `poll --dry-run` about folds: the alerts that would be told by one message."""

from collections.abc import Sequence
from datetime import datetime

from bot.app.use_cases import build_routes
from bot.config import Config
from bot.domain.alerts import Alert
from bot.domain.folds import Fold, Place, Waiting, plan
from bot.domain.silences import Silence, hush
from bot.store.store import Store
from bot.usecases.fold_members import FoldMembers
from bot.usecases.fold_notices import place_of, told_lately


async def folded(
    config: Config, store: Store, alerts: Sequence[Alert], silences: Sequence[Silence], now: datetime
) -> list[str]:
    """A line for each message that would tell of many of these alerts."""
    routes = build_routes(config)
    reader = FoldMembers(store.alerts)
    folds = {fold.id: await reader.judged(fold, routes, now) for fold in await store.folds.since(now)}
    members = {id for fold in folds.values() for id in fold.members}
    apart = [alert for alert in alerts if alert.id not in members]
    places = {alert.id: place_of(alert, routes, now, hush=hush(alert, silences, now)) for alert in apart}
    waiting = [Waiting(id, place) for id, place in places.items() if place]
    lately = told_lately(apart, routes, now)
    planned = plan(waiting, lately, folds.values(), now, window=config.poll_every)
    opened = [_opened(place, ids) for place, ids in planned.opening.items()]
    return opened + [_joined(folds[number], ids) for number, ids in planned.joining.items()]


def _opened(place: Place, ids: Sequence[str]) -> str:
    return f"{len(ids)} alerts of rule {place.rule} would be posted as one message in {place.channel}."


def _joined(fold: Fold, ids: Sequence[str]) -> str:
    alerts, place = "1 alert" if len(ids) == 1 else f"{len(ids)} alerts", fold.place
    told = f"the message in {place.channel} about {len(fold.told)} alerts"
    return f"{alerts} of rule {place.rule} would be added to {told}."
