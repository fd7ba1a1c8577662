"""S1, S3: `/dlf-status` from fresh counts, in a closed loop and at a fixed pace, beside bare Bolt."""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from benchmarks.contest import Contest, Goal, Sample, Work
from benchmarks.environment import open_environment
from benchmarks.servers import Server, bare_bolt, whole_bot
from benchmarks.slack_load import PEOPLE, Answers, answered, at_a_pace, in_a_closed_loop, open_answers
from bot.playground.fake_slack.objects import User

COMMANDS, PER_SECOND = 1_000, 100


async def contests(stack: AsyncExitStack) -> Sequence[Contest]:
    """Ours whole: signature, limits, logging, metrics and storage are on; only the answer is kept for 5 s."""
    answers = await stack.enter_async_context(open_answers())
    environment = await stack.enter_async_context(open_environment(20))
    environment.slack.users |= {user: User(user, user.lower(), user) for user in PEOPLE}
    ours = await stack.enter_async_context(whole_bot(environment))
    bare = await stack.enter_async_context(bare_bolt("ack"))
    documented = await stack.enter_async_context(bare_bolt("respond"))
    servers = (ours, bare, documented)
    for server in servers:
        await answered(server.port, answers.url)
    await _counts_are_known(ours)
    throughput = {server: _throughput(server, answers, later=server is documented) for server in servers}
    latency = {server: _latency(server, answers) for server in servers}
    asked, paced = "S1 `/dlf-status`, 100 connections", f"S3 its ack at {PER_SECOND}/s, p50"
    pairs = [
        (f"{asked}, `ack(); respond()`", "/s", Goal(1, least=True), throughput, documented),
        (f"{asked}, `ack(text)`", "/s", Goal(0.5, least=True), throughput, bare),
        (f"{paced}, `ack(); respond()`", "ms", Goal(1), latency, documented),
        (f"{paced}, `ack(text)`", "ms", Goal(3), latency, bare),
    ]
    return [Contest(figure, unit, goal, of[ours], of[other]) for figure, unit, goal, of, other in pairs]


async def _counts_are_known(bot: Server) -> None:
    """Wait until an answer comes from fresh counts, in the ack."""
    while b"Reading" in (answer := await answered(bot.port)) or b"failed" not in answer:
        pass


def _throughput(server: Server, answers: Answers, *, later: bool) -> Work:
    """`later`: the answers arrive at the `response_url`."""

    async def work() -> Sample:
        arrived, wall, cpu = answers.count, time.monotonic(), server.cpu()
        await in_a_closed_loop(server.port, answers.url, COMMANDS)
        if later:
            await answers.wait_for(arrived + COMMANDS)
        wall, cpu = time.monotonic() - wall, server.cpu() - cpu
        return Sample(COMMANDS / wall, cpu / COMMANDS * 1000)

    return work


def _latency(server: Server, answers: Answers) -> Work:
    async def work() -> Sample:
        before, number = server.cpu(), PER_SECOND * 4
        waits = await at_a_pace(server.port, answers.url, PER_SECOND, number)
        return Sample(waits[number // 2], (server.cpu() - before) / number * 1000)

    return work
