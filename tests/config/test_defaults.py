"""Each default of the YAML stands in its key's declaration alone; values of the domain agree with it."""

from dataclasses import MISSING, fields
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config.keys import Branch, Key, Shape
from bot.config.root import ROOT
from bot.config.settings import Config, HeartbeatSettings, HttpSettings, LogSettings, SlackSettings
from bot.dlf.settings import Project
from bot.domain.digest import Plan, Schedule
from bot.domain.model import Metric, Workspace
from bot.domain.rules import Rule
from bot.domain.unreadable import UNREADABLE
from tests.support.config_texts import RULE, SMALL, Reader

SETTINGS = (Config, HeartbeatSettings, HttpSettings, LogSettings, Project, SlackSettings)


def keys_of(shape: Shape) -> list[Key[object]]:
    found = list[Key[object]]()
    for key in shape:
        found += keys_of(key.shape) if isinstance(key, Branch) else [key]
    return found


@pytest.mark.parametrize("kind", SETTINGS)
def test_settings_repeat_no_default_of_the_yaml(kind: type) -> None:
    for field in fields(kind):
        assert field.default in (MISSING, None, ()), f"{kind.__name__}.{field.name}"
        assert field.default_factory is MISSING, f"{kind.__name__}.{field.name}"


def test_every_default_is_a_value_of_its_key() -> None:
    given = [key for key in keys_of(ROOT) if key.default is not None]
    assert len(given) > 10
    assert all(key.usual for key in given)


def test_values_of_the_domain_agree_with_the_defaults_of_the_yaml(tmp_path: Path) -> None:
    """Code that makes a rule, a plan or a workspace without the YAML gets the same."""
    digest = "digests: [{name: d, at: '09:00', timezone: Asia/Singapore}]\n"
    config = Reader(tmp_path / "config.yaml")(SMALL + RULE % ("fail_count", 5) + digest)
    (rule,), (plan,), sales = config.rules, config.digests, config.workspaces[0]
    assert rule == Rule("r", Metric.FAIL_COUNT, 5)
    assert plan == Plan("d", Schedule(plan.schedule.at, plan.schedule.zone))
    assert config.unreadable == UNREADABLE
    usual = Workspace(sales.project, sales.name, sales.id, sales.zone)
    assert sales.job_names == usual.job_names
    assert config.keep == timedelta(days=90)
