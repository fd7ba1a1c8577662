"""No secret in any log line, message, page or database file, at debug level, under any failure."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.app.lifecycle import Bot
from bot.app.redaction import secrets_of
from bot.config import Config
from bot.config.settings import HeartbeatSettings
from bot.errors import BotError
from bot.logs import set_up
from bot.playground.fake_slack.fault_injection import TROUBLES
from bot.secret import Secret
from tests.support.whole_bot import ADA, FAILURES, HTTP_MODE, OPS, Services, services, soon, utc

# A secret of each kind, recognizable everywhere.
WRONG_KEY, PASSWORD, WRONG_PASSWORD = "wrong-key-4711", "iam-password-4712", "wrong-password-4713"
READY, HTTP_TOKEN, DATABASE = "ready-token-4714", "http-token-4715", "database-password-4716"
BOT, APP, SIGNING = "xoxb-4717-bot", "xapp-4718-app", "signing-secret-4719"
WRITTEN = ("playground-secret", WRONG_KEY, PASSWORD, WRONG_PASSWORD, READY, HTTP_TOKEN, BOT, APP, SIGNING)
# No secrets, but Slack must not show them either.
ACCESS_KEYS = ("AKPLAYGROUND", "AKUNKNOWN", "AKTEMP")
PROJECTS = """\
  - name: signed
    auth: {access_key: AKPLAYGROUND, secret_key: playground-secret}
    workspaces: [{name: sales, id: ws-sales}]
  - name: wrongly-signed
    auth: {access_key: AKTEMP, secret_key: %(wrong_key)s, security_token: %(ready)s}
    workspaces: [{name: wrong-key, id: ws-sales}]
  - name: unknown-key
    auth: {access_key: AKUNKNOWN, secret_key: %(wrong_key)s}
    workspaces: [{name: no-key, id: ws-sales}]
  - name: user
    auth: {username: playground, password: %(password)s, domain: playground}
    workspaces: [{name: finance, id: ws-finance}]
  - name: wrong-user
    auth: {username: playground, password: %(wrong_password)s, domain: playground}
    workspaces: [{name: wrong-user, id: ws-finance}]
  - name: token
    auth: {token: %(ready)s}
    workspaces: [{name: logs, id: ws-logs}]
"""
ADDRESS = """\
    endpoint: %(dlf)s
    iam_endpoint: %(dlf)s
    jobs_endpoint: %(dlf)s
    project_id: playground
    timezone: Asia/Singapore
    requests_per_second: 1000
"""


class Everything(logging.Handler):
    """Keeps each record in full, before any filter of ours has seen it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        failure = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.texts.append(f"{record.name} {record.getMessage()} {getattr(record, 'fields', '')} {failure}")


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """`set_up` is for a whole process; the tests after this one want their own handlers."""
    root, known = logging.getLogger(), logging.Logger.manager.loggerDict
    kept, level = root.handlers[:], root.level
    levels = {name: one.level for name, one in known.items() if isinstance(one, logging.Logger)}
    yield
    root.handlers[:] = kept
    root.setLevel(level)
    for name, one in known.items():
        if isinstance(one, logging.Logger):
            one.setLevel(levels.get(name, logging.NOTSET))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Services]:
    async with services(tmp_path, at=utc(2026, 11, 23, 2)) as found:
        found.slack.bot_token, found.slack.app_token, found.slack.signing_secret = BOT, APP, SIGNING
        found.dlf.iam.passwords["playground"] = PASSWORD
        yield found


