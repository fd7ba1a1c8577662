"""`dlf-bot init`: the config it writes is accepted, holds no secret, and has what IAM and DLF know."""

import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.config_text import Answers, config_text, usable_names
from bot.cli.init import STAND_INS
from bot.config import load
from bot.config.scalars import zone
from bot.dlf.regions import REGIONS
from tests.support.config_texts import ROOT
from tests.support.whole_bot import Imitations, Terminal, run_imitations

SECRET = "playground-secret"
FLAGS = ("--region", "playground", "--timezone", "Asia/Singapore", "--channel", "#data-ops")


@pytest.fixture
def imitations(tmp_path: Path) -> Iterator[Imitations]:
    with run_imitations(tmp_path) as found:
        yield found


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in STAND_INS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("DLF_BOT_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return Terminal(capsys)


def has_key(monkeypatch: pytest.MonkeyPatch, secret: str = SECRET) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "AKPLAYGROUND")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", secret)


def at(imitations: Imitations) -> tuple[str, ...]:
    url = imitations.services.playground.dlf_url
    return "--endpoint", url, "--iam-endpoint", url


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_with_a_key_it_finds_project_and_workspaces_and_check_accepts_it(
    terminal: Terminal, imitations: Imitations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    has_key(monkeypatch)
    ended = terminal("init", "--no-input", *FLAGS, *at(imitations))
    assert (ended.code, ended.err) == (0, "")
    assert "Wrote config.yaml: 3 workspaces (sales, finance, logs)." in ended.out
    text = (tmp_path / "config.yaml").read_text(encoding="utf-8")
    assert SECRET not in text + ended.out
    assert "AKPLAYGROUND" not in text + ended.out
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        monkeypatch.setenv(name, STAND_INS[name])
    checked = terminal("check", "--dlf")
    assert checked.code == 0, checked.out + checked.err
    assert "3 workspaces, 2 rules, 1 digest" in checked.out
    assert checked.out.count("instances yesterday") == 3
    assert terminal("check").code == 0
    again = terminal("init", "--no-input", *FLAGS)
    assert again.code == 1
    assert "config.yaml already exists. Nothing was written" in again.err
    assert (tmp_path / "config.yaml").read_text(encoding="utf-8") == text


def test_the_rehearsal_in_the_install_guide_runs(
    terminal: Terminal, imitations: Imitations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guide = (
        (ROOT / "docs" / "install.md")
        .read_text(encoding="utf-8")
        .split("## Rehearse against the playground")[1]
    )
    for name, value in re.findall(r"(\w+)=(\S+)", guide.split("dlf-bot init")[0]):
        monkeypatch.setenv(name, value)
    playground = imitations.services.playground
    guide = guide.replace("http://127.0.0.1:8301", playground.dlf_url)
    guide = guide.replace("http://127.0.0.1:8302/api/", playground.slack_api_url)
    (flags,) = re.findall(r"^dlf-bot (init .+)$", guide, re.MULTILINE)
    (api_url,) = re.findall(r"`(api_url: \S+)`", guide)
    assert terminal(*shlex.split(flags)).code == 0
    path = tmp_path / "config.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("slack:\n", f"slack:\n  {api_url}\n"), encoding="utf-8"
    )
    assert terminal("check", "--online").code == 0
    assert terminal("poll", "--dry-run").code == 0


def test_it_asks_what_no_flag_says(
    terminal: Terminal, imitations: Imitations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    has_key(monkeypatch)
    types(monkeypatch, "playground", "Asia/Tokyo", "logs sales", "#night")
    ended = terminal("init", "-o", "mine.yaml", *at(imitations))
    assert (ended.code, ended.err) == (0, "")
    assert "DataArts Studio has: sales, finance, logs" in ended.out
    assert "dlf-bot check --online --config mine.yaml" in ended.out
    config = load(tmp_path / "mine.yaml", STAND_INS)
    assert [(one.name, one.id, str(one.zone)) for one in config.workspaces] == [
        ("logs", "ws-logs", "Asia/Tokyo"),
        ("sales", "ws-sales", "Asia/Tokyo"),
    ]
    assert (config.slack.channel, config.projects[0].project_id) == ("#night", "playground")


def test_init_without_a_key_takes_what_is_typed_and_sends_no_request(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    types(monkeypatch, "ap-southeast-3", "0123abc", "", "sales=5a1b finance=77c2", "")
    assert terminal("init").code == 0
    config = load(tmp_path / "config.yaml", STAND_INS)
    assert [(one.name, one.id) for one in config.workspaces] == [("sales", "5a1b"), ("finance", "77c2")]
    assert (str(config.workspaces[0].zone), config.slack.channel) == ("Asia/Singapore", "#data-ops")
    assert config.projects[0].endpoint == "https://dayu.ap-southeast-3.myhuaweicloud.com"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--region", "ap-southeast-3"), "With --no-input, give --project-id"),
        (("--region", "ap-southeast-3", "--project-id", "a1"), "With --no-input, give --workspace"),
        (("--region", "ap-southeast-33"), 'Did you mean "ap-southeast-3"?'),
        (("--region", "ap-southeast-3", "--project-id", "a1", "--workspace", "sales"), "is not NAME=ID"),
        (
            ("--region", "ap-southeast-3", "--project-id", "a1", "--workspace", "a=b", "--channel", "ops"),
            "config.yaml",
        ),
        (("--region", "ap-southeast-3", "--store", "postgresql://me:hunter2@db/bot"), "contains a password"),
    ],
    ids=["no project", "no workspace", "no such region", "no pair", "a channel without #", "a password"],
)
def test_missing_or_wrong_answers_are_named_and_nothing_is_written(
    terminal: Terminal, tmp_path: Path, flags: tuple[str, ...], said: str
) -> None:
    ended = terminal("init", "--no-input", *flags)
    assert ended.code == 2
    assert said in ended.err
    assert "hunter2" not in ended.err
    assert list(tmp_path.iterdir()) == []


def test_the_store_may_come_from_the_environment(terminal: Terminal, tmp_path: Path) -> None:
    flags = ("--region", "cn-north-4", "--project-id", "a1", "--workspace", "a=b", "--store", "${STORE}")
    assert terminal("init", "--no-input", *flags).code == 0
    config = load(tmp_path / "config.yaml", STAND_INS | {"STORE": "postgresql://me:hunter2@db/bot"})
    assert config.store_label == "postgresql://db/bot"
    assert str(config.workspaces[0].zone) == "Asia/Shanghai"


def test_a_refused_key_is_tried_once_and_the_rest_is_asked(
    terminal: Terminal, imitations: Imitations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    has_key(monkeypatch, "not-the-one")
    types(monkeypatch, "a1", "sales=5a1b")
    ended = terminal("init", *FLAGS, *at(imitations))
    assert ended.code == 0
    assert "Nothing could be looked up: DLF rejected the credentials" in ended.err
    assert "not-the-one" not in ended.err + ended.out
    assert imitations.do(lambda services: len(services.dlf.log.records)) == 1


def test_more_workspaces_than_a_page_are_all_found(
    terminal: Terminal, imitations: Imitations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    many = tuple(f"ws-{number}" for number in range(230))
    imitations.do(lambda services: setattr(services.dlf, "workspaces", many))
    has_key(monkeypatch)
    assert terminal("init", "--no-input", *FLAGS, *at(imitations)).code == 0
    config = load(tmp_path / "config.yaml", STAND_INS)
    assert tuple(one.id for one in config.workspaces) == many


def test_names_from_dlf_become_names_the_config_takes(tmp_path: Path) -> None:
    odd = ["today", "ALL", "销售 部", 'x"]} #${HOME}', "a/b", "A-B", "a b", "-", "", "n" * 90, "n" * 91]
    names = usable_names((name, f"id{number}") for number, name in enumerate(odd))
    assert list(names.values()) == [f"id{number}" for number in range(len(odd))]
    assert {"today-2", "销售-部", "a-b"} <= set(names)
    answers = Answers(
        "prod", {"region": "cn-north-4"}, "${HOME}x", "Asia/Shanghai", names, "#x", "sqlite:///a.db"
    )
    path = tmp_path / "config.yaml"
    text = config_text(answers)
    assert "$${HOME}x" in text
    path.write_text(text.replace("$${HOME}x", "a1"), encoding="utf-8")
    config = load(path, STAND_INS)
    assert [one.name for one in config.workspaces] == list(names)


def test_every_region_has_a_clock() -> None:
    from bot.cli.init import _zone

    for region in REGIONS:
        assert zone(_zone(region)).key != "UTC", region
