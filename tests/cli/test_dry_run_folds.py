"""`poll --dry-run` says which alerts would be one message."""

from collections.abc import Sequence
from pathlib import Path

from bot.cli.dry_run_folds import folded
from bot.cli.playground_config import config_yaml, project_yaml
from bot.config import Config, load
from bot.domain.model import Workspace
from bot.store.store import Store
from tests.support.use_cases import UseCases
from tests.support.whole_bot import FAILURES
from tests.usecases.test_folds import DATE, house_of, later, read

OPEN = "20 alerts of rule failures would be posted as one message in #data-ops."


def config_of(watched: Sequence[Workspace], folder: Path) -> Config:
    workspaces = ", ".join(f"{{name: {one.name}, id: {one.id}}}" for one in watched)
    project = project_yaml("prod", "http://127.0.0.1:9", workspaces=f"[{workspaces}]")
    path = folder / "config.yaml"
    slack = "http://127.0.0.1:9/api/"
    path.write_text(config_yaml(project, slack=slack, store="sqlite:///none.db", rules=FAILURES))
    return load(path, {})


async def said(house: UseCases, folder: Path) -> list[str]:
    alerts = await house.store.alerts.attention(DATE)
    now = house.clock.now
    return await folded(config_of(house.watched, folder), house.store, alerts, [], now)


async def test_a_dry_run_names_a_new_message_and_what_would_join_an_old_message(
    store: Store, tmp_path: Path
) -> None:
    house = house_of(store, 23)
    await read(house, 9, *range(20))
    assert await said(house, tmp_path) == [OPEN]
    await later(house)
    assert await said(house, tmp_path) == []
    house.clock.forward(seconds=0.5)
    await read(house, 9, *range(23))
    assert await said(house, tmp_path) == [
        "3 alerts of rule failures would be added to the message in #data-ops about 20 alerts."
    ]


async def test_ten_alerts_would_not_share_a_message(store: Store, tmp_path: Path) -> None:
    house = house_of(store, 10)
    await read(house, 9, *range(10))
    assert await said(house, tmp_path) == []
