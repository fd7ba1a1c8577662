"""`dlf-bot health`: asks the bot on this machine for its health, for a container's health check."""

import json
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from bot.cli.output import echo
from bot.config.settings import HttpSettings
from bot.server.paths import FOR_TRAFFIC, HEALTHZ, READYZ

SECONDS = 8.0
# An address to listen on, and the one that reaches it from this machine.
HERE = {"0.0.0.0": "127.0.0.1", "::": "localhost"}  # noqa: S104 - compared, not listened on


def print_health(http: HttpSettings, *, ready: bool) -> int:
    """Print what the bot's own port answers; 0 if it is well, 1 if not."""
    if http.port == 0:
        echo(
            "dlf-bot: http.port is 0, so the port of the running bot is unknown. Set http.port to a number.",
            err=True,
        )
        return 1
    host = HERE.get(http.host, http.host)
    address = f"[{host}]" if ":" in host else host
    page = f"{READYZ}?{FOR_TRAFFIC}" if ready else HEALTHZ
    request = Request(f"http://{address}:{http.port}{page}")
    if http.token:
        request.add_header("Authorization", f"Bearer {http.token.reveal()}")
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as answer:
            echo(_shown(answer.read(100_000)))
            return 0
    except HTTPError as error:
        echo(_shown(error.read(100_000)), err=True)
    except (OSError, HTTPException) as error:
        echo(f"dlf-bot: no answer from {address}:{http.port} ({error}). Is the bot running?", err=True)
    return 1


def _shown(body: bytes) -> str:
    text = body.decode(errors="replace").strip()
    if not text.startswith("{"):
        return text
    found = json.loads(text)
    lines = ["ready" if found["ready"] else "not ready", *found["problems"], *found["remarks"]]
    return "\n".join(lines)
