"""config.example.yaml, what the YAML may say, and the broken files in tests/configs with their sentences."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.config import Locale, LogFormat, load
from bot.config.settings import CountsShown, HeartbeatSettings
from bot.dlf.settings import AccessKey, IamUser, ReadyToken
from bot.domain.care import Care, Importance, JobCare
from bot.domain.model import COUNT_NAMES, Day, JobNames, Metric
from bot.domain.pace import ROOM, requests_per_second
from bot.domain.rules import Severity, Step
from bot.domain.unreadable import UNREADABLE
from bot.errors import ConfigError, Mistake
from bot.secret import Secret
from tests.support.config_texts import BROKEN, ENVIRON, EXAMPLE, ROOT, RULE, SMALL, Reader


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path / "dlf.yaml")


WAITING = ("running_exception_count", "waiting_confirm_count", "pause_count")


def mistakes_of(path: Path) -> tuple[Mistake, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path, ENVIRON)
    return caught.value.mistakes


def sentences() -> dict[str, list[str]]:
    """tests/configs/sentences.txt: what each broken file is told, as `dlf-bot check` prints it."""
    found: dict[str, list[str]] = {}
    for line in (BROKEN[0].parent / "sentences.txt").read_text(encoding="utf-8").splitlines():
        found.setdefault(line.partition(":")[0], []).append(line)
    return found


SENTENCES = sentences()


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_is_reported_with_every_mistake_and_its_line(path: Path) -> None:
    found = [str(replace(mistake, file=path.name)) for mistake in mistakes_of(path)]
    assert found == SENTENCES.get(path.name)


def test_every_sentence_has_its_file() -> None:
    assert set(SENTENCES) == {path.name for path in BROKEN}
    assert len(BROKEN) >= 60


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_mistake_has_a_line_says_what_to_do_and_shows_no_secret(path: Path) -> None:
    for mistake in mistakes_of(path):
        assert mistake.line >= 1
        assert mistake.what.endswith(".")
        assert mistake.remedy.endswith((".", "?"))
        assert "hunter2" not in str(mistake)


def test_the_example_loads() -> None:
    config = load(EXAMPLE, ENVIRON)
    assert [workspace.key for workspace in config.workspaces] == ["prod/sales", "prod/finance"]
    assert config.projects[0].endpoint == "https://dayu.ap-southeast-3.myhuaweicloud.com"
    assert config.projects[0].auth == AccessKey("AKEXAMPLE", Secret("hunter2"))
    assert config.slack.app_token == Secret("xapp-hunter2")
    assert (config.http.port, config.poll_every) == (8080, timedelta(minutes=1))
    failures, stuck, success = config.rules
    assert (failures.limit, failures.readings, failures.below) == (5, 2, False)
    assert (stuck.severity, stuck.mention) == (Severity.CRITICAL, ("<!subteam^S0ONCALL>",))
    assert (stuck.workspaces, stuck.remind_every) == (frozenset({"prod/sales"}), timedelta(hours=1))
    assert (success.limit, success.below) == (95, True)
    (morning,) = config.digests
    assert (morning.schedule.at, morning.schedule.zone) == (time(9), ZoneInfo("Asia/Singapore"))
    assert (morning.schedule.weekdays, morning.days) == (frozenset(range(5)), (Day.YESTERDAY,))


def test_every_commented_line_of_the_example_can_be_used(read: Reader) -> None:
    """Uncommented in groups that go together: they load, and say what the comments say is the default."""
    text = EXAMPLE.read_text(encoding="utf-8")
    alone = {
        "token",
        "signing_secret",
        "security_token",
        "username",
        "password",
        "domain",
        "heartbeat",
        "below",
        "clear_above",
        "unreadable_after",
    }
    for name in re.findall(r"^ *# ([a-z_]+):(?: |$)", text, re.MULTILINE):
        if name not in alone:
            text = re.sub(rf"^( *)# ({name}:)", r"\1\2", text, flags=re.MULTILINE)
    text = re.sub(r"^#   (format|level):", r"  \1:", text, flags=re.MULTILINE)
    config, default = read(text), load(EXAMPLE, ENVIRON)
    assert config.slack.admins == ("U0ADA", "S0ONCALL")
    consoles = {one.console for one in config.workspaces}
    assert consoles == {"https://console.example/#/log?jobId={job_id}&jobInstanceId={job_instance_id}"}
    (project,) = config.projects
    without = tuple(replace(one, console="") for one in project.workspaces)
    assert (replace(project, workspaces=without),) == default.projects
    same = ("unreadable_after", "keep", "logs", "http", "store_label")
    assert [getattr(config, name) for name in same] == [getattr(default, name) for name in same]
    assert (config.rules[0].worse_by, config.rules[0].clear_after) == (Step(100, percent=True), 1)


def test_a_missing_variable_is_named_at_every_place_that_needs_it() -> None:
    with pytest.raises(ConfigError) as caught:
        load(EXAMPLE, {})
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    told = {(mistake.line, mistake.what) for mistake in caught.value.mistakes}
    needed = {
        (number, f"the environment variable {name} is not set.")
        for number, line in enumerate(lines, 1)
        if not line.lstrip().startswith("#")
        for name in re.findall(r"\$\{(\w+)\}", line.partition(" #")[0])
    }
    assert told == needed


@pytest.mark.parametrize(
    ("counts", "workspaces", "names"),
    [
        ("auto", 200, COUNT_NAMES),
        ("auto", 201, ("fail_count", "running_exception_count", "total_count")),
        ("all", 500, COUNT_NAMES),
        ("main", 1, ("fail_count", "running_exception_count", "total_count")),
        ("none", 1, ()),
    ],
)
def test_metrics_have_all_counts_of_few_workspaces(
    read: Reader, counts: str, workspaces: int, names: tuple[str, ...]
) -> None:
    config = read(SMALL + f"metrics: {{counts: {counts}}}")
    assert config.counts_shown.names(workspaces) == names


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("hc-ping.com/hunter2", "is not a URL"),
        ("https://me:hunter2@kuma.example/x", "contains a user or password"),
        ("http://kuma.example/hunter2", "is plain http, which others can read"),
        ("https://kuma.example/hunter2 x", "contains a space"),
    ],
)
def test_a_heartbeats_address_is_a_secret(read: Reader, url: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(SMALL + f"heartbeat: {{url: '{url}'}}")
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_heartbeat_is_called_every_minute_unless_told_otherwise(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://hc-ping.com/hunter2?rid=1\n", encoding="utf-8")
    environ = {"HEARTBEAT_URL_FILE": str(tmp_path / "url")}
    heartbeat = read(SMALL + "heartbeat: {url: '${HEARTBEAT_URL}'}", **environ).heartbeat
    assert heartbeat == HeartbeatSettings(Secret("https://hc-ping.com/hunter2?rid=1"), timedelta(minutes=1))
    assert "hunter2" not in repr(heartbeat)
    assert read(SMALL).heartbeat is None


def test_defaults(read: Reader) -> None:
    config = read(SMALL + RULE % ("fail_count", 5) + 'digests: [{name: d, at: "09:00"}]')
    assert config.store_label == "sqlite:///dlf-bot.db"
    assert (config.http.host, config.http.port, config.http.token) == ("::", 8080, None)
    assert (config.poll_every, config.keep) == (timedelta(minutes=1), timedelta(days=90))
    assert (config.unreadable_after, config.logs.format) == (15, LogFormat.TEXT)
    assert config.unreadable == UNREADABLE
    assert config.counts_shown is CountsShown.AUTO
    assert (config.slack.api_url, config.slack.locale) == ("https://slack.com/api/", Locale.EN)
    assert (config.rules[0].readings, config.rules[0].clear_after) == (1, 1)
    assert config.rules[0].worse_by == Step(100, percent=True)
    plan = config.digests[0]
    assert (str(plan.schedule.zone), plan.schedule.weekdays) == ("Asia/Singapore", frozenset(range(7)))
    assert (plan.days, plan.schedule.max_lateness) == ((Day.YESTERDAY,), timedelta(hours=6))


@pytest.mark.parametrize(
    ("written", "outlives"),
    [
        *((f"metric: {name}, limit: 0", True) for name in WAITING),
        *((f"metric: {metric}, limit: 5", False) for metric in Metric if metric not in WAITING),
        ("metric: pause_count, limit: 0, ends_with_day: true", False),
        ("metric: fail_count, limit: 0, ends_with_day: false", True),
    ],
)
def test_alerts_on_counts_that_wait_for_a_person_outlive_their_day_unless_the_rule_says_otherwise(
    read: Reader, written: str, outlives: bool
) -> None:
    (rule,) = read(f"{SMALL}rules:\n  - {{name: r, {written}}}\n").rules
    assert rule.outlives_day is outlives


@pytest.mark.parametrize(
    ("written", "remind_taken"),
    [
        ("", None),
        ("remind_every: 30m", timedelta(hours=2)),
        ("remind_every: 30m, remind_taken: 1h", timedelta(hours=1)),
        ("remind_taken: 8h", timedelta(hours=8)),
    ],
)
def test_a_taker_is_reminded_four_times_later_unless_the_rule_says_when(
    read: Reader, written: str, remind_taken: timedelta | None
) -> None:
    (rule,) = read(f"{SMALL}rules: [{{name: r, metric: fail_count, limit: 1, {written}}}]").rules
    assert rule.remind_taken == remind_taken


def test_a_workspace_whose_name_another_project_has_is_called_by_both_names(read: Reader) -> None:
    first, rest = SMALL.split("slack:")
    project = first.removeprefix("projects:\n")
    second = project.replace("prod", "test").replace("sales", "SALES").replace("finance", "logs")
    config = read(f"{first}{second}slack:{rest}")
    assert [one.label for one in config.workspaces] == ["prod/sales", "finance", "test/SALES", "logs"]


def test_the_alert_that_a_project_cannot_be_read_has_a_channel_mentions_and_a_severity(read: Reader) -> None:
    config = read(
        f"{SMALL}unreadable:\n  after: 2\n  channel: C0INFRA\n  mention: [S0ONCALL, U0ADA]\n"
        "  severity: warning\n  remind_every: 30m"
    )
    assert config.unreadable_after == 2
    assert config.unreadable == replace(
        UNREADABLE,
        channel="C0INFRA",
        mention=("<!subteam^S0ONCALL>", "<@U0ADA>"),
        severity=Severity.WARNING,
        remind_every=timedelta(minutes=30),
        remind_taken=timedelta(hours=2),
    )


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("unreadable_after: 5", 5),
        ("unreadable: {after: 5}", 5),
        ("unreadable: {channel: C0INFRA}\nunreadable_after: 5", 5),
        ("unreadable: {after: '${NOT_SET:-}'}\nunreadable_after: 5", 5),
        ("unreadable:", 15),
        ("poll_every: 5m", 3),
        ("poll_every: 10m", 3),
        ("poll_every: 5m\nunreadable: {after: 12m}", 3),
        ("poll_every: 10m\nunreadable_after: 10m", 1),
        ("poll_every: 7s\nunreadable_after: 15s", 3),
    ],
)
def test_unreadable_after_is_another_name(read: Reader, written: str, after: int) -> None:
    assert read(SMALL + written).unreadable_after == after


def test_every_rule_knows_its_line() -> None:
    config = load(EXAMPLE, ENVIRON)
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert set(config.rule_lines) == {rule.name for rule in config.rules}
    for name, line in config.rule_lines.items():
        assert f"name: {name}" in lines[line - 1]


@pytest.mark.parametrize(
    ("written", "readings"),
    [("3", 3), ("10m", 11), ("90s", 3), ("1m", 2), ("1s", 2), ("10m\npoll_every: 5m", 3)],
)
def test_a_rule_may_give_readings_or_the_time_that_they_last(
    read: Reader, written: str, readings: int
) -> None:
    value, _, more = written.partition("\n")
    rule = (RULE % ("fail_count", 5)).replace("limit: 5", f"limit: 5, for: {value}")
    assert read(f"{SMALL}{rule}\n{more}").rules[0].readings == readings


@pytest.mark.parametrize(
    ("workspaces", "per_second", "seconds"),
    [(1, 8, 60), (317, 8, 60), (318, 8, 61), (1000, 8, 189), (10, 0.1, 152)],
)
def test_the_default_interval_is_a_minute_or_what_the_pace_allows(
    read: Reader, workspaces: int, per_second: float, seconds: int
) -> None:
    text = SMALL.replace("timezone:", f"requests_per_second: {per_second}\n    timezone:")
    listed = ", ".join(f"{{name: w{n}, id: id{n}}}" for n in range(workspaces))
    text = re.sub(r"workspaces: .*", f"workspaces: [{listed}]", text)
    config = read(text)
    assert config.poll_every == timedelta(seconds=seconds)
    needed = requests_per_second(workspaces, config.poll_every)
    assert needed <= ROOM * per_second
    shorter = timedelta(seconds=seconds - 1)
    assert seconds == 60 or requests_per_second(workspaces, shorter) > ROOM * per_second
    assert read(f"{text}poll_every: 2s").poll_every == timedelta(seconds=2)


def test_lookups(read: Reader) -> None:
    rules = "rules:\n- &a {name: a, metric: fail_count, limit: 1}\n- {<<: *a, name: b, channel: C0RULE}"
    config = read(SMALL + rules)
    a, b = config.rules
    assert (config.rule("a"), config.rule("b"), config.rule("c")) == (a, b, None)


def test_digits_and_words_stay_what_was_written(read: Reader) -> None:
    """YAML 1.1 reads 0123456789 as octal, 10:30 as 630 and `on` as true."""
    config = read(SMALL.replace("name: finance", "name: on") + "digests: [{name: no, at: 10:30}]")
    assert config.projects[0].project_id == "0123456789"
    assert [workspace.id for workspace in config.workspaces] == ["007", "ws2"]
    assert config.workspaces[1].name == "on"
    assert (config.digests[0].name, config.digests[0].schedule.at) == ("no", time(10, 30))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("30s", 30),
        ("5m", 300),
        ("4h", 14400),
        ("1d", 86400),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1.5h", 5400),
    ],
)
def test_durations(read: Reader, written: str, value: int) -> None:
    assert read(f"{SMALL}poll_every: {written}").poll_every == timedelta(seconds=value)


@pytest.mark.parametrize(
    ("metric", "written", "limit"),
    [
        ("fail_count", "5", 5),
        ("fail_count", '"5"', 5),
        ("fail_count", "1_000", 1000),
        ("fail_count", "0", 0),
        ("fail_count", "5.0", 5),
        ("fail_rate", "5", 5),
        ("fail_rate", "5%", 5),
        ("fail_rate", "0.5%", 0.5),
        ("fail_rate", "0", 0),
        ("fail_rate", "2.5", 2.5),
        ("success_rate", '"95%"', 95),
        ("overridden_count", "3", 3),
    ],
)
def test_a_limit_is_read_as_written(read: Reader, metric: str, written: str, limit: float) -> None:
    config = read(SMALL + RULE % (metric, written))
    assert config.rules[0].limit == limit


@pytest.mark.parametrize("metric", list(Metric))
def test_every_metric_can_be_watched_and_is_bad_on_the_right_side(read: Reader, metric: Metric) -> None:
    (rule,) = read(SMALL + RULE % (metric, 50)).rules
    assert rule.metric is metric
    assert rule.breached(10) is (metric is Metric.SUCCESS_RATE)


def test_a_rule_may_watch_from_below_and_end_above(read: Reader) -> None:
    text = "rules: [{name: r, metric: total_count, limit: 10, below: yes, clear_above: 12, worse_by: 3}]"
    (rule,) = read(SMALL + text).rules
    assert (rule.below, rule.clear_limit, rule.worse_by) == (True, 12, Step(3))
    assert [rule.breached(9), rule.cleared(11), rule.cleared(13)] == [True, False, True]


def test_plain_ids_become_mentions(read: Reader) -> None:
    written = 'mention: [S0ONCALL, U0ADA, "<@W0BEN>", "<!here>", "<!subteam^S1|@ops>", U0ADA]'
    (rule,) = read(f"{SMALL}rules: [{{name: r, metric: fail_count, limit: 1, {written}}}]").rules
    assert rule.mention == ("<!subteam^S0ONCALL>", "<@U0ADA>", "<@W0BEN>", "<!here>", "<!subteam^S1|@ops>")


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("daily", set(range(7))),
        ("sat", {5}),
        ("sat-mon", {5, 6, 0}),
        ("[mon, Wednesday, fri-sun]", {0, 2, 4, 5, 6}),
        ("mon,thu", {0, 3}),
    ],
)
def test_weekdays_are_read_as_names_ranges_and_lists(read: Reader, written: str, days: set[int]) -> None:
    config = read(
        f'{SMALL}digests: [{{name: d, at: "7:05", weekdays: "{written}"}}]'.replace('"[', "[").replace(
            ']"', "]"
        )
    )
    assert config.digests[0].schedule.weekdays == days


def test_workspaces_are_named_short_or_in_full(read: Reader) -> None:
    config = read(
        SMALL + "rules: [{name: r, metric: fail_count, limit: 1, workspaces: [sales, prod/finance]}]\n"
        "digests: [{name: d, at: 09:00, workspaces: finance, days: [today, all]}]"
    )
    assert config.rules[0].workspaces == {"prod/sales", "prod/finance"}
    assert config.digests[0].workspaces == {"prod/finance"}
    assert config.digests[0].days == (Day.TODAY, Day.ALL)


@pytest.mark.parametrize(
    ("written", "auth"),
    [
        ("{access_key: A, secret_key: s, security_token: t}", AccessKey("A", Secret("s"), Secret("t"))),
        ("{username: u, password: p, domain: d}", IamUser("u", Secret("p"), "d")),
        ("{token: t}", ReadyToken(Secret("t"))),
        ("{token: t, security_token: '${NOT_SET:-}'}", ReadyToken(Secret("t"))),
    ],
)
def test_three_ways_to_log_in(read: Reader, written: str, auth: object) -> None:
    assert read(SMALL.replace("{token: hunter2}", written)).projects[0].auth == auth


def test_endpoints_override_the_regions(read: Reader) -> None:
    other = (
        "region: ap-southeast-3\n    endpoint: http://127.0.0.1:9001/\n    iam_endpoint: https://iam.example"
    )
    (project,) = read(SMALL.replace("region: ap-southeast-3", other)).projects
    assert (project.endpoint, project.iam_endpoint) == ("http://127.0.0.1:9001", "https://iam.example")
    (project,) = read(SMALL.replace("region: ap-southeast-3", "endpoint: https://[::1]:9001")).projects
    assert (project.endpoint, project.jobs_endpoint) == ("https://[::1]:9001", "https://[::1]:9001")


@pytest.mark.parametrize("written", ["false", "names", "errors", "off"])
def test_a_project_says_what_its_alerts_tell_of_jobs(read: Reader, written: str) -> None:
    set_so = SMALL.replace("    region: ap", f"    job_names: {written}\n    region: ap")
    told = {one.job_names.value for one in read(set_so).workspaces}
    assert told == {"false" if written == "off" else written}
    assert read(SMALL).workspaces[0].job_names is JobNames.NAMES


def test_the_console_is_a_template_of_an_address(read: Reader) -> None:
    template = "https://{region}-console.example/dlf/?workspace={workspace_id}#/job/{job_name}?id={job_id}"
    written = SMALL.replace("    region: ap", f'    console: "{template}"\n    region: ap')
    assert {(one.console, one.region) for one in read(written).workspaces} == {(template, "ap-southeast-3")}
    for wrong in ("http://c.example/{job_id}", "https://c.example/{0}", "https://{job_id", "https://a@b/"):
        with pytest.raises(ConfigError, match="console is"):
            read(SMALL.replace("    region: ap", f'    console: "{wrong}"\n    region: ap'))
    with pytest.raises(ConfigError, match="region}, and the project has none"):
        read(written.replace("region: ap-southeast-3", "endpoint: https://dlf.example"))


CARED_FOR = (
    SMALL.replace("{name: sales, id: 007}", "{name: sales, id: 007, owner: S0DATA}")
    + """\
