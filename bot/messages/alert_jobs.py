"""The jobs in an alert's message: names, number of runs, owners, and the first error."""

import hashlib
from collections.abc import Sequence

from bot.domain.alert_care import care_for, named_of, runbook_of, severity_of
from bot.domain.alerts import Alert
from bot.domain.care import care_of
from bot.domain.model import JobNames, Workspace
from bot.domain.named_jobs import NamedJob, NamedJobs
from bot.domain.rules import Rule
from bot.messages.figures import number
from bot.messages.job_links import IMPORTANCES, console_link, name_text, owner_text
from bot.messages.layout import Markup, Part, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import clip, entities, ping
from bot.messages.words import Words

SHOWN = 3


def jobs_mark(alert: Alert, rule: Rule, workspace: Workspace | None) -> str:
    """A mark that changes with the jobs and links in the message; "" if it has neither."""
    named, runbook = named_of(alert, workspace), runbook_of(alert, rule, workspace)
    raised = severity_of(alert, rule, workspace)
    opens = way_in(alert, workspace)
    if workspace is None or (named is None and not runbook and raised is rule.severity):
        return ""
    jobs = [(job, care_for(job, rule, workspace)) for job in named.jobs] if named else []
    shown = [(job.job, job.runs, job.job_id, job.node, job.owner, job.error, care) for job, care in jobs]
    told = repr((workspace.job_names, shown, named.more if named else 0, runbook, raised, opens))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def jobs_lines(tr: Words, alert: Alert, rule: Rule, workspace: Workspace | None) -> list[Part]:
    """The lines about the jobs; none while nothing was looked up."""
    named = named_of(alert, workspace)
    if named is None or workspace is None:
        return []
    line = _names(tr, named, workspace)
    if owners := _owners(tr, named.jobs[:SHOWN], rule, workspace):
        line = f"{line} · {owners}"
    said: list[Part] = [Markup(line)]
    failed = next((job for job in named.jobs if job.error), None)
    if failed is not None and workspace.job_names is JobNames.ERRORS:
        said.append(Markup(_error(tr, failed)))
    return said


def way_in(alert: Alert, workspace: Workspace | None) -> str:
    """The address that opens the first named job; "" for none."""
    named = named_of(alert, workspace)
    if named is None or workspace is None:
        return ""
    job = named.jobs[0]
    ids = {"job_id": job.job_id, "instance_id": job.instance_id, "node": job.node}
    return console_link(workspace, job.job, **ids)


def render_call(owner: str, jobs: Sequence[NamedJob], *, locale: str) -> Message:
    """The reply that mentions the owner of failed jobs."""
    tr = Words(locale)
    names = tr.join(often(job.job, job.runs) for job in jobs[:SHOWN])
    return compose([Markup(tr("{who}, you own {names}.", who=ping(owner), names=names))])


def code(foreign: str, *, length: int = 48) -> str:
    """Foreign text as inline code, which Slack shows literally (mrkdwn)."""
    return f"`{entities(clip(foreign, length).replace('`', 'ˋ'))}`"


def _names(tr: Words, named: NamedJobs, workspace: Workspace) -> str:
    shown = [_weighed(tr, job, workspace) for job in named.jobs[:SHOWN]]
    names = tr.some(shown, named.count - len(shown))
    pattern = "{n} job: {names}" if named.count == 1 else "{n} jobs: {names}"
    return tr(pattern, n=number(named.count), names=names)


def _weighed(tr: Words, job: NamedJob, workspace: Workspace) -> str:
    importance = care_of(job.job, workspace.job_care).importance
    said = often(job.job, job.runs)
    return tr("{n} ({how})", n=said, how=tr(IMPORTANCES[importance])) if importance else said


def often(job: str, runs: int) -> str:
    """A job's name with the number of its runs, if there are several (mrkdwn)."""
    return f"{code(job)} ×{number(runs)}" if runs > 1 else code(job)


def _owners(tr: Words, jobs: Sequence[NamedJob], rule: Rule, workspace: Workspace) -> str:
    """The owners by the config, else by DLF, each once."""
    found = [(care_for(job, rule, workspace).owner, job.owner) for job in jobs]
    said = [owner_text(own) if own else name_text(in_dlf) for own, in_dlf in found if own or in_dlf]
    names = list(dict.fromkeys(said))
    if not names:
        return ""
    return tr("owner: {names}" if len(names) == 1 else "owners: {names}", names=tr.join(names))


def _error(tr: Words, job: NamedJob) -> str:
    error = code(job.error, length=200)
    if job.node:
        pattern = "First error, {job} / node {node}: {error}"
        return tr(pattern, job=code(job.job), node=code(job.node), error=error)
    return tr("First error, {job}: {error}", job=code(job.job), error=error)
