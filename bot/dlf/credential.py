"""What all projects with the same credentials share: their pace and their caution."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.dlf.access import AccessKey, Auth
from bot.dlf.limiter import Limiter, Lines
from bot.dlf.refusals import AT_ONCE, Guard


@dataclass(frozen=True, slots=True)
class Credential:
    """`guard` stands before every question, `logins` before every login of an IAM user."""

    lines: Lines
    guard: Guard
    logins: Guard


def open_credential(auth: Auth, limiter: Limiter, wall: Callable[[], datetime]) -> Credential:
    """Only signatures and passwords can be locked: a refused token harms nobody."""
    at_once = AT_ONCE if isinstance(auth, AccessKey) else None
    return Credential(Lines(limiter), Guard(wall, at_once=at_once), Guard(wall, at_once=1))
