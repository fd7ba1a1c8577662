"""Start the whole playground: the page on port P, the imitated DLF on P+1, the imitated Slack on P+2."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot.playground import fake_dlf, sample_data
from bot.playground.clock import Clock
from bot.playground.fake_dlf import DlfWorld
from bot.playground.fake_slack.server import make_app as make_slack_app
from bot.playground.fake_slack.world import SlackWorld
from bot.playground.page.app import make_app as make_page_app
from bot.playground.page.state import Worlds
from bot.playground.same_machine import LOOPBACK


@dataclass(frozen=True, slots=True)
class Playground:
    """The running worlds and where they are reached; `slack_api_url` ends with a slash, as config wants."""

    clock: Clock
    dlf: DlfWorld
    slack: SlackWorld
    page_url: str
    dlf_url: str
    slack_api_url: str
    names: Mapping[str, str]


@asynccontextmanager
async def run_playground(
    port: int,
    host: str = "127.0.0.1",
    *,
    clock: Clock | None = None,
    names: Mapping[str, str] | None = None,
) -> AsyncIterator[Playground]:
    """Serve on `port` and the two after it (0: any three free ones) until the block ends.

    `names` tells the page what the bot's config calls DLF's workspaces (id → name), for the command box; DLF
    has those of the story and all that are named.
    Raises OSError when a port is taken, ValueError when `host` is not this machine alone.
    """
    if host not in LOOPBACK:
        raise ValueError(f"the playground listens on this machine only, not on {host}")
    clock, names = clock or Clock(), names or {}
    more = [id for id in names if id not in sample_data.WORKSPACES]
    dlf_world, slack_world = DlfWorld(clock, extra_workspaces=more), SlackWorld(clock.now)
    worlds = Worlds(clock, dlf_world, slack_world, names)
    async with AsyncExitStack() as stack:
        running = await fake_dlf.start(dlf_world, port and port + 1, host)
        stack.push_async_callback(running.close)
        slack_url = await _serve(stack, make_slack_app(slack_world), host, port and port + 2)
        slack_world.base_url = slack_url
        page_url = await _serve(stack, make_page_app(worlds), host, port)
        yield Playground(clock, dlf_world, slack_world, page_url, running.url, f"{slack_url}/api/", names)


async def _serve(stack: AsyncExitStack, app: web.Application, host: str, port: int) -> str:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, host, port).start()
    bound: int = runner.addresses[0][1]
    return f"http://{f'[{host}]' if ':' in host else host}:{bound}"
