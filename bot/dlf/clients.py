"""A client for each project; projects with the same credentials share rate limit and circuit breaker."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.dlf.client import DEADLINE, POLL_TURN, DlfClient, wall_clock
from bot.dlf.credential import JOBS_FASTER, Credential, ProbesFor, open_credential
from bot.dlf.jobs import JOBS_DEADLINE
from bot.dlf.limiter import Limiter, RateLimiter
from bot.dlf.settings import Auth, Project, credential_of

LimiterFor = Callable[[str, float], Limiter]


def open_clients(
    projects: Iterable[Project],
    *,
    limiter_for: LimiterFor = lambda _credential, per_second: RateLimiter(per_second),
    probes_for: ProbesFor | None = None,
    wall: Callable[[], datetime] = wall_clock,
    user_agent: str = "dlf-bot",
    deadline: float = DEADLINE,
    poll_turn: float = POLL_TURN,
    jobs_deadline: float = JOBS_DEADLINE,
) -> dict[str, DlfClient]:
    """Clients by the project's name. `limiter_for(name, per_second)` is called twice per credential.

    A credential's counts and job lists have a rate limit each.
    """
    projects = tuple(projects)
    shared = _open_credentials(projects, limiter_for, probes_for, wall)
    return {
        project.name: DlfClient(
            project,
            credential=shared[credential_of(project.auth)],
            wall=wall,
            user_agent=user_agent,
            deadline=deadline,
            poll_turn=poll_turn,
            jobs_deadline=jobs_deadline,
        )
        for project in projects
    }


def _open_credentials(
    projects: Iterable[Project],
    limiter_for: LimiterFor,
    probes_for: ProbesFor | None,
    wall: Callable[[], datetime],
) -> dict[str, Credential]:
    """The credentials by their names; each has the pace of its slowest project."""
    paces: dict[str, float] = {}
    auths: dict[str, Auth] = {}
    for project in projects:
        name = credential_of(project.auth)
        paces[name] = min(project.requests_per_second, paces.get(name, float("inf")))
        auths[name] = project.auth
    return {
        name: open_credential(
            auths[name],
            limiter_for(name, per_second),
            wall,
            probes_for,
            jobs_limiter=limiter_for(f"{name} jobs", JOBS_FASTER * per_second),
        )
        for name, per_second in paces.items()
    }
