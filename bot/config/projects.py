"""The YAML's `projects`: DLF's address, the credentials and the workspaces."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from bot.config.addresses import CHANNEL, ORIGIN
from bot.config.auth import AUTH_BRANCH, read_auth
from bot.config.jobs import CARE_KEYS, CONSOLE, JOB_NAMES, read_care
from bot.config.keys import Branch, Key, ScalarKind, Shape
from bot.config.mistakes import show
from bot.config.reader import Section
from bot.config.references import UniqueNames, WorkspaceIndex
from bot.config.scalars import ID, NAME, PER_SECOND, ZONE, plain_text
from bot.dlf.regions import REGIONS, Hosts, hosts_of
from bot.dlf.settings import Auth, IamUser, Project
from bot.domain.care import Care
from bot.domain.model import Workspace
from bot.domain.spelling import fold
from bot.domain.suggest import did_you_mean, nearest

RESERVED = frozenset({"today", "yesterday", "before_yesterday", "all", "own", "share", "help"})

WORKSPACE_NAME = Key("name", NAME, "Name in commands and messages.", required=True, example="sales")
WORKSPACE_ID = Key(
    "id",
    ID,
    "The workspace's id, from the address bar of DataArts Studio or its workspace list.",
    required=True,
    example="5a1b0c7e4d2f4b6a9c8e7f6a5b4c3d2e",
    also=("workspace_id", "workspace"),
)
WORKSPACE_CHANNEL = Key(
    "channel", CHANNEL, "Channel of its alerts. Default: slack.channel.", example='"#data-ops"'
)
WORKSPACE = Shape("workspace", (WORKSPACE_NAME, WORKSPACE_ID, WORKSPACE_CHANNEL, *CARE_KEYS))

PROJECT_NAME = Key("name", NAME, "Name in commands and messages.", required=True, example="prod")
REGION = Key(
    "region",
    ScalarKind(plain_text, {"anyOf": [{"enum": list(REGIONS)}, {"type": "string"}]}),
    "The Huawei Cloud region; it sets the endpoints.",
    example="ap-southeast-3",
)
ENDPOINT = Key(
    "endpoint",
    ORIGIN,
    "Overrides the region's endpoint of DLF.",
    example="https://dayu.ap-southeast-3.myhuaweicloud.com",
)
IAM_ENDPOINT = Key(
    "iam_endpoint", ORIGIN, "Overrides the region's endpoint of IAM (for username and password)."
)
JOBS_ENDPOINT = Key(
    "jobs_endpoint",
    ORIGIN,
    "Endpoint of DLF's V1 API (job lists). Default: the region's, or endpoint if that is set.",
)
PROJECT_ID = Key(
    "project_id", ID, "The project's id, from My Credentials.", required=True, example="${DLF_PROJECT_ID}"
)
TIMEZONE = Key(
    "timezone",
    ZONE,
    "Time zone in which DLF's days begin and end (an IANA name).",
    required=True,
    example="Asia/Singapore",
    also=("tz", "zone"),
)
REQUESTS_PER_SECOND = Key(
    "requests_per_second",
    PER_SECOND,
    "Most requests per second to DLF. The service allows 10 per IAM user, shared by all its programs.",
    default=8,
    also=("rate_limit",),
)
WORKSPACES = Branch(
    "workspaces",
    WORKSPACE,
    "The DataArts Studio workspaces to watch.",
    required=True,
    many=True,
    example="[{name: sales, id: ...}]",
)
PROJECT = Shape(
    "project",
    (
        PROJECT_NAME,
        REGION,
        ENDPOINT,
        IAM_ENDPOINT,
        JOBS_ENDPOINT,
        PROJECT_ID,
        TIMEZONE,
        REQUESTS_PER_SECOND,
        AUTH_BRANCH,
        WORKSPACES,
        JOB_NAMES,
        CONSOLE,
    ),
    {"anyOf": [{"required": ["region"]}, {"required": ["endpoint"]}]},
)


def read_projects(section: Section, projects: Branch, directory: WorkspaceIndex) -> tuple[Project, ...]:
    """All projects that can be read; every workspace's name goes into `directory`, readable or not."""
    names = UniqueNames("project")
    found = [_read_project(one, names, directory) for one in section.branches(projects)]
    if section.is_empty_list(projects):
        section.wrong(section.line_of(projects), "there is no project.", "Write at least one.")
    return tuple(_with_namesakes([project for project in found if project]))


