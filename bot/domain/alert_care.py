"""The jobs that an alert names, their owners and runbooks, and the severity that follows."""

from collections.abc import Iterable

from bot.domain.alerts import Alert, State
from bot.domain.care import NO_CARE, Care, care_of
from bot.domain.model import JobNames, Workspace
from bot.domain.named_jobs import NamedJob, NamedJobs
from bot.domain.rules import Rule, Severity

_WORST_FIRST = list(Severity)


def named_of(alert: Alert, workspace: Workspace | None) -> NamedJobs | None:
    """The jobs that the alert's message names; None while it names none."""
    if workspace is None or workspace.job_names is JobNames.NOTHING or alert.state is not State.FIRING:
        return None
    return alert.jobs if alert.jobs and alert.jobs.jobs else None


def general_care(rule: Rule, workspace: Workspace | None) -> Care:
    """The care that rule and workspace give, without any job."""
    return rule.care.before(workspace.care if workspace else NO_CARE)


def called_at_once(rule: Rule, workspace: Workspace | None) -> tuple[str, ...]:
    """The mentions of a firing alert: the rule's, and the owner of rule or workspace if the rule says so."""
    general = general_care(rule, workspace)
    owner = [general.owner] if rule.mentions_owner and general.calls else []
    return tuple(dict.fromkeys((*rule.mention, *owner)))


def care_for(job: NamedJob, rule: Rule, workspace: Workspace) -> Care:
    """The config's care for a job: its entry first, then rule and workspace."""
    return care_of(job.job, workspace.job_care).before(general_care(rule, workspace))


def severity_of(alert: Alert, rule: Rule, workspace: Workspace | None) -> Severity:
    """The rule's severity, or the importance of its subject if that is higher."""
    named, found = named_of(alert, workspace), [rule.severity]
    cares = [rule.care, workspace.care if workspace else NO_CARE]
    if named and workspace:
        cares += [care_of(job.job, workspace.job_care) for job in named.jobs]
    found += [Severity(care.importance.value) for care in cares if care.importance]
    return worst_of(found, rule.severity)


def worst_of(severities: Iterable[Severity], default: Severity) -> Severity:
    return min(severities, key=_WORST_FIRST.index, default=default)


def runbook_of(alert: Alert, rule: Rule, workspace: Workspace | None) -> str:
    """The runbook of the first named job that has its own, else of rule or workspace; "" for none."""
    named, general = named_of(alert, workspace), general_care(rule, workspace)
    if named and workspace:
        own = (care_of(job.job, workspace.job_care).runbook for job in named.jobs)
        return next((one for one in own if one), general.runbook)
    return general.runbook


def owners_to_call(alert: Alert, rule: Rule, workspace: Workspace | None) -> dict[str, list[NamedJob]]:
    """The named jobs by owner to mention; owners that the first message mentioned are left out."""
    named = named_of(alert, workspace)
    if named is None or workspace is None or not rule.mentions_owner or alert.acknowledged:
        return {}
    called = called_at_once(rule, workspace)
    found: dict[str, list[NamedJob]] = {}
    for job in named.jobs:
        care = care_of(job.job, workspace.job_care)
        if care.calls and care.owner not in called:
            found.setdefault(care.owner, []).append(job)
    return found
