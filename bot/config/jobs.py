"""The YAML's keys about single jobs: what alerts tell of them, and who looks after them."""

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.config.addresses import https_url, mention
from bot.config.keys import Branch, Key, ScalarKind, Shape
from bot.config.mistakes import InvalidValue, show
from bot.config.reader import Section
from bot.config.references import WorkspaceIndex
from bot.config.scalars import NAME, TEXT, one_of, plain_text
from bot.dlf.settings import Project
from bot.domain.care import Care, Importance, JobCare
from bot.domain.model import CONSOLE_FIELDS, JobNames, Workspace
from bot.domain.spelling import fold

_ID = re.compile(r"<?@?[UW][A-Z0-9]{2,}>?|(?:<!subteam\^)?S[A-Z0-9]{2,}>?")
_FIELD = re.compile(r"\{([^{}]*)\}")
LONGEST_OWNER, LONGEST_GLOB = 80, 256


def job_names(text: str) -> JobNames:
    """How much an alert's message shows of jobs; YAML's own false turns it off."""
    word = text.strip().casefold()
    if word in ("false", "no", "off"):
        return JobNames.NOTHING
    if word not in tuple(JobNames):
        raise InvalidValue("which is not a choice of job names", "Write false, names or errors.")
    return JobNames(word)


JOB_NAMES = Key(
    "job_names",
    ScalarKind(job_names, {"enum": [False, "names", "errors"]}),
    "What alerts say of their jobs: false: nothing; names: up to 3 names; errors: also the first line of "
    "the first error.",
    default="names",
    example="errors",
)


def owner(text: str) -> str:
    """A mention of a user or user group, or a name as plain text."""
    if _ID.fullmatch(text):
        return mention(text)
    name = plain_text(text)
    if not name or len(name) > LONGEST_OWNER or name[0] in "<@":
        raise InvalidValue(
            "which is neither an id nor a name", "Write a user id (U...), a user group id (S...), or a name."
        )
    return name


def console(text: str) -> str:
    """A template of an address with the names of values in braces."""
    plain = _FIELD.sub("x", text)
    unknown = [name for name in _FIELD.findall(text) if name not in CONSOLE_FIELDS]
    if unknown or "{" in plain or "}" in plain:
        known = ", ".join(f"{{{name}}}" for name in CONSOLE_FIELDS)
        raise InvalidValue("which has an unknown placeholder", f"Known: {known}.")
    https_url(plain)
    return text


def glob(text: str) -> str:
    name = plain_text(text)
    if not name or len(name) > LONGEST_GLOB:
        raise InvalidValue(
            "which cannot be the name of a job", 'Write a name, or the part of it with "*": gl_*.'
        )
    return name


CONSOLE = Key(
    "console",
    ScalarKind(console, {"type": "string", "pattern": r"^https://[^\s@]+$", "maxLength": 2000}),
    "Address that opens a job in DataArts, with {region}, {workspace_id}, {job_name}, {job_id}, "
    "{job_instance_id} and {node} where these belong: a button of alerts, a link in lists. None by default.",
    example='"https://console.example/?job={job_id}"',
)
OWNER = Key(
    "owner",
    ScalarKind(owner, {"type": "string", "minLength": 1, "maxLength": LONGEST_OWNER}),
    "Who looks after it: a Slack id (U..., S...), which can be mentioned, or a name.",
    example="U0ADA",
)
RUNBOOK = Key(
    "runbook",
    ScalarKind(https_url, {"type": "string", "pattern": r"^https://[^\s@]+$", "maxLength": 2000}),
    "Address of the instructions for such an alert: a button of its message.",
    example="https://wiki.example/runbooks/gl",
)
IMPORTANCE = Key(
    "importance",
    one_of(Importance, "an importance"),
    "Raises the severity of its alerts to this; never lowers it.",
    example="critical",
)
CARE_KEYS = (OWNER, RUNBOOK, IMPORTANCE)
MATCH = Key(
    "match",
    ScalarKind(glob, {"type": "string", "minLength": 1, "maxLength": LONGEST_GLOB}),
    'The jobs: a name, or a glob with "*", "?" and "[...]". The first entry that fits counts.',
    required=True,
    example='"gl_*"',
)
JOB_PROJECT = Key("project", NAME, "Only the jobs of this project.", example="prod")
JOB_WORKSPACE = Key("workspace", TEXT, "Only the jobs of this workspace.", example="finance")
JOB = Shape("job", (MATCH, *CARE_KEYS, JOB_PROJECT, JOB_WORKSPACE))
JOBS = Branch(
    "jobs",
    JOB,
    "Owner, runbook and importance of single jobs; they go before those of rules and workspaces.",
    many=True,
)


def read_care(section: Section) -> Care:
    """The three keys of a rule, a workspace or an entry of `jobs`."""
    return Care(section.take(OWNER) or "", section.take(RUNBOOK) or "", section.take(IMPORTANCE))


def with_jobs(
    projects: Iterable[Project], section: Section, directory: WorkspaceIndex
) -> tuple[Project, ...]:
    """The projects; each workspace has the entries for its jobs, in the order of the file."""
    projects = tuple(projects)
    entries = [found for one in section.branches(JOBS) if (found := _read_job(one, projects, directory))]

    def told(workspace: Workspace) -> Workspace:
        scopes = (None, workspace.project, workspace.key)
        return replace(workspace, job_care=tuple(entry for scope, entry in entries if scope in scopes))

    return tuple(replace(one, workspaces=tuple(map(told, one.workspaces))) for one in projects)


def _read_job(
    section: Section, projects: Iterable[Project], directory: WorkspaceIndex
) -> tuple[str | None, JobCare] | None:
    """An entry, with the name of its project or the key of its workspace if it is for these alone."""
    match, care = section.take(MATCH), read_care(section)
    project, workspace = section.take(JOB_PROJECT), section.take(JOB_WORKSPACE)
    scope = next((one for one in directory.zones if project and fold(one) == fold(project)), None)
    if project and scope is None:
        known = ", ".join(directory.zones) or "none"
        section.wrong(
            section.line_of(JOB_PROJECT),
            f"project is {show(section.written(JOB_PROJECT))}, which is not a project of this file.",
            f"Projects: {known}.",
        )
    if workspace:
        try:
            scope = directory.find(f"{scope}/{workspace}" if scope and "/" not in workspace else workspace)
        except InvalidValue as wrong:
            section.wrong(
                section.line_of(JOB_WORKSPACE),
                f"workspace is {show(section.written(JOB_WORKSPACE))}, {wrong.problem}.",
                wrong.remedy,
            )
    return (scope, JobCare(match, care)) if match else None
