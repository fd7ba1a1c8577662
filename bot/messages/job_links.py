"""A job's owner and its links, as mrkdwn for lists."""

from urllib.parse import quote

from bot.domain.care import Importance, care_of
from bot.domain.jobs import FailedJob
from bot.domain.model import Workspace
from bot.messages.mrkdwn import clip, entities, escape, ping
from bot.messages.slack_limits import LINK
from bot.messages.words import Words

IMPORTANCES = {Importance.CRITICAL: "critical", Importance.WARNING: "warning", Importance.INFO: "info"}


def care_line(tr: Words, job: FailedJob, workspace: Workspace) -> str:
    """Importance, owner, runbook and console link of a job by the config; "" if it has none.

    The workspace's owner owns its jobs without an owner in config and DLF.
    """
    own, said = care_of(job.job, workspace.job_care), []
    if own.importance:
        said.append(tr(IMPORTANCES[own.importance]))
    if owner := own.owner or ("" if job.owner else workspace.care.owner):
        said.append(tr("owner {name}", name=owner_text(owner)))
    if own.runbook:
        said.append(link(own.runbook, tr("Runbook")))
    run, nodes = job.newest, job.failed_nodes or ("",)
    ids = {"job_id": run.job_id, "instance_id": run.instance_id, "node": nodes[0]}
    if opens := console_link(workspace, job.job, **ids):
        said.append(link(opens, tr("Open in DataArts")))
    return " · ".join(said)


def console_link(
    workspace: Workspace, job: str, *, job_id: str = "", instance_id: str = "", node: str = ""
) -> str:
    """The address that opens a job in DataArts, "" for none. Only the node may be unknown."""
    values = {
        "region": workspace.region,
        "workspace_id": workspace.id,
        "job_name": job,
        "job_id": job_id,
        "job_instance_id": instance_id,
        "node": node,
    }
    lacking = (name for name, value in values.items() if not value and name != "node")
    if not workspace.console or any(f"{{{name}}}" in workspace.console for name in lacking):
        return ""
    found = workspace.console
    for name, value in values.items():
        found = found.replace(f"{{{name}}}", quote(value, safe="", errors="replace"))
    return found if len(found) <= LINK else ""


def owner_text(owner: str) -> str:
    """An owner by the config: a mention, or the name as inert text (mrkdwn)."""
    return ping(owner) if owner.startswith("<") else name_text(owner)


def name_text(name: str) -> str:
    """A name as inert text, also one of DLF that looks like a mention (mrkdwn)."""
    return escape(clip(name).replace("`", "ˋ"))


def link(url: str, text: str) -> str:
    """A link from the config with our own text (mrkdwn)."""
    return f"<{entities(url)}|{escape(text)}>"
