"""A client for each project; projects with the same credentials share rate limit and circuit breaker."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.dlf.client import DEADLINE, POLL_TURN, DlfClient, wall_clock
from bot.dlf.credential import JOBS_FASTER, ProbesFor, open_credential
from bot.dlf.jobs import JOBS_DEADLINE
from bot.dlf.limiter import Limiter, RateLimiter
from bot.dlf.settings import Project, credential_of

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
    paces: dict[str, float] = {}
    for project in projects:
        credential = credential_of(project.auth)
        paces[credential] = min(project.requests_per_second, paces.get(credential, float("inf")))
    auths = {credential_of(project.auth): project.auth for project in projects}
    shared = {
        credential: open_credential(
            auths[credential],
            limiter_for(credential, per_second),
            wall,
            probes_for,
            jobs_limiter=limiter_for(f"{credential} jobs", JOBS_FASTER * per_second),
        )
        for credential, per_second in paces.items()
    }
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