rules: [{name: r, metric: fail_count, limit: 1, runbook: https://w.example/r, mention: [owner, U0BEN]}]
jobs:
  - {match: "gl_*", owner: U0ADA, runbook: "https://w.example/gl?a=1", importance: critical}
  - {match: "*", owner: "FX team", workspace: finance}
  - {match: "*", owner: "<@U0PROD>", project: prod}
"""
)


def test_rules_workspaces_and_jobs_name_their_owners(read: Reader) -> None:
    config = read(CARED_FOR)
    sales, finance = config.workspaces
    gl = JobCare("gl_*", Care("<@U0ADA>", "https://w.example/gl?a=1", Importance.CRITICAL))
    everything = JobCare("*", Care("<@U0PROD>"))
    assert sales.care == Care("<!subteam^S0DATA>")
    assert sales.job_care == (gl, everything)
    assert finance.job_care == (gl, JobCare("*", Care("FX team")), everything)
    (rule,) = config.rules
    assert rule.care == Care(runbook="https://w.example/r")
    assert (rule.mention, rule.mentions_owner) == (("<@U0BEN>",), True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.9.9.9:80", "[::1]:8080", "dlf.localhost"])
def test_http_is_accepted_for_this_machine(read: Reader, host: str) -> None:
    assert (
        read(
            SMALL.replace('channel: "#data-ops"', f'channel: C0X, api_url: "http://{host}/api"')
        ).slack.api_url
        == f"http://{host}/api/"
    )


@pytest.mark.parametrize("host", ["::", "[::]", "::1", "0.0.0.0", "bot.internal"])
def test_a_host_to_listen_on_may_be_of_either_family(read: Reader, host: str) -> None:
    assert read(SMALL + f'http: {{host: "{host}"}}\n').http.host == host.strip("[]")


def test_an_app_token_and_a_signing_secret_may_stand_together_or_alone(read: Reader) -> None:
    both = read(SMALL.replace("slack: {", "slack: {signing_secret: s, "))
    alone = read(SMALL.replace("app_token: xapp-hunter2", "signing_secret: s, app_token: '${NOT_SET:-}'"))
    assert (both.slack.app_token, both.slack.signing_secret) == (Secret("xapp-hunter2"), Secret("s"))
    assert (alone.slack.app_token, alone.slack.signing_secret) == (None, Secret("s"))


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("sqlite:////var/lib/dlf-bot.db", "sqlite:////var/lib/dlf-bot.db"),
        ("postgresql://ada:hunter2@db:5432/bot?sslmode=require", "postgresql://db:5432/bot"),
        ("postgres://db/bot?password=hunter2", "postgresql://db/bot"),
        ("postgresql:///bot?host=/run/postgresql", "postgresql:///bot"),
        (
            "postgresql://ada:hunter%40@a:1,b:2/bot?target_session_attrs=read-write",
            "postgresql://a:1,b:2/bot",
        ),
    ],
)
def test_a_database_is_named_without_its_password(read: Reader, url: str, label: str) -> None:
    config = read(SMALL.replace("sqlite:///dlf-bot.db", url))
    assert (config.store.reveal(), config.store_label) == (url, label)
    assert "hunter" not in repr(config)


def test_a_secret_cannot_change_the_structure(read: Reader) -> None:
    nasty = "x\"}\n  evil: [1]\n# ' : ${HOME} $${"
    auth = "{username: u, password: '${NASTY}', domain: d}"
    (project,) = read(SMALL.replace("{token: hunter2}", auth), NASTY=nasty).projects
    assert project.auth == IamUser("u", Secret(nasty), "d")


def test_a_variable_that_a_person_has_to_look_up_is_described(read: Reader) -> None:
    (found,) = read.mistakes(SMALL.replace("0123456789", "${PROJECT}"), PROJECT="…")
    assert found.endswith("Set the variable to the project's id, from My Credentials.")


def test_placeholders_are_replaced_from_the_environment(read: Reader, tmp_path: Path) -> None:
    file = tmp_path / "id"
    file.write_text("from-file\n\n", encoding="utf-8")
    auth = "{username: 'a ${ONE}-${TWO:-two}', password: '${PW}', domain: 'd$${x}'}"
    (project,) = read(SMALL.replace("{token: hunter2}", auth), ONE="1", PW_FILE=str(file)).projects
    assert project.auth == IamUser("a 1-two", Secret("from-file\n"), "d${x}")
    (project,) = read(SMALL.replace("{token: hunter2}", auth), ONE="1", PW="env", PW_FILE="/absent").projects
    assert project.auth == IamUser("a 1-two", Secret("env"), "d${x}")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * 1_100_000])
def test_a_secret_file_that_cannot_be_used_is_told_by_its_variable(
    read: Reader, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "secret"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    (told,) = read.mistakes(SMALL.replace("token: hunter2", "token: '${T}'"), T_FILE=str(file))
    assert told.startswith("6: the file that T_FILE names ")


def test_parts_may_be_repeated_and_merged(read: Reader) -> None:
    config = read(
        SMALL
        + "rules:\n- &a {name: a, metric: fail_count, limit: 5, for: 3}\n- {<<: *a, name: b, limit: 7}\n"
    )
    assert [(rule.name, rule.limit, rule.readings) for rule in config.rules] == [("a", 5, 3), ("b", 7, 3)]


def test_only_repeated_parts_count_against_the_bound_for_repeats(
    read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More workspaces than parts may be repeated are a config as any other."""
    many = ", ".join(f"{{name: w{number}, id: w{number}}}" for number in range(30))
    source = SMALL.replace("[{name: sales, id: 007}", f"[{many}, {{name: sales, id: 007}}")
    monkeypatch.setattr("bot.config.yaml_tree.MAX_REPEATED", 60)
    assert len(read(source).workspaces) == 32
    monkeypatch.setattr("bot.config.yaml_tree.MAX_WRITTEN", 150)
    said = "7: there are more than 150 keys and values. Divide the workspaces between several bots."
    assert read.mistakes(source) == [said]


def test_empty_lists_and_sections_are_as_good_as_none(read: Reader) -> None:
    config = read(SMALL + "rules:\ndigests: []\nhttp:\nlogs: {}\n")
    assert (config.rules, config.digests, config.http.port) == ((), (), 8080)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert [m.what for m in mistakes_of(tmp_path / "absent.yaml")] == ["there is no such file."]
    assert [m.what for m in mistakes_of(tmp_path)] == ["this is a directory."]
    assert "cannot be read" in mistakes_of(Path("a\0b"))[0].what
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * 1_000_001)
    told = [mistake.what for mistake in mistakes_of(huge)]
    assert told == ["the file is larger than 1 MB, so it is probably no config."]


def test_a_file_without_read_permission(read: Reader) -> None:
    read.path.touch(0)
    with as_nobody():
        assert "permission denied" in mistakes_of(read.path)[0].what


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so for a moment it is not root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_endless_mistakes_come_to_an_end(read: Reader) -> None:
    told = read.mistakes(SMALL + "rules:\n" + "- {nmae: a}\n" * 5000)
    assert told[0] == "0: there are more than 300 mistakes. These are the first."
    assert len(told) == 301


def test_no_secret_shows_in_the_config(read: Reader) -> None:
    config = read(SMALL.replace("store:", "http: {token: hunter2}\nstore:"))
    shown = f"{config!r} {config} {[str(part) for part in leaves(config)]}"
    assert "hunter2" not in shown
    assert "*****" in shown


PLACES = (
    "name: prod",
    "region: ap-southeast-3",
    "project_id: 0123456789",
    "timezone: Asia/Singapore",
    "token: hunter2",
    "name: sales",
    "id: ws2",
    "channel: C0FINANCE",
    "bot_token: xoxb-hunter2",
    "app_token: xapp-hunter2",
    'channel: "#data-ops"',
    "store: sqlite:///dlf-bot.db",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_in_a_wrong_place_is_not_shown(read: Reader, place: str) -> None:
    """Values from the environment are named by their placeholder; a token written out is masked."""
    key = place.partition(":")[0]
    for written in ("'${LOST}'", "'xoxb-lost 1'", "'https://ada:lost@host'", "[xapp-lost]", "{lost1L: 1}"):
        found = read.outcome(SMALL.replace(place, f"{key}: {written}"), LOST="(1lost\n)")
        assert "lost" not in str(found)


def leaves(value: object) -> Iterator[object]:
    if is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from leaves(getattr(value, part.name))
    elif isinstance(value, tuple | frozenset):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def test_reading_the_config_imports_no_heavy_package() -> None:
    heavy = "pydantic httpx slack_sdk sqlalchemy aiohttp"
    code = f"import sys, bot.config; print([one for one in '{heavy}'.split() if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "/dev/null", "/dev/tty0"])
def test_a_pipe_or_a_device_is_a_sentence_at_once(tmp_path: Path, read: Reader, kind: str) -> None:
    """A pipe without a writer would be waited for, and some devices never end."""
    named = tmp_path / "pipe" if kind == "fifo" else Path(kind)
    if kind == "fifo":
        os.mkfifo(named)
    elif not named.exists():
        named = Path("/dev/random")
    assert [m.what for m in mistakes_of(named)] == ["this is a pipe or a device, not a file."]
    (told,) = read.mistakes(SMALL.replace("token: hunter2", "token: '${T}'"), T_FILE=str(named))
    assert "what T_FILE names is a pipe or a device, not a file." in told
