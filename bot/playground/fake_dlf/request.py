"""A request to the imitated DLF with everything its answer needs."""

from dataclasses import dataclass
from urllib.parse import unquote

from bot.playground.fake_dlf import gateway_checks
from bot.playground.fake_dlf.request_log import RequestRecord
from bot.playground.fake_dlf.responses import RefusedError
from bot.playground.fake_dlf.signature import RawRequest
from bot.playground.fake_dlf.world import DlfWorld


@dataclass(frozen=True, slots=True)
class DlfRequest:
    """`parts` of the path are as they came, the project's id first."""

    world: DlfWorld
    limit: gateway_checks.RateLimit
    raw: RawRequest
    record: RequestRecord
    parts: tuple[str, ...]

    @property
    def project(self) -> str:
        return unquote(self.parts[0])

    @property
    def query(self) -> dict[str, str]:
        return self.record.query

    def authenticate(self) -> None:
        """Recognise the caller, or raise RefusedError (401)."""
        gateway_checks.authenticate(self.raw, self.world.iam, self.record)

    def enter_project(self, faster: float = 1, *, workspace: bool = True) -> None:
        """Make the gateway's checks: caller, rate, project, `workspace` header. Raises RefusedError.

        With `workspace` False the API is about the project and takes no such header.
        """
        token = gateway_checks.authenticate(self.raw, self.world.iam, self.record)
        self.limit.check(self.record.user, self.record.api, self.world.rate_limit * faster)
        if self.project not in self.world.iam.projects:
            raise RefusedError(403, "APIGW.0310", "The project is unavailable.")
        if token is not None and token.project != self.project:
            raise RefusedError(401, "APIGW.0307", "The token must be updated: it is for another project.")
        if not workspace:
            return
        if not self.record.workspace:
            raise RefusedError(
                400, "APIGW.0106", "Orchestration error: missing parameter workspace in header"
            )
        if self.record.workspace not in self.world.workspaces:
            raise RefusedError(400, "DLF.3051", "The request parameter is invalid: workspace does not exist.")
