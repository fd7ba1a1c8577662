"""The modal of "Which jobs?": all jobs in pages, and one job with its whole error."""

import json
from collections.abc import Sequence

from bot.domain.job_status import metric_of
from bot.domain.jobs import FailedJob, JobRun, JobsFound
from bot.domain.references import job_reference, jobs_reference
from bot.messages import blocks
from bot.messages.figures import number
from bot.messages.job_links import care_line
from bot.messages.jobs import difference, inert, known_of, states, total
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import clean_lines, clip, entities, escape
from bot.messages.paging import page_of
from bot.messages.provenance import when_note
from bot.messages.slack_limits import SECTION_TEXT, pages
from bot.messages.words import Words

# A block cannot hold two buttons of one action.
SHOW_PAGE, SHOW_NEXT, OPEN_JOB = "jobs_page", "jobs_next", "jobs_open"
ON_A_PAGE, RUNS_SHOWN, ERROR_SECTIONS = 5, 10, 8
NAME_LENGTH = 150
# With room for backquotes and the title.
_QUOTED = SECTION_TEXT - 60


def jobs_modal(found: JobsFound, page: int, *, locale: str = "en") -> Block:
    """A page of the jobs, the newest failure first; the nearest page where there is no such page."""
    tr, listed = Words(locale), page_of(found.jobs, page, ON_A_PAGE)
    shown = [*_start(tr, found), *(_entry(tr, found, job) for job in listed.items)]
    if listed.last > 1:
        turning = listed.turning((tr("← Newer"), SHOW_PAGE), (tr("Older →"), SHOW_NEXT))
        shown += [blocks.context([listed.place(tr)]), blocks.actions(turning)]
    return _modal(tr, [*shown, _origin(tr, found)], found, listed.page)


def job_modal(found: JobsFound, job: FailedJob, *, locale: str = "en") -> Block:
    """One job: all that is known of it, its runs, and its newest error as a whole."""
    tr = Words(locale)
    place = next((n for n, one in enumerate(found.jobs) if one.job == job.job), 0)
    page = place // ON_A_PAGE + 1
    back = blocks.button(tr("← All jobs"), action_id=SHOW_PAGE, value=str(page))
    shown = [
        blocks.section(_named(tr, found, job, error=False)),
        *(blocks.section(part) for part in pages(_runs(tr, found, job))),
        *_error(tr, job),
        blocks.actions([back]),
        _origin(tr, found),
    ]
    return _modal(tr, shown, found, page)


def jobs_note(message: Message, *, locale: str = "en") -> Block:
    """The same modal with a sentence instead."""
    shown = list(message.classic) or [blocks.section(message.text)]
    return _modal(Words(locale), shown)


def jobs_working(*, locale: str = "en") -> Block:
    """The same modal while DLF is asked."""
    tr = Words(locale)
    said = tr("Reading from DLF… If nothing more appears here within a minute, try again.")
    return _modal(tr, [blocks.section(said)])


def shown_in(metadata: str) -> str:
    """The reference of the list that a modal shows; "" where it shows none."""
    try:
        kept = json.loads(metadata)
    except (ValueError, RecursionError):
        return ""
    given = kept.get("jobs") if isinstance(kept, dict) else None
    return given if isinstance(given, str) and given.isprintable() else ""


def _start(tr: Words, found: JobsFound) -> list[Block]:
    where, date = clip(found.workspace.label), tr.full_date(found.business_date)
    said = [f"*{escape(tr('Jobs of {where}: {date}', where=where, date=date))}*", escape(total(tr, found))]
    return [blocks.section("\n".join([*said, *([escape(why)] if (why := difference(tr, found)) else [])]))]


def _entry(tr: Words, found: JobsFound, job: FailedJob) -> Block:
    button = blocks.button(tr("Details"), action_id=OPEN_JOB, value=job_reference(job.job))
    return {**blocks.section(_named(tr, found, job)), "accessory": button}


def _named(tr: Words, found: JobsFound, job: FailedJob, *, error: bool = True) -> str:
    """A job by its name, with all that is known of it and the care of the config."""
    name, known = clip(job.job, NAME_LENGTH), known_of(tr, found, job, error=error)
    said = [f"*{escape(inert(name))}*", escape(known), care_line(tr, job, found.workspace)]
    return "\n".join(line for line in said if line)


def _runs(tr: Words, found: JobsFound, job: FailedJob) -> list[str]:
    """Each of its runs, where there are several."""
    if len(job.runs) < 2:
        return []
    said = [f"• {escape(_run(tr, found, run))}" for run in job.runs[:RUNS_SHOWN]]
    hidden = len(job.runs) - RUNS_SHOWN
    return [*said, *([escape(tr("and {n} more", n=number(hidden)))] if hidden > 0 else [])]


def _run(tr: Words, found: JobsFound, run: JobRun) -> str:
    zone, on = found.workspace.zone, found.business_date
    said = [states(tr, [run])]
    if run.planned:
        said.append(tr("planned for {at}", at=tr.moment(run.planned, zone, on=on)))
    if run.started:
        said.append(tr("started {at}", at=tr.moment(run.started, zone, on=on)))
    if run.duration is not None:
        said.append(tr("took {span}", span=tr.duration(run.duration)))
    return " · ".join(said)


def _error(tr: Words, job: FailedJob) -> list[Block]:
    """The error between backquotes, in which nothing is markup; cut where the modal has no more room."""
    parts = _cut(inert(clean_lines(job.error)))
    if not parts:
        return [blocks.section(escape(tr("DLF gives no error text.")))]
    quoted = [f"```\n{part}\n```" for part in parts[:ERROR_SECTIONS]]
    shown = [blocks.section(f"*{tr('Newest error')}*\n{quoted[0]}"), *map(blocks.section, quoted[1:])]
    more = [blocks.context([tr("The rest of the error is cut off.")])] if len(parts) > ERROR_SECTIONS else []
    return [*shown, *more]


def _cut(text: str) -> list[str]:
    """The text in pieces that fit into a section each once they are escaped, cut at lines where possible."""
    found, piece = list[str](), ""
    for line in text.splitlines(keepends=True):
        for start in range(0, len(line), _QUOTED // 5):
            part = entities(line[start : start + _QUOTED // 5])
            if len(piece) + len(part) > _QUOTED:
                found.append(piece.strip("\n"))
                piece = ""
            piece += part
    return [one for one in [*found, piece.strip("\n")] if one.strip()]


def _origin(tr: Words, found: JobsFound) -> Block:
    zone = found.workspace.zone
    said = [when_note(tr, [(found.business_date, zone)], [(found.read_at, zone)]), tr("only you see this")]
    return blocks.context([escape(" · ".join(said))])


def _modal(tr: Words, shown: Sequence[Block], found: JobsFound | None = None, page: int = 1) -> Block:
    given = jobs_reference(found.workspace.key, found.business_date, metric_of(found.counts)) if found else ""
    return {
        "type": "modal",
        "title": blocks.label(tr("Which jobs?"), 24),
        "close": blocks.label(tr("Close"), 24),
        "private_metadata": json.dumps({"jobs": given, "page": page}),
        "blocks": list(shown),
    }
