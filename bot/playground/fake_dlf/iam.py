"""The state of the imitated IAM: users, projects, access keys and issued tokens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

TOKEN_SECONDS = 24 * 3600
LOCK_SECONDS = 5 * 60
FAILURES_TO_LOCK = 5


@dataclass(slots=True)
class IssuedKey:
    """An AK/SK pair of a user; a temporary pair is good only with its security token."""

    secret: str
    user: str = "playground"
    security_token: str = ""
    failures: int = 0
    locked_until: float = 0.0


@dataclass(frozen=True, slots=True)
class IssuedToken:
    user: str
    project: str
    issued: float
    expires: float


def _usual_keys() -> dict[str, IssuedKey]:
    return {
        "AKPLAYGROUND": IssuedKey("playground-secret"),
        "AKTEMP": IssuedKey("temporary-secret", "playground", "temporary-security-token"),
    }


@dataclass(slots=True)
class Iam:
    """State of the imitated IAM; its times are wall times, as the callers' own key and token clocks are."""

    wall: Callable[[], float]
    domain: str = "playground"
    passwords: dict[str, str] = field(default_factory=lambda: {"playground": "playground"})
    projects: dict[str, str] = field(default_factory=lambda: {"playground": "playground"})
    access_keys: dict[str, IssuedKey] = field(default_factory=_usual_keys)
    tokens: dict[str, IssuedToken] = field(default_factory=dict)
    token_seconds: float = TOKEN_SECONDS
    logins: int = 0

    def login(self, user: str, project: str) -> tuple[str, IssuedToken]:
        """Issue a token for a project id. The password was checked before."""
        now = self.wall()
        token = IssuedToken(user, project, now, now + self.token_seconds)
        text = "MIIP" + secrets.token_urlsafe(900)
        self.tokens[text] = token
        self.logins += 1
        return text, token

    def project_id(self, *, name: str = "", id: str = "") -> str | None:
        """The id of a project given by id or by name."""
        if id:
            return id if id in self.projects else None
        return next((found for found, known in self.projects.items() if known == name), None)

    def expire_tokens(self) -> None:
        """All tokens end now, as after a change of password."""
        now = self.wall()
        self.tokens = {
            text: IssuedToken(token.user, token.project, token.issued, now)
            for text, token in self.tokens.items()
        }

    def is_locked(self, key: IssuedKey) -> bool:
        return self.wall() < key.locked_until

    def count_failure(self, key: IssuedKey) -> None:
        """Five failures in a row lock the key for five minutes."""
        key.failures += 1
        if key.failures >= FAILURES_TO_LOCK:
            key.locked_until = self.wall() + LOCK_SECONDS
            key.failures = 0


def stamp(moment: float) -> str:
    """IAM's spelling of a time: UTC with a fraction and Z."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
