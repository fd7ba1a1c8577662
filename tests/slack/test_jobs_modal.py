"""*More…* through Slack's requests: the modal opens at once, turns its pages, and opens a job."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.jobs import FailedJob
from bot.domain.references import job_reference, jobs_reference
from bot.errors import DlfRefused
from bot.messages.jobs import ASK_MORE, render_jobs
from bot.messages.jobs_modal import OPEN_JOB, SHOW_NEXT, SHOW_PAGE
from bot.playground.fake_slack.objects import User
from bot.slack import jobs_modal
from tests.support.message_scenes import JOBS, SALES, SUNDAY, run
from tests.support.slack_listeners import ADA, BEN, OPS, SlackHarness, plugged

MANY = replace(JOBS, jobs=tuple(FailedJob(f"job{n}", (run(f"job{n}", "00:30"),)) for n in range(7)))
REFERENCE = jobs_reference(SALES.key, SUNDAY, None)


class Guest(User):
    def as_json(self, team: str) -> dict[str, Any]:
        return super().as_json(team) | {"is_restricted": True}


async def opened(rig: SlackHarness, user: str = ADA) -> None:
    """Ask for the jobs and press *More…* below the private answer."""
    assert (await rig.world.run_command(user, OPS, "sales", command="/dlf-jobs")).ok
    await rig.settled()
    shown = rig.world.ephemerals_of(user)[-1]
    outcome = await rig.world.click(user, OPS, shown.ts, ASK_MORE)
    assert outcome.ok
    assert outcome.seconds < 1
    await rig.settled()


async def pressed(rig: SlackHarness, action: str, value: str | None = None) -> None:
    view = rig.world.modals[ADA][-1]
    assert (await rig.world.click_view(ADA, view.id, action, value)).ok
    await rig.settled()


def screen(rig: SlackHarness, user: str = ADA) -> str:
    return json.dumps(rig.world.modals[user][-1].body, ensure_ascii=False)


async def test_the_modal_shows_the_list_turns_its_pages_and_opens_a_job() -> None:
    async with plugged("socket") as rig:
        rig.listed.found = MANY
        await opened(rig)
        assert "*job0*" in screen(rig)
        assert "*job6*" not in screen(rig)
        await pressed(rig, SHOW_NEXT)
        assert "*job6*" in screen(rig)
        assert "*job0*" not in screen(rig)
        await pressed(rig, OPEN_JOB, job_reference("job6"))
        assert "DLF gives no error text." in screen(rig)
        await pressed(rig, SHOW_PAGE)
        assert "Page 2 of 2" in screen(rig)
        assert rig.listed.lists == [REFERENCE] * 4
        assert [outcome for _, outcome in rig.observed] == ["listed"] * 5
        assert rig.world.messages(OPS) == []


async def test_the_whole_error_stands_in_the_modal_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "bot")
    async with plugged("socket") as rig:
        await opened(rig)
        await pressed(rig, OPEN_JOB, job_reference("gl_postings"))
        assert "second line" in screen(rig)
        assert "second line" not in caplog.text
        assert not any("second line" in said for said in rig.private())


async def test_the_modal_opens_before_anything_is_asked() -> None:
    async with plugged("socket") as rig:
        held = asyncio.Event()
        rig.listed.does = held.wait  # type: ignore[assignment]
        posted = await rig.sender.post(OPS, render_jobs(JOBS), key="alert/1")
        assert (await rig.world.click(ADA, OPS, posted.ts, ASK_MORE)).ok
        async with asyncio.timeout(20):
            while not rig.world.modals.get(ADA):
                await asyncio.sleep(0.01)
        assert "Reading from DLF" in screen(rig)
        held.set()
        await rig.settled()
        assert "*gl_postings*" in screen(rig)


async def test_a_job_that_takes_long_says_so_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_modal, "AT_ONCE", 0.01)
    async with plugged("socket") as rig:
        await opened(rig)
        held = asyncio.Event()
        rig.listed.does = held.wait  # type: ignore[assignment]
        view = rig.world.modals[ADA][-1]
        await rig.world.click_view(ADA, view.id, OPEN_JOB, job_reference("gl_postings"))
        async with asyncio.timeout(20):
            while "Reading from DLF" not in screen(rig):
                await asyncio.sleep(0.01)
        held.set()
        await rig.settled()
        assert "second line" in screen(rig)


async def test_the_modal_shows_a_refusal_of_dlf() -> None:
    async with plugged("socket") as rig:

        async def refuse() -> None:
            raise DlfRefused("DLF does not let the bot list jobs.", remedy="Give it the role viewer.")

        await opened(rig)
        rig.listed.does = refuse
        await pressed(rig, OPEN_JOB, job_reference("gl_postings"))
        assert "DLF does not let the bot list jobs." in screen(rig)
        assert rig.observed[-1] == (OPEN_JOB, "not listed")


async def test_a_job_that_is_gone_and_a_modal_that_was_closed() -> None:
    async with plugged("socket") as rig:
        await opened(rig)
        rig.listed.found = replace(JOBS, jobs=JOBS.jobs[1:])
        await pressed(rig, OPEN_JOB, job_reference("gl_postings"))
        assert "These jobs are no longer on record. Ask again." in screen(rig)
        await opened(rig)

        async def closed() -> None:
            await rig.world.close_modal(ADA)

        rig.listed.does = closed
        await pressed(rig, OPEN_JOB, job_reference("fx_rates"))
        assert rig.observed[-1] == (OPEN_JOB, "closed")
        assert not any("went wrong" in said for said in rig.private())


async def test_a_guest_sees_no_error_texts_in_the_modal() -> None:
    async with plugged("socket") as rig:
        rig.world.users[BEN] = Guest(BEN, "ben", "Ben")
        posted = await rig.sender.post(OPS, render_jobs(JOBS), key="alert/1")
        await rig.world.click(BEN, OPS, posted.ts, ASK_MORE)
        await rig.settled()
        assert "Only full members" in screen(rig, BEN)
        assert rig.listed.lists == []
