"""The config that `dlf-bot init` writes: commented YAML, in which every secret is a placeholder."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.config.projects import RESERVED
from bot.domain.spelling import fold

MOST_LETTERS = 40
_ALLOWED_BESIDE_LETTERS = "._-"
_TEXT = """\
# dlf-bot's configuration, as `dlf-bot init` wrote it. Try it: dlf-bot check
# ${{NAME}} comes from the environment, or from the file that NAME_FILE names: no secret stands here.
# Every key with its default: docs/reference.md and config.example.yaml; for editors: dlf-bot schema

projects:
  - name: {project}
{hosts}
    project_id: {project_id}
    timezone: {timezone}{zone_remark}
    auth:
      access_key: ${{HUAWEICLOUD_SDK_AK}}
      secret_key: ${{HUAWEICLOUD_SDK_SK}}{security_token}
    workspaces:                           # names as people type them
{workspaces}

slack:
  bot_token: ${{SLACK_BOT_TOKEN}}           # xoxb-...; the app is made from the output of: dlf-bot manifest
  app_token: ${{SLACK_APP_TOKEN}}           # xapp-...
  channel: {channel}                   # where alerts and digests go; invite the bot there

store: {store}               # for several replicas: postgresql://user:password@host/database
http:                                     # health and metrics
  host: "::"
  port: ${{PORT:-8080}}

rules:
  - name: failures
    metric: fail_count
    limit: 5                              # alert when more of a day's instances failed
    worse_by: 100%
  - name: stuck
    metric: running_exception_count       # a failed node holds the job until a person acts
    limit: 0
    severity: critical

digests:
  - name: morning
    at: "09:00"
    weekdays: mon-fri
    days: [yesterday]
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """The values of a first config. `workspaces` are ids by name; `hosts` the lines that name the hosts."""

    project: str
    hosts: Mapping[str, str]
    project_id: str
    timezone: str
    workspaces: Mapping[str, str]
    channel: str
    store: str
    zone_is_guess: bool = False
    temporary_key: bool = False


def config_text(answers: Answers) -> str:
    """The YAML."""
    token = "\n      security_token: ${HUAWEICLOUD_SDK_SECURITY_TOKEN}" if answers.temporary_key else ""
    remark = (
        "   # the region's; correct it if DLF's days begin at another hour" if answers.zone_is_guess else ""
    )
    return _TEXT.format(
        project=quoted(answers.project),
        hosts="\n".join(f"    {key}: {quoted(value)}" for key, value in answers.hosts.items()),
        project_id=quoted(answers.project_id),
        timezone=quoted(answers.timezone),
        zone_remark=remark,
        security_token=token,
        workspaces="\n".join(
            f"      - {{name: {quoted(name)}, id: {quoted(its_id)}}}"
            for name, its_id in answers.workspaces.items()
        ),
        channel=quoted(answers.channel),
        store=f"${{{name}}}" if (name := placeholder(answers.store)) else quoted(answers.store),
    )


def placeholder(text: str) -> str | None:
    """The name in a text that is nothing but ${NAME}."""
    found = re.fullmatch(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", text)
    return found[1] if found else None


def quoted(text: str) -> str:
    """A text that YAML and the environment leave as it is."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${")


def usable_names(found: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Ids by name, from (name, id): names that the config takes, each of them once."""
    names: dict[str, str] = {}
    taken = set(RESERVED)
    for name, its_id in found:
        plain = "".join(one if one.isalnum() or one in _ALLOWED_BESIDE_LETTERS else "-" for one in name)
        plain = plain.strip("-")[: MOST_LETTERS - 4] or "workspace"
        unique, number = plain, 2
        while fold(unique) in taken:
            unique, number = f"{plain}-{number}", number + 1
        taken.add(fold(unique))
        names[unique] = its_id
    return names
