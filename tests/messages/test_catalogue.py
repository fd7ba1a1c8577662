"""The Chinese catalogue: complete, without dead entries, and the way of every sentence into Slack."""

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import SQLAlchemyError

from bot.dlf.jobs import _about_jobs, _at_lists
from bot.domain.slack_codes import CODES
from bot.errors import BotError, DlfError
from bot.messages.jobs_modal import job_modal, jobs_modal, jobs_working
from bot.messages.message import Block
from bot.messages.service import channel_parked, old_form
from bot.messages.silence_form import silence_form, silence_working
from bot.messages.words import LABELS, PHRASES, Words
from bot.messages.zh import CATALOGUES, ZH
from bot.slack.errors import connection_error, refusal, unsure
from bot.store.errors import explain, no_file
from bot.store.postgres_errors import _POOLER
from tests.support.golden_messages import CHINESE
from tests.support.message_scenes import EVIL, JOBS, NOW

BOT = pathlib.Path(__file__).parents[2] / "bot"
SHOWING = sorted([*(BOT / "messages").rglob("*.py"), *(BOT / "slack").glob("*.py")])
TRANSLATORS = {
    *("tr", "self", "self._tr", "tr.plural", "self._tr.plural"),
    *("self.message", "self._runner.message", "Words(locale)", "Words(self.locale)", "Words(self._locale)"),
}
# Text for the terminal and the log, and names that are compared with others.
NOT_SHOWN_IN_SLACK = {"day ended", "no longer told", "silenced by ", " or until it gets worse than "}
# What bot/dlf/jobs.py changes in a problem that is about job lists.
NO_PROBLEMS = {
    *("job counts", "a list of jobs", "(viewer is enough)", "(viewer is enough, deployer is not)"),
    *("The host must begin with `dayu.`", "The host must begin with `dayu-dlf.`"),
}
# Marks in the texts of PgBouncer and of drivers, and a setting's value.
POOLERS_WORDS = {*_POOLER, "no encryption", "ssl off", "SSL upgrade", "read committed"}
SEVERAL_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")


COMMANDS = {"parsing.py", "digest_command.py", "jobs_command.py", "status_command.py", "status_grammar.py"}
ALERT_WORDS = {"self", "words"}  # their `title` is no capital letter


def is_catalogue(path: pathlib.Path) -> bool:
    return "zh" in path.relative_to(BOT).with_suffix("").parts


