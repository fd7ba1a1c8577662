"""The answer to "Which jobs?": the jobs behind a count, with details of each."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.domain.care import care_of
from bot.domain.job_status import count_of, metric_of
from bot.domain.jobs import FailedJob, JobRun, JobsFound
from bot.domain.references import jobs_reference
from bot.messages import blocks
from bot.messages.figures import number
from bot.messages.job_links import care_line
from bot.messages.layout import Actions, Entries, Headline, Line, Note, Part, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import clean, clip
from bot.messages.provenance import when_note
from bot.messages.slack_limits import fit
from bot.messages.words import Words

ASK_JOBS, ASK_MORE = "alert_jobs", "alert_jobs_more"
NODES_SHOWN = 3
# More jobs than fit into any message.
MOST = 99


def render_jobs(found: JobsFound, *, locale: str = "en") -> Message:
    """Render the jobs, newest first, as many as fit."""
    tr, zone = Words(locale), found.workspace.zone
    where, date = clip(found.workspace.label), tr.full_date(found.business_date)
    start: list[Part] = [
        Headline(tr("Jobs of {where}: {date}", where=where, date=date)),
        Line(total(tr, found), strong=True),
        *(Line(said) for said in [difference(tr, found)] if said),
    ]
    note = Note([when_note(tr, [(found.business_date, zone)], [(found.read_at, zone)])])
    cares = [care_line(tr, job, found.workspace) for job in found.jobs[:MOST]]
    entries = [(inert(clip(job.job)), known_of(tr, found, job)) for job in found.jobs[:MOST]]
    given = jobs_reference(found.workspace.key, found.business_date, metric_of(found.counts))
    button = blocks.button(tr("More…"), action_id=ASK_MORE, value=given)
    end: list[Part] = [note, *([Actions([button])] if found.jobs else [])]

    def build(shown: int) -> Message:
        listed = [Entries(tr, entries[:shown], cares[:shown])] if shown else []
        hidden = len(found.jobs) - shown
        more = [Line(tr("and {n} more", n=number(hidden)))] if hidden else []
        return compose([*start, *listed, *more, *end])

    return fit(build, len(entries))


def total(tr: Words, found: JobsFound) -> str:
    """The count and the number of listed runs, since an empty list does not mean that all is well."""
    what = tr.names(found.counts)
    if found.counted is None:
        return tr("{what}: {n} listed", what=what, n=number(found.listed))
    pattern = "{what}: {n} listed of {total} counted"
    return tr(pattern, what=what, n=number(found.listed), total=number(found.counted))


def difference(tr: Words, found: JobsFound) -> str:
    """Why the list and the count can differ."""
    said = []
    if found.is_cut:
        said.append(tr("DLF has more than it lists at once."))
    if found.odd:
        said.append(tr("Entries of DLF's list that could not be read: {n}.", n=number(found.odd)))
    if found.started_later:
        said.append(tr("{n} more of earlier dates started on this date.", n=number(found.started_later)))
    if found.counted is not None and found.counted != found.listed:
        pattern = "DLF counts real-time jobs and lists none of them; the count may be some minutes old."
        said.append(tr(pattern))
    return tr.sentences(said)


def known_of(tr: Words, found: JobsFound, job: FailedJob, *, error: bool = True) -> str:
    """The known details of a job, in two or three lines."""
    lines = [[states(tr, job.runs), _repeated(tr, found, job)], _details(tr, found, job)]
    said = [" · ".join(part for part in line if part) for line in lines]
    if error and (line := inert(clean(job.error_line))):
        said.append(tr("error: {error}", error=line))
    return "\n".join(line for line in said if line)


def states(tr: Words, runs: Iterable[JobRun]) -> str:
    """The number of runs by state; an unknown status is shown as it is."""
    found = [
        (count_of(run.status, is_forced=run.is_forced, is_ignored=run.is_ignored), run.status) for run in runs
    ]
    known = Counter(count for count, _ in found if count)
    unknown = Counter(status for count, status in found if not count)
    said = [tr.phrase(count, n) for count, n in known.items()]
    return tr.join([*said, *(f"{number(n)} {inert(clip(status))}" for status, n in unknown.items())])


def _repeated(tr: Words, found: JobsFound, job: FailedJob) -> str:
    if found.is_new(job):
        return tr("new")
    if len(job.days) < 2:
        return ""
    since = tr.date_within(job.days[0])
    n, days = number(len(job.days)), number(len(found.dates))
    return tr("since {since}, {n} of {days} days", since=since, n=n, days=days)


def _details(tr: Words, found: JobsFound, job: FailedJob) -> list[str]:
    run, zone, waiting = job.newest, found.workspace.zone, job.dependents
    said = []
    if job.failed_nodes:
        said.append(tr("node {names}", names=_nodes(tr, job.failed_nodes)))
    if run.planned:
        at = tr.moment(run.planned, zone, on=found.business_date)
        said.append(tr("planned for {at}", at=at))
    if run.duration is not None and waiting and waiting.usual is not None:
        took, usual = tr.duration(run.duration), tr.duration(waiting.usual)
        said.append(tr("took {span}, usually {usual}", span=took, usual=usual))
    elif run.duration is not None:
        said.append(tr("took {span}", span=tr.duration(run.duration)))
    if job.owner and not care_of(job.job, found.workspace.job_care).owner:
        said.append(tr("owner {name}", name=inert(clip(job.owner))))
    if waiting and waiting.waiting:
        said.append(tr.plural(waiting.waiting, "holds up {n} instance", "holds up {n} instances"))
    return said


def _nodes(tr: Words, nodes: Sequence[str]) -> str:
    return tr.some((inert(clip(node)) for node in nodes[:NODES_SHOWN]), len(nodes) - NODES_SHOWN)


def inert(foreign: str) -> str:
    """The text without backquotes, which the layout does not escape."""
    return foreign.replace("`", "ˋ")