def config_of(home: Services, transport: str, store: str = "") -> Config:
    """A project for each kind of credentials, right and wrong."""
    text = home.write(
        transport=transport.replace("${SLACK_APP}", APP).replace("${SLACK_SIGNING}", SIGNING),
        bot_token=BOT,
        rules=FAILURES,
        digests='[{name: morning, at: "09:00"}]',
        http=f"{{host: 127.0.0.1, port: 0, token: {HTTP_TOKEN}}}",
        more="unreadable_after: 1",
        **({"store": store} if store else {}),
    ).read_text(encoding="utf-8")
    told = PROJECTS % {
        "wrong_key": WRONG_KEY,
        "ready": READY,
        "password": PASSWORD,
        "wrong_password": WRONG_PASSWORD,
    }
    projects = told.replace("    auth:", ADDRESS % {"dlf": home.playground.dlf_url} + "    auth:")
    (home.folder / "config.yaml").write_text("projects:\n" + projects + text[text.index("slack:") :])
    return _loaded(home)


def _loaded(home: Services) -> Config:
    from bot.config import load

    return load(home.folder / "config.yaml", {})


def tickets_of(home: Services) -> list[str]:
    """Every Socket Mode ticket that is issued from now on."""
    tickets: list[str] = []
    issue = home.slack.socket.issue_ticket

    def noted() -> str:
        tickets.append(issue())
        return tickets[-1]

    home.slack.socket.issue_ticket = noted  # type: ignore[method-assign]
    return tickets


async def everything_happens(home: Services, bot: Bot) -> None:
    """Commands, an alert's life and a digest, while DLF and Slack go wrong in every way they know."""
    await soon(lambda: home.private() or bot.poller.last_read_at)
    for words in ("yesterday", "today own", "yesterdy", "help", "sales share"):
        await home.slack.run_command(ADA, OPS, words)
    home.dlf.fail("ws-sales", 7)
    await soon(lambda: any("7 failed" in text for text in home.texts()))
    for fault in ("unauthorized", "token_expired", "login_page", "camel_case_error", "dropped"):
        home.dlf.faults.set(fault)
        home.dlf.faults.set(fault, place="iam")
        home.dlf.iam.expire_tokens()
        home.forward(minutes=6)
        await home.slack.run_command(ADA, OPS, "yesterday")
        await asyncio.sleep(0.15)
    home.dlf.faults.clear()
    for number, trouble in enumerate(TROUBLES):
        home.slack.faults.clear()
        home.slack.faults.trouble(trouble)
        home.dlf.fail("ws-sales", 10 + number)
        home.forward(minutes=1)
        if trouble.startswith("socket"):
            home.slack.socket.cut()
        home.slack.spawn(home.slack.run_command(ADA, OPS, "yesterday"))
        await asyncio.sleep(0.2)
    home.slack.faults.clear()
    home.dlf.heal("ws-sales")
    home.forward(hours=23)
    await soon(lambda: any("digest morning" in text for text in home.texts()))


async def pages_of(bot: Bot) -> str:
    """The pages that an operator sees, with the bearer token and without."""
    found = []
    async with aiohttp.ClientSession(f"http://127.0.0.1:{bot.http_port}") as session:
        for path in ("/healthz", "/readyz", "/metrics"):
            for given in (HTTP_TOKEN, "wrong"):
                async with session.get(path, headers={"Authorization": f"Bearer {given}"}) as answer:
                    found.append(await answer.text())
    return "\n".join(found)


def slack_of(home: Services) -> str:
    """All that was ever shown or tried to be shown in Slack."""
    shown = [message.as_json(with_metadata=True) for channel in home.slack.channels.values()
             for message in channel.messages.values()]  # fmt: skip
    shown += [one.as_json() for user in home.slack.users for one in home.slack.ephemerals_of(user)]
    return json.dumps(shown, ensure_ascii=False) + "\n".join(one.text for one in home.slack.log)


def found_in(text: str | bytes, secrets: list[str]) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    return [secret for secret in secrets if secret.encode() in content]


