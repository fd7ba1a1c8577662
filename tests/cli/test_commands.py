"""The command line: every command, its exit code, and a sentence for every error."""

import asyncio
import json
import os
import re
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import __version__
from bot.domain.silences import Silence
from bot.playground.fake_slack.objects import User, UserGroup
from bot.store.database import Database, connect
from bot.store.store import open_store
from tests.support.config_texts import BROKEN, ENVIRON, EXAMPLE
from tests.support.cpu_starvation import Stopwatch
from tests.support.whole_bot import (
    FAILURES,
    OPS,
    SECRETS,
    THREE,
    Imitations,
    Services,
    Terminal,
    run_imitations,
)

PROGRAM = Path(sys.executable).with_name("dlf-bot")
COMMANDS = (
    *("init", "run", "check", "status", "poll", "digest", "health", "audit", "export", "db"),
    *("playground", "manifest", "schema", "completion"),
)
DIGEST = '[{name: morning, at: "09:00"}, {name: evening, at: "20:00", channel: C0FINANCE, days: [today]}]'


@pytest.fixture
def environ() -> Mapping[str, str]:
    return SECRETS


@pytest.fixture
def imitations(tmp_path: Path) -> Iterator[Imitations]:
    """The worlds, in a thread; real time, as the commands live in it."""
    with run_imitations(tmp_path) as found:
        yield found