def parsed(path: pathlib.Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def texts(tree: ast.AST) -> Iterator[str]:
    """The string constants of a tree that are no docstrings."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def jobs_patterns(english: str) -> set[str]:
    """The same sentence about V2's and V1's job lists, as bot/dlf/jobs.py words it."""
    error = DlfError("", remedy=english.replace("job counts", "a list of jobs"))
    return {_about_jobs(error, fix).parts[2].pattern for fix in (lambda remedy: remedy, _at_lists)}


def test_every_translated_pattern_has_its_chinese_form() -> None:
    translated = [
        (path.name, pattern)
        for path in SHOWING
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in TRANSLATORS
        for argument in call.args
        for pattern in texts(argument)
    ]
    assert len(translated) > 240, "the calls that translate have another name"
    assert [(name, pattern) for name, pattern in translated if pattern not in ZH] == []
    assert set(PHRASES.values()) | set(LABELS.values()) <= set(ZH)


def test_every_chinese_entry_is_used() -> None:
    said = {text for path in BOT.rglob("*.py") if not is_catalogue(path) for text in texts(parsed(path))}
    about_jobs = {pattern for text in said for pattern in jobs_patterns(text)}
    assert set(ZH) - said - about_jobs == set()


def test_no_entry_stands_twice() -> None:
    assert sum(map(len, CATALOGUES)) == len(ZH)


def test_every_sentence_of_a_message_stands_in_the_catalogue() -> None:
    room = [path for path in SHOWING if "messages" in path.parts and not is_catalogue(path)]
    found = {text for path in room for text in texts(parsed(path)) if SEVERAL_WORDS.search(text)}
    assert len(found) > 150
    assert found - set(ZH) == NOT_SHOWN_IN_SLACK


def test_no_message_sets_capitals_or_joins_words_by_itself() -> None:
    """The catalogue has both: Chinese has no capitals, and other marks between the parts of a list."""
    changes = {"lower", "upper", "capitalize", "title"}
    found = [
        (path.name, ast.unparse(call))
        for path in SHOWING
        if "messages" in path.parts or path.name in COMMANDS
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if (call.func.attr in changes and not call.args and ast.unparse(call.func.value) not in ALERT_WORDS)
        or (call.func.attr == "join" and ast.unparse(call.func.value) in ("', '", "'; '", "': '", "'. '"))
    ]
    assert found == []


def test_no_message_is_made_of_text_that_was_not_translated() -> None:
    made = [
        (path.name, call)
        for room in ("slack", "usecases")
        for path in (BOT / room).glob("*.py")
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Message"
    ]
    assert len(made) > 5, "messages are made by another name"
    for name, call in made:
        translated = {
            text
            for part in ast.walk(call)
            if isinstance(part, ast.Call) and ast.unparse(part.func) in TRANSLATORS
            for text in texts(part)
        }
        raw = [text for text in texts(call) if text not in translated and re.search("[A-Za-z]{2,}", text)]
        assert raw == [], f"{name}:{call.lineno}"


def test_every_problem_of_dlf_stands_in_the_catalogue() -> None:
    room = [path for path in (BOT / "dlf").glob("*.py") if path.name != "discovery.py"]  # for `init` alone
    found = {
        text
        for path in [*room, BOT / "outbound.py", BOT / "domain" / "rules.py", BOT / "domain" / "overview.py"]
        for text in texts(parsed(path))
        if SEVERAL_WORDS.search(text)
    }
    assert len(found) > 60
    about_jobs = {pattern for text in found for pattern in jobs_patterns(text)}
    assert (found | about_jobs) - NO_PROBLEMS - set(ZH) == set()


def test_every_problem_of_the_database_stands_in_the_catalogue() -> None:
    met = ("errors.py", "postgres_errors.py", "postgresql.py", "sqlite_file.py")
    found = {
        text
        for name in met
        for text in texts(parsed(BOT / "store" / name))
        if SEVERAL_WORDS.search(text) and not text.startswith("SELECT") and text not in POOLERS_WORDS
    }
    assert len(found) > 70
    assert found - set(ZH) == set()


def test_every_error_of_slack_stands_in_the_catalogue() -> None:
    met = ("errors", "response_url", "web_api", "sender", "identity", "directory", "permissions", "responder")
    files = [*(BOT / "slack" / f"{name}.py" for name in met), BOT / "domain" / "slack_codes.py"]
    found = {text for file in files for text in texts(parsed(file)) if SEVERAL_WORDS.search(text)}
    assert len(found) > 30
    assert found - set(ZH) == set()


# Errors of the start, of the terminal and of the connection to Slack: only terminal, log and readiness show
# them, in English.
NEVER_IN_SLACK = {
    "dlf": {"discovery"},
    "server": {"listeners"},
    "slack": {"http_requests", "manifest", "socket_mode", "socket_urls"},
    "store": {"backup", "copy", "database", "migrate", "neighbours", "postgres_url", "upkeep"},
    "usecases": {"deliver"},  # a reply's code in the outbox
}
IN_THE_TERMINAL = {"cli", "config", "playground"}


def errors(tree: ast.Module) -> Iterator[str]:
    """The sentences in the calls that make errors and problems."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and MAKES_AN_ERROR.fullmatch(ast.unparse(call.func)):
            said = [key.value for key in call.keywords if key.arg in ("what", "meaning", "remedy")]
            yield from (text for part in [*call.args, *said] for text in texts(part))


MAKES_AN_ERROR = re.compile(r"(\w+\.)*((Bot|Dlf|Slack|Store)[A-Z]\w+|sentence|problem_of|refusal|unsure)")


def test_every_error_that_slack_can_show_has_its_chinese_form() -> None:
    found, elsewhere = set[str](), set[str]()
    for path in BOT.rglob("*.py"):
        room = path.relative_to(BOT).parts[0]
        if room in IN_THE_TERMINAL or is_catalogue(path):
            continue
        said = {text for text in errors(parsed(path)) if SEVERAL_WORDS.search(text)}
        if path.stem in NEVER_IN_SLACK.get(room, ()):
            elsewhere.add(f"{room}/{path.stem}") if said else None
        else:
            found |= said
    assert len(found) > 70, "errors are made by another name"
    assert found - NO_PROBLEMS - set(ZH) == set()
    assert elsewhere == {f"{room}/{name}" for room, names in NEVER_IN_SLACK.items() for name in names}


ENGLISH = re.compile(r"\b[A-Za-z]+ [a-z]{2,} [a-z]{2,}\b")


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_slack_has_a_chinese_cure(code: str) -> None:
    said = Words("zh").problem(refusal("chat.postMessage", code).problem)
    assert said.endswith("。") and not ENGLISH.search(said)
    assert not ENGLISH.search(channel_parked("C0OPS", code, locale="zh").text)


@pytest.mark.parametrize("name", CHINESE)
def test_no_english_stands_within_a_chinese_message(name: str) -> None:
    for level in (CHINESE[name].text, *map(str, CHINESE[name].levels())):
        said = re.sub(r"`[^`]*`|deploy of the new warehouse|table &lt;.*? missing", "", level)
        assert ENGLISH.findall(said) == []


@pytest.mark.parametrize(
    "dialog",
    [
        silence_form("failures/prod/sales/2026-11-22/1", NOW, locale="zh"),
        silence_form("_unreadable/prod/2026-11-22/1", NOW, locale="zh"),
        silence_working(locale="zh"),
        jobs_modal(JOBS, 1, locale="zh"),
        job_modal(JOBS, JOBS.jobs[0], locale="zh"),
        job_modal(JOBS, JOBS.jobs[2], locale="zh"),
        jobs_working(locale="zh"),
        old_form(locale="zh"),
    ],
)
def test_no_english_stands_within_a_chinese_dialog(dialog: Block) -> None:
    said = str(dialog).replace(EVIL.splitlines()[0], "")
    assert [found for found in ENGLISH.findall(said) if found not in EVIL] == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            explain(TimeoutError()),
            "数据库响应超时。不会丢失数据：未写入的内容会重试。",
        ),
        (no_file(pathlib.Path("/none/bot.db")), "无法打开数据库文件 /none/bot.db：目录 /none 不存在。"),
        (explain(SQLAlchemyError()), "数据库拒绝了语句（SQLAlchemyError）。"),
        (refusal("chat.postMessage", "not_in_channel"), "Slack 拒绝了 chat.postMessage：not_in_channel。"),
        (refusal("x", "missing_scope", needed="chat:write"), "Token 缺少权限范围 chat:write。请在 OAuth"),
        (unsure("chat.update", "timeout"), "无法确认 Slack 是否已执行 chat.update：timeout。"),
        (
            connection_error("x", OSError(), "https://slack.com", left=False),
            "无法连接 Slack（x）。请检查",
        ),
    ],
)
def test_errors_of_database_and_slack_are_worded_in_chinese(error: BotError, said: str) -> None:
    assert said in Words("zh").problem(error.problem)
    assert str(error).isascii()


@pytest.mark.parametrize("english", ZH)
def test_chinese_has_the_same_blanks(english: str) -> None:
    blanks = re.compile(r"\{\w+\}")
    assert sorted(blanks.findall(english)) == sorted(blanks.findall(ZH[english]))
