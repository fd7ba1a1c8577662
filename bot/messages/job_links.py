"""A job's owner and its links, as mrkdwn for lists."""

from bot.domain.care import Importance, care_of
from bot.domain.jobs import FailedJob
from bot.domain.model import Workspace
from bot.messages.words import Words, clip, entities, escape, ping

IMPORTANCES = {Importance.CRITICAL: "critical", Importance.WARNING: "warning", Importance.INFO: "info"}


def care_line(tr: Words, job: FailedJob, workspace: Workspace) -> str:
    """Importance, owner and runbook of a job by the config; "" if it has none.

    The workspace's owner owns its jobs without an owner in config and DLF.
    """
    own, said = care_of(job.job, workspace.job_care), []
    if own.importance:
        said.append(tr(IMPORTANCES[own.importance]))
    if owner := own.owner or ("" if job.owner else workspace.care.owner):
        said.append(tr("owner {name}", name=owner_text(owner)))
    if own.runbook:
        said.append(link(own.runbook, tr("Runbook")))
    return " · ".join(said)


def owner_text(owner: str) -> str:
    """An owner's mention, or the name as inert text (mrkdwn)."""
    return ping(owner) if owner.startswith("<") else escape(clip(owner).replace("`", "ˋ"))


def link(url: str, text: str) -> str:
    """A link from the config with our own text (mrkdwn)."""
    return f"<{entities(url)}|{escape(text)}>"
