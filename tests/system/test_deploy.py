"""The recipes in deploy/ and the Dockerfile: linted, validated, and run as far as this machine can.

No container is built here: the Dockerfile's own steps run in a folder, and what they leave is started.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import load
from tests.support.config_texts import ROOT
from tests.support.cpu_starvation import Stopwatch

DEPLOY = ROOT / "deploy"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
KUBERNETES = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")))
COMPOSE = ("compose.yaml", "compose.sqlite.yaml")
BIN = Path(sys.executable).parent
# DLF and Slack are out of reach: the bot waits for both.
ALONE = """\
projects:
  - name: prod
    endpoint: http://127.0.0.1:9
    iam_endpoint: http://127.0.0.1:9
    jobs_endpoint: http://127.0.0.1:9
    project_id: 0123456789abcdef
    timezone: Asia/Singapore
    auth: {{access_key: AK, secret_key: secret}}
    workspaces: [{{name: sales, id: ws1}}]
slack: {{bot_token: xoxb-1, app_token: xapp-1, channel: "#data-ops", api_url: "http://127.0.0.1:9/api/"}}
store: sqlite:///{data}/dlf-bot.db
http: {{host: 127.0.0.1, port: {port}}}
"""


def run(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


# The container


def test_the_dockerfile_has_no_findings() -> None:
    linted = run(BIN / "hadolint", ROOT / "Dockerfile")
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout


def test_files_that_the_dockerfile_copies_are_in_its_context() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    shown = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    assert names == shown
    assert all((ROOT / name).exists() for name in names)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of the first stage's steps, made in a folder with the files that it copies."""
    folder = tmp_path_factory.mktemp("image")
    source, target = folder / "src", folder / "dlf-bot"
    source.mkdir()
    for name in ("requirements.txt", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "bot", source / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    (steps,) = re.findall(r"^RUN (python .*?[^\\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)
    script = steps.replace("/opt/dlf-bot", str(target)).replace("\\\n", " ")
    environ = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    ended = run("sh", "-ec", script, cwd=source, env=environ)
    assert ended.returncode == 0, ended.stderr
    shutil.rmtree(source)
    return target


def test_the_dockerfiles_steps_leave_a_program_that_runs_without_tools_to_build(
    image: Path, tmp_path: Path
) -> None:
    program = image / "bin" / "dlf-bot"
    assert run(program, "--version").stdout.startswith("dlf-bot, version")
    assert not any((image / "bin" / name).exists() for name in ("pip", "hatchling"))
    config = tmp_path / "config.yaml"
    config.write_text(config_of_kubernetes(), encoding="utf-8")
    checked = run(program, "check", "--config", config, env=os.environ | secrets(tmp_path), cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
    asked = run(program, "health", "--config", config, env=os.environ | secrets(tmp_path), cwd=tmp_path)
    assert asked.returncode == 1
    assert "Is the bot running?" in asked.stderr


def test_the_container_runs_with_nothing_but_what_the_dockerfile_gives(image: Path) -> None:
    """As its second stage starts it: its environment, its health check, its signal to stop."""
    data, config = image.parent / "data", image.parent / "config.yaml"
    data.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config.write_text(ALONE.format(data=data, port=port), encoding="utf-8")
    (given,) = re.findall(r"^ENV (.*?[^\\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)
    pairs = (pair.split("=", 1) for pair in given.replace("\\\n", " ").split())
    environ = dict(pairs) | {"PATH": f"{image / 'bin'}:/usr/bin:/bin", "DLF_BOT_CONFIG": str(config)}
    (health,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    program, *words = json.loads(health)
    before = files_in(image)
    with subprocess.Popen([image / "bin" / program, "run"], env=environ, cwd=data) as bot:
        try:
            until = time.monotonic() + 60
            while (asked := run(image / "bin" / program, *words, env=environ, cwd=data)).returncode != 0:
                assert bot.poll() is None
                assert time.monotonic() < until, asked.stderr
            watch = Stopwatch()
        finally:
            bot.terminate()
        assert (bot.wait(60), watch.seconds < 10) == (0, True)
    assert files_in(image) == before, "the root is read-only, only /data may be written"
    assert {path.name for path in data.iterdir()} == {"dlf-bot.db"}


def files_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_the_dockerfile_starts_the_bot_and_asks_it_how_it_is() -> None:
    assert 'ENTRYPOINT ["dlf-bot"]\nCMD ["run"]\n' in DOCKERFILE
    assert 'CMD ["dlf-bot", "health"]' in DOCKERFILE
    assert "USER 10001" in DOCKERFILE


# Compose


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_names_nothing_that_is_not_there(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    compose = yaml.safe_load(text)
    example = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == set(re.findall(r": \$\{(\w+)\}", text))
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= compose["secrets"].keys()
        for key, value in service["environment"].items():
            if key.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
        volumes = [volume.partition(":")[0] for volume in service.get("volumes", [])]
        assert {one for one in volumes if not one.startswith(".")} <= compose["volumes"].keys()
        assert set(service.get("depends_on", {})) <= compose["services"].keys()
    assert all(secret["file"].startswith("./secrets/") for secret in compose["secrets"].values())


@pytest.mark.parametrize("name", COMPOSE)
def test_the_example_config_runs_with_the_environment_of_compose(name: str, tmp_path: Path) -> None:
    """The file gives the variables that config.example.yaml and its own comment take."""
    compose = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    given = compose["services"]["bot"]["environment"]
    (tmp_path / "value").write_text("xoxb-1", encoding="utf-8")
    environ = {key: str(tmp_path / "value") if key.endswith("_FILE") else "0123456789abcdef" for key in given}
    (tmp_path / "xapp").write_text("xapp-1", encoding="utf-8")
    environ["SLACK_APP_TOKEN_FILE"] = str(tmp_path / "xapp")
    (store,) = re.findall(r"store: (\S+)", (DEPLOY / name).read_text(encoding="utf-8"))
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    path = tmp_path / "config.yaml"
    path.write_text(re.sub(r"^store: \S+", f"store: {store}", text, flags=re.MULTILINE), encoding="utf-8")
    config = load(path, environ)
    assert config.store.reveal().startswith(
        "postgresql://" if "DATABASE_PASSWORD_FILE" in given else "sqlite:////data"
    )


def test_each_recipe_waits_longer_than_the_ten_seconds_a_bot_may_need_to_end() -> None:
    waits = {"Dockerfile": re.findall(r"--stop-timeout (\d+)", DOCKERFILE)}
    for name in COMPOSE:
        waits[name] = re.findall(r"stop_grace_period: (\d+)s", (DEPLOY / name).read_text(encoding="utf-8"))
    unit = (DEPLOY / "dlf-bot.service").read_text(encoding="utf-8")
    waits["systemd"] = re.findall(r"TimeoutStopSec=(\d+)", unit)
    pods = [one["spec"]["template"]["spec"] for one in KUBERNETES if one["kind"] == "Deployment"]
    waits["Kubernetes"] = [one["terminationGracePeriodSeconds"] for one in pods]
    assert [name for name, (seconds,) in waits.items() if int(seconds) <= 10] == []


# systemd


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("needs systemd-analyze (Debian's package systemd)")
    text = (DEPLOY / "dlf-bot.service").read_text(encoding="utf-8")
    path = tmp_path / "dlf-bot.service"
    path.write_text(text.replace("/opt/dlf-bot/bin/dlf-bot", "/bin/true"), encoding="utf-8")
    return path


def test_systemd_understands_the_unit(unit: Path) -> None:
    verified = run("systemd-analyze", "verify", "--man=no", unit)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_unit_may_do_little(unit: Path) -> None:
    rated = run("systemd-analyze", "security", "--offline=true", unit)
    found = re.search(r"exposure level for \S+: ([\d.]+)", rated.stdout)
    assert found, rated.stderr
    assert float(found[1]) <= 2.5


def test_the_unit_runs_commands_that_are_there() -> None:
    text = (DEPLOY / "dlf-bot.service").read_text(encoding="utf-8")
    assert "ExecStart=/opt/dlf-bot/bin/dlf-bot run --config /etc/dlf-bot/config.yaml" in text
    assert "ExecReload=/bin/kill -HUP $MAINPID" in text
    assert "Type=notify" in text


# Kubernetes


def config_of_kubernetes() -> str:
    (found,) = (one["data"]["config.yaml"] for one in KUBERNETES if one["kind"] == "ConfigMap")
    assert isinstance(found, str)
    return found


def container() -> dict[str, Any]:
    (found,) = (one["spec"]["template"]["spec"] for one in KUBERNETES if one["kind"] == "Deployment")
    (only,) = found["containers"]
    assert isinstance(only, dict)
    return only


def secrets(folder: Path) -> Mapping[str, str]:
    """The environment of the container, its secrets in files of this folder."""
    values = {
        "huaweicloud_sdk_sk": "secret",
        "slack_bot_token": "xoxb-1",
        "slack_app_token": "xapp-1",
        "database_url": "postgresql://dlf_bot:x@database/dlf_bot",
    }
    found = {}
    for one in container()["env"]:
        name = one["value"].removeprefix("/run/secrets/dlf-bot/")
        (folder / name).write_text(values[name], encoding="utf-8")
        found[one["name"]] = str(folder / name)
    return found


def test_kubernetes_accepts_the_manifests() -> None:
    validated = run(BIN / "kubernetes-validate", "--strict", DEPLOY / "kubernetes.yaml")
    assert validated.returncode == 0, validated.stdout + validated.stderr
    assert [one["kind"] for one in KUBERNETES] == [
        "ConfigMap",
        "Deployment",
        "Service",
        "PodDisruptionBudget",
    ]


def test_the_manifests_share_a_single_config(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(config_of_kubernetes(), encoding="utf-8")
    config = load(path, dict(secrets(tmp_path)))
    port = container()["ports"][0]["containerPort"]
    assert (config.http.port, len(config.workspaces)) == (port, 1)


def test_a_probe_takes_no_process_out_of_service_because_dlf_is_away() -> None:
    probes = container()
    assert probes["readinessProbe"]["httpGet"]["path"] == "/readyz?for=traffic"
    assert probes["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert probes["securityContext"]["readOnlyRootFilesystem"]