@pytest.mark.parametrize(
    ("format", "transport"),
    [("text", "app_token: ${SLACK_APP}"), ("json", HTTP_MODE)],
    ids=["text, socket", "json, http"],
)
async def test_nothing_secret_comes_out_anywhere(home: Services, format: str, transport: str) -> None:
    config, stream, raw = config_of(home, transport), io.StringIO(), Everything()
    set_up(format, "DEBUG", stream).learn(*secrets_of(config))
    logging.getLogger().addHandler(raw)
    tickets = tickets_of(home)
    async with home.bot(config) as bot:
        await everything_happens(home, bot)
        pages = await pages_of(bot)
        files = {path.name: path.read_bytes() for path in home.folder.glob("bot.db*")}
    files |= {f"{path.name} afterwards": path.read_bytes() for path in home.folder.glob("bot.db*")}

    issued = [*home.dlf.iam.tokens, *home.slack.response_urls.issued, *home.slack.triggers, *tickets]
    secrets = [*WRITTEN, *issued]
    assert home.dlf.iam.tokens and home.slack.response_urls.issued
    assert bool(tickets) == (transport != HTTP_MODE)
    log = stream.getvalue()
    assert all(event in log for event in ("command", "poll", "notice", "digest", "listening"))
    assert found_in(log, secrets) == []
    assert found_in("\n".join(raw.texts), secrets) == [], "it should not even reach the log's filter"
    slack = slack_of(home)
    assert "7 failed" in slack
    assert found_in(slack, [*secrets, *ACCESS_KEYS]) == []
    assert "not read since" in pages or "ready" in pages
    assert found_in(pages, [*secrets, *ACCESS_KEYS]) == []
    assert found_in(pages, [ADA, "Ada"]) == [], "no person"
    assert {"bot.db", "bot.db-wal"} <= set(files)
    kept_back = [*secrets, "yesterdy"]  # a person's input
    assert {name: found for name, content in files.items() if (found := found_in(content, kept_back))} == {}


@pytest.mark.postgres
async def test_the_database_password_stays_in_the_config(home: Services, migrated_postgres: str) -> None:
    user, _, rest = migrated_postgres.removeprefix("postgresql://").partition("@")
    url = f"postgresql://{user.partition(':')[0]}:{DATABASE}@{rest}"
    await _runs_in_silence(home, url, starts=True)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://bot:{DATABASE}@127.0.0.1:9/bot",
        f"postgresql://bot:{DATABASE}@nowhere.invalid/bot",
        f"postgresql://bot@127.0.0.1:9/bot?password={DATABASE}",
    ],
    ids=["refused", "no such host", "as a parameter"],
)
async def test_an_unreachable_database_is_reported_without_its_password(home: Services, url: str) -> None:
    await _runs_in_silence(home, url, starts=False)


async def _runs_in_silence(home: Services, url: str, *, starts: bool) -> None:
    config, stream, raw = config_of(home, HTTP_MODE, url), io.StringIO(), Everything()
    set_up("text", "DEBUG", stream).learn(*secrets_of(config))
    logging.getLogger().addHandler(raw)
    started, said = False, ""
    try:
        async with home.bot(config) as bot:
            await soon(lambda: bot.poller.last_read_at)
            started, said = True, await pages_of(bot)
    except BotError as error:
        said = str(error)
    assert started == starts, said
    assert DATABASE not in "\n".join([said, stream.getvalue(), config.store_label, repr(config), *raw.texts])


async def test_a_config_and_its_errors_show_stars(home: Services) -> None:
    config = config_of(home, "app_token: ${SLACK_APP}")
    assert set(secrets_of(config)) >= {"playground-secret", WRONG_KEY, PASSWORD, READY, HTTP_TOKEN, BOT, APP}
    assert found_in(f"{config!r} {config}", list(WRITTEN)) == []
    heartbeat = HeartbeatSettings(Secret("https://kuma.example/api/push/heart-4717"), timedelta(minutes=1))
    assert "https://kuma.example/api/push/heart-4717" in secrets_of(replace(config, heartbeat=heartbeat))
    assert timedelta(seconds=1) == config.poll_every
