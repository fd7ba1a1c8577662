"""What all projects with the same credentials share: their pace and their caution."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.dlf.access import AccessKey, Auth
from bot.dlf.limiter import Limiter, Lines
from bot.dlf.refusals import AT_ONCE, Guard, Trials

TrialsFor = Callable[[str], Trials | None]


@dataclass(frozen=True, slots=True)
class Credential:
    """`guard` stands before every question, `logins` before every login of an IAM user."""

    lines: Lines
    guard: Guard
    logins: Guard


def open_credential(
    auth: Auth, limiter: Limiter, wall: Callable[[], datetime], trials_for: TrialsFor | None = None
) -> Credential:
    """Only signatures and passwords can be locked: a refused token harms nobody."""
    logins = Guard(wall, at_once=1)
    if not isinstance(auth, AccessKey):
        return Credential(Lines(limiter), Guard(wall), logins)
    trials = trials_for(_trial_of(auth)) if trials_for else None
    return Credential(Lines(limiter), Guard(wall, at_once=AT_ONCE, trials=trials), logins)


def _trial_of(key: AccessKey) -> str:
    """A name that changes with the secret: a corrected one need not wait. Passwords are too weak for that."""
    token = key.security_token.reveal() if key.security_token else ""
    identity = "\n".join((key.access_key, key.secret_key.reveal(), token))
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
