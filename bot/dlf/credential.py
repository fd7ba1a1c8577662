"""The queue and circuit breakers that all projects with the same credentials share."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.dlf.circuit_breaker import AT_ONCE, CircuitBreaker, Probes
from bot.dlf.limiter import FairQueue, Limiter, RateLimiter
from bot.dlf.settings import AccessKey, Auth, Project

# The service allows a user 30 requests a second of V1, three times those of V2.
JOBS_FASTER, JOBS_PER_SECOND = 3, 24.0
ProbesFor = Callable[[str], Probes | None]


@dataclass(frozen=True, slots=True)
class Credential:
    """`breaker` guards every question, `login_breaker` every login of an IAM user.

    `jobs` is the same credential for V1's job lists, which have a rate limit of their own.
    """

    queue: FairQueue
    breaker: CircuitBreaker
    login_breaker: CircuitBreaker
    jobs: "Credential | None" = None


def open_credential(
    auth: Auth,
    limiter: Limiter,
    wall: Callable[[], datetime],
    probes_for: ProbesFor | None = None,
    *,
    jobs_limiter: Limiter | None = None,
) -> Credential:
    """Limit requests in flight for access keys and logins: failures lock them, but not tokens."""
    login_breaker, is_key = CircuitBreaker(wall, at_once=1), isinstance(auth, AccessKey)
    probes = probes_for(_probe_name(auth)) if probes_for and isinstance(auth, AccessKey) else None
    breaker = CircuitBreaker(wall, at_once=AT_ONCE if is_key else None, probes=probes)
    # A single request at a time: together with the polls in flight, too few refusals to lock a key.
    jobs_breaker = CircuitBreaker(wall, at_once=1 if is_key else None, behind=breaker)
    jobs_queue = FairQueue(jobs_limiter or RateLimiter(JOBS_PER_SECOND))
    jobs = Credential(jobs_queue, jobs_breaker, login_breaker)
    return Credential(FairQueue(limiter), breaker, login_breaker, jobs)


def questions_at_once(project: Project) -> int:
    """The most questions of people at a time: no more than can be in flight, so that others get turns."""
    return min(project.in_flight, AT_ONCE) if isinstance(project.auth, AccessKey) else project.in_flight


def _probe_name(key: AccessKey) -> str:
    """A name that changes with the secret, so that a corrected secret need not wait.

    Not for passwords: they are too weak to be hashed here.
    """
    token = key.security_token.reveal() if key.security_token else ""
    identity = "\n".join((key.access_key, key.secret_key.reveal(), token))
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
