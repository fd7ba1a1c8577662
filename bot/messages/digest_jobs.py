"""The digest's lines about the worst jobs: names, how often, since when, owners. Nothing in them pings."""

from collections.abc import Sequence

from bot.domain.worst_jobs import WorstJob, WorstJobs
from bot.messages.alert_jobs import often
from bot.messages.figures import number
from bot.messages.job_links import name_text
from bot.messages.layout import Markup, Part
from bot.messages.mrkdwn import clip, escape
from bot.messages.words import Words


def worst_jobs(tr: Words, found: Sequence[WorstJobs]) -> list[Part]:
    """A paragraph for each workspace that was looked up."""
    return [Markup("\n".join(_lines(tr, one))) for one in found]


def _lines(tr: Words, found: WorstJobs) -> list[str]:
    where, date = clip(found.workspace.label), tr.date_within(found.on)
    lines = [escape(tr("Jobs that failed or are stuck in {where}, {date}:", where=where, date=date))]
    lines += [f"• {_said(tr, job, found.looked)}" for job in found.jobs]
    if found.more:
        lines.append(escape(tr("and {n} more", n=number(found.more))))
    return lines


def _said(tr: Words, job: WorstJob, looked: int) -> str:
    said = [often(job.job, job.runs), _since(tr, job, looked)]
    if job.owner:
        said.append(tr("owner {name}", name=name_text(job.owner)))
    return " · ".join(one for one in said if one)


def _since(tr: Words, job: WorstJob, looked: int) -> str:
    if job.is_new:
        return tr("new")
    if len(job.days) < 2:
        return ""
    since = tr.date_within(job.days[0])
    n, days = number(len(job.days)), number(looked)
    return escape(tr("since {since}, {n} of {days} days", since=since, n=n, days=days))
