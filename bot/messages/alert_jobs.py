"""What an alert's message tells of the jobs behind it: names, how often, and the first error."""

import hashlib

from bot.domain.alerts import Alert, State
from bot.domain.model import JobNames, Workspace
from bot.domain.named_jobs import NamedJob, NamedJobs
from bot.messages.layout import Markup, Part
from bot.messages.words import Words, clip, entities, number

SHOWN = 3


def named_of(alert: Alert, workspace: Workspace | None) -> NamedJobs | None:
    """The jobs that the message names; None while it names none."""
    if workspace is None or workspace.job_names is JobNames.NOTHING or alert.state is not State.FIRING:
        return None
    return alert.jobs if alert.jobs and alert.jobs.jobs else None


def jobs_mark(alert: Alert, workspace: Workspace | None) -> str:
    """Differs when the message tells something else of jobs; "" while it tells nothing."""
    named = named_of(alert, workspace)
    if named is None or workspace is None:
        return ""
    shown = [(job.job, job.runs, job.job_id, job.node, job.owner, job.error) for job in named.jobs]
    told = repr((workspace.job_names, shown, named.more))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def jobs_lines(tr: Words, alert: Alert, workspace: Workspace | None) -> list[Part]:
    """The lines about the jobs; none while nothing was looked up."""
    named = named_of(alert, workspace)
    if named is None:
        return []
    said: list[Part] = [Markup(_names(tr, named))]
    failed = next((job for job in named.jobs if job.error), None)
    if failed is not None and workspace is not None and workspace.job_names is JobNames.ERRORS:
        said.append(Markup(_error(tr, failed)))
    return said


def code(foreign: str, *, length: int = 48) -> str:
    """Foreign text between backquotes, where Slack takes it as it is (mrkdwn)."""
    return f"`{entities(clip(foreign, length).replace('`', 'ˋ'))}`"


def _names(tr: Words, named: NamedJobs) -> str:
    shown = [_often(job) for job in named.jobs[:SHOWN]]
    if hidden := named.count - len(shown):
        shown.append(tr("and {n} more", n=number(hidden)))
    pattern = "{n} job: {names}" if named.count == 1 else "{n} jobs: {names}"
    return tr(pattern, n=number(named.count), names=tr.join(shown))


def _often(job: NamedJob) -> str:
    return f"{code(job.job)} ×{number(job.runs)}" if job.runs > 1 else code(job.job)


def _error(tr: Words, job: NamedJob) -> str:
    error = code(job.error, length=200)
    if job.node:
        pattern = "First error, {job} / node {node}: {error}"
        return tr(pattern, job=code(job.job), node=code(job.node), error=error)
    return tr("First error, {job}: {error}", job=code(job.job), error=error)