def _with_namesakes(projects: Sequence[Project]) -> Iterator[Project]:
    """The projects; workspaces whose name another project uses too, in any case, are marked."""
    shared = Counter(name for project in projects for name in {fold(one.name) for one in project.workspaces})
    for project in projects:
        marked = (replace(one, namesake=shared[fold(one.name)] > 1) for one in project.workspaces)
        yield replace(project, workspaces=tuple(marked))


def _read_project(section: Section, names: UniqueNames, directory: WorkspaceIndex) -> Project | None:
    name, project_id = section.take(PROJECT_NAME), section.take(PROJECT_ID)
    zone, per_second = section.take(TIMEZONE), section.get(REQUESTS_PER_SECOND)
    names.add(section, PROJECT_NAME, name)
    region, told = section.take(REGION), section.get(JOB_NAMES)
    hosts, console = _read_hosts(section, region), _read_console(section)
    auth = _read_auth(section, hosts)
    found = _read_workspaces(section, name, directory)
    if name and zone:
        directory.zones[name] = zone
    if not (name and project_id and zone and hosts and auth):
        return None
    all_alike = partial(Workspace, job_names=told, console=console, region=region or "")
    workspaces = tuple(
        all_alike(name, one, its_id, zone, channel, care=care) for one, its_id, channel, care in found
    )
    return Project(
        name,
        project_id,
        hosts.endpoint,
        hosts.iam_endpoint,
        hosts.jobs_endpoint,
        zone,
        auth,
        workspaces,
        per_second,
    )


def _read_console(section: Section) -> str:
    console = section.take(CONSOLE) or ""
    if "{region}" in console and not section.has(REGION):
        section.wrong(
            section.line_of(CONSOLE), "console names {region}, and the project has none.", _ADD_REGION
        )
    return console


def _read_hosts(section: Section, region: str | None) -> Hosts | None:
    """The region's hosts with the overrides in place; an unknown region's IAM host stays empty."""
    endpoint = section.take(ENDPOINT)
    iam, jobs = section.take(IAM_ENDPOINT), section.take(JOBS_ENDPOINT)
    known = hosts_of(region) if region in REGIONS else None
    if known is None and not section.has(ENDPOINT):
        if region:
            hint = did_you_mean(nearest(region, REGIONS)) or "Write its id, such as ap-southeast-3."
            section.wrong(
                section.line_of(REGION),
                f"region is {show(section.written(REGION))}, which is not a known region.",
                f"{hint} For a region that is not listed, add endpoint.",
            )
        elif not section.has(REGION):
            section.wrong(section.line, "region is missing.", _ADD_REGION)
    endpoint = endpoint or (known.endpoint if known else None)
    if endpoint is None:
        return None
    default_jobs = endpoint if section.has(ENDPOINT) or not known else known.jobs_endpoint
    return Hosts(endpoint, iam or (known.iam_endpoint if known else ""), jobs or default_jobs)


def _read_auth(section: Section, hosts: Hosts | None) -> Auth | None:
    auth = next((read_auth(one) for one in section.branches(AUTH_BRANCH)), None)
    if isinstance(auth, IamUser) and hosts and not hosts.iam_endpoint and not section.has(IAM_ENDPOINT):
        section.wrong(
            section.line_of(AUTH_BRANCH),
            "username and password need the IAM endpoint, which is known for listed regions only.",
            'Add "iam_endpoint: https://iam.<region>.myhuaweicloud.com".',
        )
    return auth


def _read_workspaces(
    section: Section, project: str | None, directory: WorkspaceIndex
) -> list[tuple[str, str, str | None, Care]]:
    names = UniqueNames("workspace")
    found = []
    for one in section.branches(WORKSPACES):
        name, its_id, channel = one.take(WORKSPACE_NAME), one.take(WORKSPACE_ID), one.take(WORKSPACE_CHANNEL)
        names.add(one, WORKSPACE_NAME, name)
        care = read_care(one)
        directory.add(project, name or one.written(WORKSPACE_NAME))
        if name and fold(name) in RESERVED:
            one.wrong(
                one.line_of(WORKSPACE_NAME),
                f'name is "{name}", a word that commands use.',
                f'Write another one, like "{name}-jobs".',
            )
        if name and its_id:
            found.append((name, its_id, channel, care))
    if section.is_empty_list(WORKSPACES):
        section.wrong(section.line_of(WORKSPACES), "there is no workspace.", "Write at least one.")
    return found


_ADD_REGION = 'Add "region: ap-southeast-3" (or yours); for an unlisted one write its endpoint instead.'
