"""The settings of a project at DLF: hosts, credentials and limits, as plain values."""

import hashlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.domain.model import Workspace
from bot.secret import Secret


@dataclass(frozen=True, slots=True)
class AccessKey:
    """Sign every request with AK/SK (`SDK-HMAC-SHA256`); temporary keys bring a security token."""

    access_key: str
    secret_key: Secret
    security_token: Secret | None = None


@dataclass(frozen=True, slots=True)
class IamUser:
    """Fetch a project-scoped token from IAM, keep it, renew it."""

    username: str
    password: Secret
    domain: str


@dataclass(frozen=True, slots=True)
class ReadyToken:
    """Send this `X-Auth-Token`; the bot cannot renew it."""

    token: Secret


Auth = AccessKey | IamUser | ReadyToken


def credential_of(auth: Auth) -> str:
    """A hashed name of the user by which DLF counts requests: projects with the same name share a limit."""
    match auth:
        case AccessKey():
            identity = f"key {auth.access_key}"
        case IamUser():
            identity = f"user {auth.domain}/{auth.username}"
        case ReadyToken():
            identity = f"token {auth.token.reveal()}"
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Project:
    """An entry of the YAML's `projects`. Endpoints are origins without a trailing slash."""

    name: str
    project_id: str
    endpoint: str
    iam_endpoint: str
    jobs_endpoint: str
    zone: ZoneInfo
    auth: Auth
    workspaces: tuple[Workspace, ...]
    requests_per_second: float

    @property
    def in_flight(self) -> int:
        """How many questions may be open at once: enough for the pace, few enough for a short wait."""
        return max(1, min(64, int(2 * self.requests_per_second)))
