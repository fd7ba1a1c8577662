"""`bolt.py ack|respond PORT`: bare Bolt on uvicorn with one command.

`ack` puts the answer into the HTTP response; `respond` posts it afterwards, as Bolt's documentation shows.
"""

import sys
from typing import Any

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

SIGNING_SECRET = "benchmark-signing-secret"
ANSWER = "sales: 90 succeeded, 3 failed"


async def authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T0", bot_user_id="U0", bot_id="B0", bot_token="xoxb-")


async def in_ack(ack: Any) -> None:
    await ack(ANSWER)


async def afterwards(ack: Any, respond: Any) -> None:
    await ack()
    await respond(ANSWER)


def main(kind: str, port: str) -> None:
    app = AsyncApp(signing_secret=SIGNING_SECRET, authorize=authorize, process_before_response=kind == "ack")
    app.command("/dlf-status")(in_ack if kind == "ack" else afterwards)
    uvicorn.run(
        AsyncSlackRequestHandler(app), host="127.0.0.1", port=int(port), log_level="error", access_log=False
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
