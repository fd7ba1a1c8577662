"""What all projects with the same credentials share: their pace and their caution."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.dlf.circuit_breaker import AT_ONCE, CircuitBreaker, Probes
from bot.dlf.limiter import FairQueue, Limiter
from bot.dlf.settings import AccessKey, Auth, Project

ProbesFor = Callable[[str], Probes | None]


@dataclass(frozen=True, slots=True)
class Credential:
    """`guard` stands before every question, `logins` before every login of an IAM user."""

    queue: FairQueue
    breaker: CircuitBreaker
    login_breaker: CircuitBreaker


def open_credential(
    auth: Auth, limiter: Limiter, wall: Callable[[], datetime], probes_for: ProbesFor | None = None
) -> Credential:
    """Only signatures and passwords can be locked: a refused token harms nobody."""
    login_breaker = CircuitBreaker(wall, at_once=1)
    if not isinstance(auth, AccessKey):
        return Credential(FairQueue(limiter), CircuitBreaker(wall), login_breaker)
    probes = probes_for(_probe_name(auth)) if probes_for else None
    return Credential(FairQueue(limiter), CircuitBreaker(wall, at_once=AT_ONCE, probes=probes), login_breaker)


def questions_at_once(project: Project) -> int:
    """How many questions of people to let in: no more than can be in flight, so that others take turns."""
    return min(project.in_flight, AT_ONCE) if isinstance(project.auth, AccessKey) else project.in_flight


def _probe_name(key: AccessKey) -> str:
    """A name that changes with the secret: a corrected one need not wait. Passwords are too weak for that."""
    token = key.security_token.reveal() if key.security_token else ""
    identity = "\n".join((key.access_key, key.secret_key.reveal(), token))
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