@pytest.mark.parametrize("command", ["check", "status", "playground"])
def test_certificates_from_a_pipe_are_a_sentence_at_once(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pipe"))
    ended = terminal(command, *([] if command == "playground" else ["-c", EXAMPLE]))
    assert (ended.code, ended.out) == (1, "")
    assert "SSL_CERT_FILE names a pipe or a device" in ended.err


# Help, without the weight of the rest


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    heavy = (
        "slack_bolt",
        "slack_sdk",
        "aiohttp",
        "httpx",
        "sqlalchemy",
        "pydantic",
        "rich",
        "bot.playground",
    )
    code = (
        "import sys\nfrom bot.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print('HEAVY', [name for name in {heavy!r} if name in sys.modules])"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "HEAVY []" in ended.stdout
    assert all(re.search(rf"^  {name} ", ended.stdout, re.MULTILINE) for name in COMMANDS)
    assert after.ru_utime - before.ru_utime < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(terminal: Terminal, command: str) -> None:
    ended = terminal(command, "--help")
    assert ended.code == 0
    assert f"dlf-bot {command}" in ended.out


def test_version(terminal: Terminal) -> None:
    assert terminal("--version").out.strip().endswith(__version__)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("stauts",), "status"),
        (("check", "--onlin"), "--online"),
        (("playground", "--port", "many"), "--port"),
        (("playground", "--port", "65534"), "--port"),
        (("playground", "--port", "-1"), "--port"),
        (("manifest", "--http", "bot.example"), "https://"),
        (("manifest", "--http", ""), "https://"),
        (("poll",), "--dry-run"),
        (("digest",), "NAME"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_word_gets_a_sentence_and_code_2(
    terminal: Terminal, arguments: tuple[str, ...], said: str
) -> None:
    ended = terminal(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


# check: the config


def test_check_accepts_the_example(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    ended = terminal("check", "--config", EXAMPLE)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("ok ")
    assert "2 workspaces, 3 rules, 1 digests" not in ended.out
    assert "2 workspaces, 3 rules, 1 digest" in ended.out


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_check_tells_every_mistake_of_a_broken_config_with_its_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    wanted = (path.parent / "sentences.txt").read_text(encoding="utf-8").splitlines()
    ended = terminal("check", "-c", path)
    *mistakes, count = ended.err.splitlines()
    assert (ended.code, ended.out) == (2, "")
    assert [line.removeprefix(f"{path.parent}/") for line in mistakes] == [
        line for line in wanted if line.startswith(f"{path.name}:")
    ]
    assert all(re.match(rf"{re.escape(str(path))}:\d+: ", line) for line in mistakes)
    assert count.startswith(f"dlf-bot: {len(mistakes)} mistake")


@pytest.mark.parametrize("command", ["run", "check", "status", "poll --dry-run", "digest morning", "audit"])
def test_without_a_config_every_command_says_what_to_do(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = terminal(*command.split())
    assert ended.code == 2
    assert "config.yaml: there is no such file. Write one with `dlf-bot init`" in ended.err
    ended = terminal(*command.split(), "--config", tmp_path)
    assert ended.code == 2
    assert "this is a directory" in ended.err


def test_the_environment_may_name_the_config(
    terminal: Terminal, imitations: Imitations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLF_BOT_CONFIG", str(imitations.services.write("elsewhere.yaml")))
    ended = terminal("check")
    assert ended.code == 0
    assert "elsewhere.yaml" in ended.out
    assert terminal("check", "--config", "other.yaml").code == 2


# check --online: a line for each check


def findings(text: str) -> dict[str, list[str]]:
    """`level about` → what was said."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        level, about, what = line.split(None, 2)
        found.setdefault(f"{level} {about}", []).append(what)
    return found


def test_check_online_finds_everything_well(terminal: Terminal, imitations: Imitations) -> None:
    path = imitations.services.write(workspaces=THREE, rules=FAILURES, digests=DIGEST)
    ended = terminal("check", "--online", "-c", path)
    assert (ended.code, ended.err) == (0, "")
    found = findings(ended.out)
    assert set(found) == {"ok config", "ok store", "ok slack", "ok channel", "ok workspace", "ok clock"} | {
        "ok jobs",
        "ok pace",
    }
    assert found["ok jobs"] == ["prod: DLF lists jobs with their nodes and owners"]
    assert [len(found[f"ok {about}"]) for about in ("slack", "channel", "workspace", "clock")] == [2, 2, 3, 1]
    assert "#data-ops is C0DATAOPS" in found["ok channel"]
    assert re.search(r"prod/finance: \d+ instances yesterday", "\n".join(found["ok workspace"]))
    assert imitations.services.slack.log == []


def test_check_online_opens_the_database_once_for_the_alerts_and_itself(
    terminal: Terminal, imitations: Imitations, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(_make(f"sqlite:///{imitations.services.folder}/bot.db"))
    opened: list[str] = []

    def counted(url: str, **seconds: float) -> Database:
        opened.append(url)
        return connect(url, **seconds)

    monkeypatch.setattr("bot.store.store.connect", counted)
    found = findings(terminal("check", "--dlf", "-c", imitations.services.write()).out)
    assert found["ok alerts"] == ["no alerts are firing, and this config starts none"]
    assert "ok store" in found
    assert len(opened) == 1


def test_a_wrong_access_key_is_tried_once_by_all_commands_together(
    terminal: Terminal, imitations: Imitations
) -> None:
    """Five failures would lock it for all its users; a corrected secret need not wait.

    They agree in the bot's database, which none of them makes.
    """
    asyncio.run(_make(f"sqlite:///{imitations.services.folder}/bot.db"))
    path = imitations.services.write(auth="{access_key: AKPLAYGROUND, secret_key: not-the-one}")
    assert terminal("check", "--online", "-c", path).code == 1
    for command in (("status",), ("poll", "--dry-run")):
        ended = terminal(*command, "-c", path)
        assert ended.code == 1
        assert "when another process of the bot used it" in ended.out
    assert imitations.do(lambda services: services.dlf.log.statuses[401]) == 1
    assert terminal("status", "-c", imitations.services.write()).code == 0


async def _make(url: str) -> None:
    await (await open_store(url)).close()


def test_a_status_needs_no_database_and_makes_none(terminal: Terminal, imitations: Imitations) -> None:
    assert terminal("status", "-c", imitations.services.write()).code == 0
    assert not (imitations.services.folder / "bot.db").exists()
    away = imitations.services.write(store="postgresql://nobody@127.0.0.1:9/away")
    assert terminal("status", "-c", away).code == 0


def _scopes(*lost: str) -> Callable[[Services], None]:
    def lose(services: Services) -> None:
        services.slack.scopes -= set(lost)

    return lose


RINGING = (
    "[{name: failures, metric: fail_count, limit: 5,"
    " mention: ['<!here>', U0GONE, U0TYPO, U0DLFBOT, S0OLD, S0EMPTY, S0TYPO]}]"
)


def _somebody(services: Services) -> None:
    services.slack.users["U0GONE"] = User("U0GONE", "gone", "Gone", deleted=True)
    services.slack.usergroups["S0OLD"] = UserGroup("S0OLD", "old", "Old", ["U0ADA"], disabled=True)
    services.slack.usergroups["S0EMPTY"] = UserGroup("S0EMPTY", "empty", "Empty")


def _slow_clock(services: Services) -> None:
    services.clock.jump(services.clock.now() + timedelta(minutes=7))


def _organization(*teams: str) -> Callable[[Services], None]:
    def join(services: Services) -> None:
        services.slack.enterprise_id, services.slack.teams = "E0ACME", list(teams)

    return join


# What is broken, what the config says otherwise, the line that says so, the exit code.
TROUBLES: dict[str, tuple[Callable[[Services], object], dict[str, str], str, str, int]] = {
    "bad bot token": (
        lambda services: None,
        {"bot_token": "xoxb-wrong"},
        "FAIL slack",
        r"invalid_auth.*Check slack\.bot_token",
        1,
    ),
    "revoked bot token": (
        lambda services: setattr(services.slack, "token_error", "token_revoked"),
        {},
        "FAIL slack",
        r"token_revoked.*Reinstall the app",
        1,
    ),
    "bad app token": (
        lambda services: None,
        {"transport": "app_token: xapp-wrong"},
        "FAIL slack",
        r"app-level token: invalid_auth.*slack\.app_token",
        1,
    ),
    "no scope to post": (_scopes("chat:write"), {}, "FAIL slack", r"lacks the scope chat:write.*manifest", 1),
    "a scope less": (
        _scopes("users:read"),
        {},
        "warn scope",
        r"users:read is missing, needed for checking that",
        0,
    ),
    "no history": (
        _scopes("channels:history", "groups:history"),
        {},
        "warn scope",
        r"channels:history, groups:history is missing.*posted twice",
        0,
    ),
    "an organization's token without a workspace": (
        _organization("T0ONE", "T0TWO"),
        {"channel": "C0DATAOPS"},
        "warn slack",
        r"for a whole organization.*Set slack\.team to one of T0ONE, T0TWO",
        0,
    ),
    "an organization's token for others": (
        _organization("T0ONE", "T0TWO"),
        {"transport": "app_token: ${SLACK_APP}\n  team: T0THREE"},
        "FAIL slack",
        r"belongs to another team than slack\.team",
        1,
    ),
    "one channel under two names": (
        lambda services: None,
        {"channel": "#data-ops", "digests": "[{name: morning, at: '09:00', channel: C0DATAOPS}]"},
        "warn channel",
        r"#data-ops and C0DATAOPS are the same channel.*Use one name",
        0,
    ),
    "a public channel without the bot": (
        lambda services: None,
        {"channel": "#random"},
        "warn channel",
        r"#random \(C0RANDOM\): the bot is not in it.*posted twice.*Invite the bot",
        0,
    ),
    "wrong channel": (
        lambda services: None,
        {"channel": "#dataops"},
        "FAIL channel",
        r'#dataops: .*channel_not_found.*Did you mean "#data-ops"\?.*must invite the bot first',
        1,
    ),
    "a private channel that cannot be listed": (
        _scopes("groups:read"),
        {"channel": "#secret"},
        "FAIL channel",
        r"#secret: .*channel_not_found.*only with the scope groups:read; an id needs none",
        1,
    ),
    "no scope for any channel": (
        _scopes("channels:read", "groups:read"),
        {},
        "warn channel",
        r"#data-ops: .*missing_scope.*lacks the scope channels:read",
        0,
    ),
    "nobody is woken": (
        _somebody,
        {"rules": RINGING},
        "FAIL people",
        r"U0GONE \(rule failures\) is @gone, whose account is deactivated\. Name another person\.\n"
        r"U0TYPO \(rule failures\): not found in Slack\. Copy the member ID from .*\n"
        r"U0DLFBOT \(rule failures\) is @dlf-bot, a bot\. Name a person\.\n"
        r"S0OLD \(rule failures\) is @old, a disabled user group\. .*\n"
        r"S0EMPTY \(rule failures\) is @empty, a user group without members\. .*\n"
        r"S0TYPO \(rule failures\): not found in Slack\. ",
        1,
    ),
    "nobody can be looked up": (
        _scopes("users:read", "usergroups:read"),
        {"rules": RINGING.replace("U0TYPO, ", "").replace("U0GONE, ", "")},
        "warn people",
        r"U0DLFBOT \(rule failures\) cannot be looked up\. .*lacks the scope users:read.*\n"
        r"S0OLD \(rule failures\) cannot be looked up\. .*lacks the scope usergroups:read",
        0,
    ),
    "a count that a rule needs is left out": (
        lambda services: services.dlf.faults.set("half_answer"),
        {"rules": FAILURES},
        "warn workspace",
        r"prod/sales: DLF did not return fail_count, so the rule failures cannot be checked",
        0,
    ),
    "archived channel": (
        lambda services: services.slack.archive(OPS),
        {},
        "FAIL channel",
        r"#data-ops is archived\. Unarchive it",
        1,
    ),
    "slack is down": (
        lambda services: services.slack.faults.trouble("slack_down"),
        {},
        "FAIL slack",
        r"unknown whether Slack carried out auth\.test",
        1,
    ),
    "slack is a web page": (
        lambda services: services.slack.faults.trouble("login_page"),
        {},
        "FAIL slack",
        r"unknown whether Slack carried out auth\.test",
        1,
    ),
    "slack cannot be reached": (
        lambda services: None,
        {"slack": "http://127.0.0.1:9/api/"},
        "FAIL slack",
        r"Slack could not be reached.*slack\.api_url",
        1,
    ),
    "unknown workspace": (
        lambda services: None,
        {"workspaces": "[{name: sales, id: ws-typo}]"},
        "FAIL workspace",
        r"prod/sales: DLF rejected the workspace id.*Check the workspace's `id`",
        1,
    ),
    "wrong secret key": (
        lambda services: None,
        {"auth": "{access_key: AKPLAYGROUND, secret_key: wrong-secret}"},
        "FAIL workspace",
        r"prod/sales: DLF rejected the credentials",
        1,
    ),
    "DLF refuses": (
        lambda services: services.dlf.faults.set("no_permission"),
        {},
        "FAIL workspace",
        r"has no access to this workspace.*viewer is enough",
        1,
    ),
    "DLF is a web page": (
        lambda services: services.dlf.faults.set("login_page"),
        {},
        "FAIL workspace",
        r"not return job counts: the answer is a web page",
        1,
    ),
    "DLF cannot be reached": (
        lambda services: None,
        {"dlf": "http://127.0.0.1:9"},
        "FAIL workspace",
        r"Cannot connect to",
        1,
    ),
    "DLF lists no jobs": (
        lambda services: services.dlf.faults.set("forbidden", place="jobs"),
        {},
        "warn jobs",
        r"prod/sales: The bot's IAM user has no access.*viewer is enough, deployer is not.*The rest works",
        0,
    ),
    "the lists' host is missing": (
        lambda services: None,
        {"jobs": "http://127.0.0.1:9"},
        "warn jobs",
        r"prod/sales: Cannot connect to 127\.0\.0\.1.*Alerts there do not name jobs",
        0,
    ),
    "DLF tells no owners": (
        lambda services: services.dlf.faults.set("forbidden", place="owners"),
        {},
        "warn jobs",
        r"prod/sales: The bot's IAM user has no access",
        0,
    ),
    "an empty workspace": (
        lambda services: services.dlf.faults.set("zeros"),
        {},
        "warn workspace",
        r"prod/sales: nothing ran yesterday\. Is it the right workspace\?",
        0,
    ),
    "no total": (
        lambda services: services.dlf.faults.set("empty_object"),
        {},
        "FAIL workspace",
        r"none of the 13 counts",
        1,
    ),
    "too many polls": (
        lambda services: None,
        {"requests_per_second": "1"},
        "warn pace",
        r"prod: polling every 1s uses 1\.2 of the allowed 1 requests per second\. .*Raise poll_every",
        0,
    ),
    "clocks differ": (_slow_clock, {}, "warn clock", r"DLF's clock is [67] min ahead of .*Set this", 0),
    "no store": (
        lambda services: None,
        {"store": "sqlite:////nonexistent/folder/bot.db"},
        "FAIL store",
        r"Cannot open the database file \S+: .*Check the path",
        1,
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_check_online_says_what_is_wrong_and_what_to_do(
    terminal: Terminal, imitations: Imitations, trouble: str
) -> None:
    breaks, parts, line, said, code = TROUBLES[trouble]
    imitations.do(breaks)
    ended = terminal("check", "--online", "-c", imitations.services.write(**parts))
    found = findings(ended.out)
    assert line in found, ended.out
    assert re.search(said, "\n".join(found[line])), ended.out
    assert (ended.code, ended.err) == (code, "")
    unwell = {name for name in found if not name.startswith("ok ")}
    beside = {"warn clock", "warn scope"}
    assert unwell - beside == {line} - beside
    assert not any(secret in ended.out for secret in (*SECRETS.values(), "AKPLAYGROUND", "wrong-secret"))


@pytest.mark.parametrize("team", ["", "T0TWO"], ids=["its only workspace", "the one that is named"])
def test_check_online_takes_an_organizations_token(
    terminal: Terminal, imitations: Imitations, team: str
) -> None:
    teams = ["T0ONE", team] if team else ["T0ONE"]
    imitations.do(_organization(*teams))
    transport = "app_token: ${SLACK_APP}" + (f"\n  team: {team}" if team else "")
    ended = terminal(
        "check", "--online", "-c", imitations.services.write(transport=transport, digests=DIGEST)
    )
    found = findings(ended.out)
    assert ended.code == 0, ended.out
    assert "#data-ops is C0DATAOPS" in found["ok channel"]
    assert any(f"channels are looked up in {team or 'T0ONE'}" in one for one in found["ok slack"])


def test_check_says_that_a_token_rotates_and_that_workspaces_share_an_id(
    terminal: Terminal, imitations: Imitations
) -> None:
    same = "[{name: sales, id: ws-sales}, {name: finance, id: ws-sales}, {name: logs, id: ws-logs}]"
    ended = terminal(
        "check", "-c", imitations.services.write(workspaces=same, bot_token="xoxe.xoxb-1-abcdef")
    )
    found = findings(ended.out)
    assert (ended.code, set(found)) == (0, {"ok config", "warn slack", "warn workspace"})
    assert "slack.bot_token begins with xoxe.: a rotating token" in found["warn slack"][0]
    assert "abcdef" not in ended.out
    assert "prod/sales and prod/finance have the same id (ws-sales)" in found["warn workspace"][0]


def test_check_online_names_all_who_are_woken_or_may_silence(
    terminal: Terminal, imitations: Imitations
) -> None:
    group = UserGroup("S0CALL", "oncall", "On call", ["U0ADA", "U0BEN"])
    imitations.do(lambda services: services.slack.usergroups.update(S0CALL=group))
    more = "unreadable: {mention: [U0BEN, '<!subteam^S0CALL>']}"
    admins = "app_token: ${SLACK_APP}\n  admins: [U0BEN]"
    ended = terminal("check", "--online", "-c", imitations.services.write(more=more, transport=admins))
    assert (ended.code, findings(ended.out)["ok people"]) == (
        0,
        ["U0BEN (unreadable, slack.admins) is @ben", "S0CALL (unreadable) is @oncall, 2 members"],
    )


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("{page}?key=s3cret", "ok    heartbeat  127.0.0.1 took a call"),
        ("{dlf}/s3cret", "warn  heartbeat  127.0.0.1 answered HTTP 404. Correct heartbeat.url."),
    ],
    ids=["it answers", "it is another address"],
)
def test_check_online_calls_the_heartbeats_address(
    terminal: Terminal, imitations: Imitations, address: str, found: str
) -> None:
    playground = imitations.services.playground
    url = address.format(page=playground.page_url, dlf=playground.dlf_url)
    path = imitations.services.write(more=f'heartbeat: {{url: "{url}"}}')
    ended = terminal("check", "--online", "-c", path)
    assert (ended.code, found in ended.out) == (0, True), ended.out
    assert "s3cret" not in ended.out + ended.err
    assert "heartbeat" not in terminal("check", "--dlf", "-c", path).out


@pytest.mark.parametrize("broken", [False, True], ids=["the tokens are not set", "all of it is wrong"])
def test_dlf_can_be_tried_without_slack(
    terminal: Terminal, imitations: Imitations, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    path = imitations.services.write(digests=DIGEST, http="{port: 9}")
    for name in SECRETS:
        if name.startswith("SLACK"):
            monkeypatch.delenv(name)
    if broken:
        text = re.sub(r"slack:\n(  .*\n)+", "slck: {}\n", path.read_text(encoding="utf-8"))
        path.write_text(text.replace("slck: {}", "slack: {bot_token: nonsense, chanel: x}"), encoding="utf-8")
    imitations.do(lambda services: services.slack.faults.trouble("slack_down"))
    assert terminal("status", "-c", path).code == 0
    ended = terminal("check", "--online", "--dlf", "-c", path)
    assert (ended.code, ended.err) == (0, "")
    expected = {"ok config", "ok store", "ok workspace", "ok jobs", "ok clock", "ok pace"}
    assert set(findings(ended.out)) == expected
    for command in ("poll --dry-run", "digest morning"):
        assert terminal(*command.split(), "-c", path).code == 0, command
    assert "There is no database yet" in terminal("audit", "-c", path).err
    assert "no answer" in terminal("health", "-c", path).err
    assert terminal("digest", "morning", "--post", "-c", path).code == 2
    assert terminal("check", "--dlf", "--test-message", "-c", path).code == 2
    said = terminal("check", "-c", path)
    assert (said.code, "slack" in said.err.lower()) == (2, True)
    monkeypatch.delenv("DLF_SK")
    assert "DLF_SK is not set" in terminal("status", "-c", path).err


def _rename(channel: str, name: str) -> Callable[[Services], None]:
    return lambda services: setattr(services.slack.channels[channel], "name", name)


def test_check_online_says_that_a_channel_is_called_otherwise_by_now(
    terminal: Terminal, imitations: Imitations
) -> None:
    path = imitations.services.write(digests=DIGEST)
    assert terminal("digest", "morning", "--post", "-c", path).code == 0
    imitations.do(_rename(OPS, "data-platform"))
    ended = terminal("check", "--online", "-c", path)
    assert ended.code == 0
    (said,) = findings(ended.out)["warn channel"]
    assert said.startswith(
        "#data-ops is now called #data-platform (C0DATAOPS) in Slack. Messages still go there."
    )
    imitations.do(_rename("C0RANDOM", "data-ops"))
    imitations.do(lambda services: services.slack.invite("C0RANDOM"))
    (said,) = findings(terminal("check", "--online", "-c", path).out)["warn channel"]
    assert said.startswith("#data-ops is now C0RANDOM; earlier messages went to C0DATAOPS (#data-platform)")


def test_the_test_message_is_one_and_labelled(terminal: Terminal, imitations: Imitations) -> None:
    ended = terminal(
        "check", "--test-message", "-c", imitations.services.write(rules=FAILURES, digests=DIGEST)
    )
    assert ended.code == 0
    assert "ok    message    posted to #data-ops (C0DATAOPS), labeled as a test" in ended.out
    (text,) = imitations.services.texts()
    assert text.startswith("🧪 Test message: nothing is wrong")
    assert len(imitations.services.slack.log) == 1


def test_a_test_message_that_slack_refuses_fails(terminal: Terminal, imitations: Imitations) -> None:
    imitations.do(lambda services: services.slack.faults.trouble("not_in_channel"))
    ended = terminal("check", "--test-message", "-c", imitations.services.write())
    assert ended.code == 1
    assert "/invite @dlf-bot" in "\n".join(findings(ended.out)["FAIL message"])


# poll --dry-run and digest


def test_poll_says_decisions_and_sends_and_saves_nothing(terminal: Terminal, imitations: Imitations) -> None:
    services = imitations.services
    imitations.do(lambda services: services.dlf.fail("ws-sales", 700))
    imitations.do(lambda services: services.dlf.faults.set("login_page", workspace="ws-logs"))
    path = services.write(workspaces=THREE, rules=FAILURES)
    ended = terminal("poll", "--dry-run", "-c", path)
    assert ended.code == 1
    assert re.search(
        r"prod/sales, [\d-]+:\n  failures: fail_count 7\d\d, limit 5: above\. Alert firing; "
        r"would post: firing",
        ended.out,
    )
    assert re.search(r"prod/finance, .*\n  failures: fail_count \d, limit 5: ok\. No alert", ended.out)
    assert "prod/logs: no data, rules not checked. DLF's endpoint did not return" in ended.out
    assert "Nothing was sent, and no alert was changed." in ended.out
    assert services.slack.log == []
    imitations.do(lambda services: services.dlf.faults.clear())
    again = terminal("poll", "--dry-run", "-c", path)
    assert again.code == 0
    assert "would post: firing" in again.out


def test_a_dry_run_names_the_silence(terminal: Terminal, imitations: Imitations) -> None:
    services, now = imitations.services, datetime.now(UTC)
    imitations.do(lambda services: services.dlf.fail("ws-sales", 700))
    until = (now + timedelta(hours=3)).astimezone(ZoneInfo("Asia/Singapore"))

    async def silence() -> None:
        store = await open_store(f"sqlite:///{services.folder / 'bot.db'}")
        await store.silences.add(Silence("failures", "prod/sales", until, "U0BEN", now, name="ben"))
        await store.close()

    asyncio.run(silence())
    ended = terminal("poll", "--dry-run", "-c", services.write(rules=FAILURES))
    said = (
        f"silenced by U0BEN until {until:%Y-%m-%d %H:%M} (rule failures in prod/sales); nothing new to post"
    )
    assert said in re.sub(r"\s+", " ", ended.out)


def test_a_rule_on_a_count_that_is_not_reported_makes_no_reading(
    terminal: Terminal, imitations: Imitations
) -> None:
    imitations.do(lambda services: services.dlf.faults.set("half_answer"))
    ended = terminal("poll", "--dry-run", "-c", imitations.services.write(rules=FAILURES))
    assert ended.code == 0
    assert "failures: DLF did not return fail_count; not checked" in ended.out


def test_digest_is_printed_and_not_posted_unless_told(terminal: Terminal, imitations: Imitations) -> None:
    path = imitations.services.write(workspaces=THREE, digests=DIGEST)
    ended = terminal("digest", "morning", "-c", path)
    assert ended.code == 0
    assert all(name in ended.out for name in ("morning", "sales", "finance", "logs"))
    assert terminal("digest", "morning", "--dry-run", "-c", path).code == 0
    assert imitations.services.slack.log == []


def test_digest_is_posted_once_per_date(terminal: Terminal, imitations: Imitations) -> None:
    path = imitations.services.write(workspaces=THREE, digests=DIGEST)
    ended = terminal("digest", "evening", "--post", "-c", path)
    assert (ended.code, ended.out) == (0, "Posted to C0FINANCE (C0FINANCE).\n")
    again = terminal("digest", "evening", "--post", "-c", path)
    assert again.code == 0
    assert "has already been posted" in again.out
    acts = json.loads(terminal("audit", "--json", "-c", path).out)
    assert [(act["by"], act["act"], act["about"]) for act in acts] == [
        ("terminal", "posted digest", "evening")
    ]
    assert (len(imitations.services.texts("C0FINANCE")), imitations.services.texts()) == (1, [])


def test_a_posted_digest_is_recorded_with_the_dates_it_covers(
    terminal: Terminal, imitations: Imitations
) -> None:
    path = imitations.services.write(workspaces=THREE, digests=DIGEST)
    assert terminal("digest", "morning", "--post", "-c", path).code == 0
    with closing(sqlite3.connect(imitations.services.folder / "bot.db")) as database:
        ((digest, until),) = database.execute("SELECT digest, until FROM digest_dates").fetchall()
    assert digest == "morning"
    today = datetime.now(ZoneInfo("Asia/Singapore")).date()
    assert timedelta(days=0) < today - date.fromisoformat(until) <= timedelta(days=2)


@pytest.mark.parametrize(
    ("trouble", "said"), [("token_revoked", "token_revoked"), ("not_in_channel", "not_in_channel")]
)
def test_a_digest_that_slack_refuses_says_why_soon_and_can_be_posted_later(
    terminal: Terminal, imitations: Imitations, trouble: str, said: str
) -> None:
    path = imitations.services.write(digests=DIGEST)
    imitations.do(lambda services: services.slack.faults.trouble(trouble))
    ended = terminal("digest", "morning", "--post", "-c", path)
    assert ended.code == 1
    assert said in ended.err
    imitations.do(lambda services: services.slack.faults.clear())
    watch = Stopwatch()
    again = terminal("digest", "morning", "--post", "-c", path)
    assert watch.seconds < 10, "it waited for a lease of the command before"
    assert (again.code, again.out) == (0, "Posted to #data-ops (C0DATAOPS).\n"), again.err
    assert len(imitations.services.texts()) == 1


def test_an_unknown_digest_name_is_answered_with_the_nearest(
    terminal: Terminal, imitations: Imitations
) -> None:
    ended = terminal("digest", "mornin", "-c", imitations.services.write(digests=DIGEST))
    assert ended.code == 2
    assert "There is no digest 'mornin'. In the config: morning, evening." in ended.err


# manifest and schema


def test_the_manifest_is_slacks_and_follows_the_mode(terminal: Terminal) -> None:
    socket = json.loads(terminal("manifest").out)
    assert socket["settings"]["socket_mode_enabled"] is True
    commands = socket["features"]["slash_commands"]
    assert [command["command"] for command in commands] == ["/dlf-status", "/dlf-jobs", "/dlf-digest"]
    assert not any("url" in command for command in commands)
    http = json.loads(terminal("manifest", "--http", "https://bot.example").out)
    assert http["settings"]["socket_mode_enabled"] is False
    assert {command["url"] for command in http["features"]["slash_commands"]} == {
        "https://bot.example/slack/events"
    }
    assert http["settings"]["interactivity"]["request_url"] == "https://bot.example/slack/events"


def test_the_manifest_describes_the_commands_in_chinese(terminal: Terminal) -> None:
    english, chinese = (
        json.loads(terminal("manifest", *more).out)
        for more in ((), ("--locale", "zh", "--http", "https://b.example"))
    )
    commands = {one["command"]: one for one in chinese["features"]["slash_commands"]}
    assert commands["/dlf-status"]["description"] == "查询 DataArts 作业状态：失败、运行异常、成功"
    assert chinese["display_information"]["description"].startswith("DataArts Factory（数据开发）")
    for said in (one[key] for one in commands.values() for key in ("description", "usage_hint")):
        assert re.search("[\u4e00-\u9fff]", said), said
    assert set(commands) == {one["command"] for one in english["features"]["slash_commands"]}
    assert english["oauth_config"] == chinese["oauth_config"], "only the descriptions differ"


def test_the_schema_is_a_json_schema(terminal: Terminal) -> None:
    schema = json.loads(terminal("schema").out)
    assert schema["type"] == "object"
    assert {"projects", "slack", "store"} <= set(schema["required"])
