"""The whole story in a browser with the real bot: what a newcomer sees from the first screen to the last."""

import asyncio
import os
import random
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from bot.playground.sample_jobs import PLANTED_SECRET
from tests.support.browser import CHROMIUM, PHONE, WIDE, launched, opened

# On a busy machine a poll may take some seconds more; what is seen later than this is a failure.
SOON, LATER = 15_000.0, 30_000.0

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


def free_ports() -> int:
    """A port whose two neighbours are free as well."""
    while True:
        port = random.randrange(20_000, 60_000)
        try:
            for one in range(port, port + 3):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", one))
        except OSError:
            continue
        return port


@asynccontextmanager
async def playground(folder: Path) -> AsyncIterator[str]:
    """`dlf-bot playground` as a process; the address of its page. Ends by Ctrl-C, within ten seconds."""
    said = folder / "playground.txt"
    for _ in range(5):
        port = free_ports()
        with said.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "playground", "--port", str(port), "--no-browser",
                stdout=output, stderr=asyncio.subprocess.STDOUT, env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        async with asyncio.timeout(40):
            while process.returncode is None and f":{port}" not in said.read_text():
                await asyncio.sleep(0.1)
        if process.returncode is None:
            break
    assert process.returncode is None, said.read_text()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            code = await process.wait()
    assert code == 0, said.read_text()
    assert "Traceback" not in said.read_text()


class Screen:
    """A person's actions and view of the channel."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.channel = page.locator("#messages")
        self.tour = lambda step: page.get_by_test_id(f"tour-{step}").click()

    def message(self, *facts: str | re.Pattern[str]) -> Locator:
        """The public messages with all of these texts."""
        found = self.channel.locator(".message:not(.ephemeral)")
        for fact in facts:
            found = found.filter(has_text=fact)
        return found

    async def sees(self, *facts: str | re.Pattern[str], within: float = SOON) -> str:
        """The place in the channel of the only message with all of these texts."""
        found = self.message(*facts)
        await expect(found).to_have_count(1, timeout=within)
        return await found.get_attribute("data-ts") or ""

    async def ask(self, text: str) -> Locator:
        """The private answer to a command."""
        before = await self.channel.locator(".ephemeral").count()
        await self.page.fill("#command", text)
        await self.page.press("#command", "Enter")
        answers = self.channel.locator(".ephemeral")
        await expect(answers).to_have_count(before + 1, timeout=SOON)
        return answers.last

    async def thread(self, ts: str) -> Locator:
        """The replies of a message's thread, shown beside the channel."""
        await self.channel.locator(f'[data-ts="{ts}"] .thread-link').click()
        replies = self.page.locator("#replies .message")
        await expect(replies.first).to_be_visible()
        return replies

    async def fault(self, world: str, label: str) -> None:
        group = self.page.locator(f'details[data-world="{world}"]')
        if await group.get_attribute("open") is None:
            await group.locator("summary").click()
        await group.get_by_label(label).check()

    async def mend(self) -> None:
        await self.page.get_by_test_id("mend").click()


async def cells(table: Locator) -> list[list[str]]:
    return [await row.locator("th, td").all_inner_texts() for row in await table.locator("tr").all()]


async def test_the_story_from_the_first_screen_to_the_last(tmp_path: Path) -> None:
    async with (
        playground(tmp_path) as url,
        launched() as browser,
    ):
        async with opened(browser, url, WIDE) as page:
            await expect(page.locator("#bot-link")).to_have_text("The bot is connected")
            screen = Screen(page)
            await the_first_screen_comes_alive(screen)
            await a_question_is_answered_with_a_table(screen)
            await failures_rise_are_taken_and_resolve(screen)
            await what_hangs_goes_on_after_midnight(screen)
            await nine_o_clock_brings_the_next_digest(screen)
            await the_home_tab_shows_it_all(screen)
            await what_hung_is_rerun_and_resolves(screen)
            await a_dlf_that_cannot_be_read_is_said_and_mended(screen)
            await what_slack_missed_is_told_late_and_once(screen)
        async with opened(browser, url, PHONE) as page:
            await a_phone_shows_the_same(Screen(page))


async def the_first_screen_comes_alive(screen: Screen) -> None:
    digest = screen.message("digest morning")
    await expect(digest).to_have_count(1, timeout=LATER)
    await expect(digest).to_contain_text(re.compile(r"· .* failed, .* in 3 workspaces"))
    await expect(digest.locator("svg").last).to_be_attached()
    await expect(digest).to_contain_text(re.compile("stock_levels · since .* of 6 days · owner tan.mei.ling"))
    assert [row[0].strip() for row in await cells(digest.locator("table"))] == [
        "Workspace",
        "sales",
        "logs",
        "finance",
    ]


async def a_question_is_answered_with_a_table(screen: Screen) -> None:
    answer = await screen.ask("/dlf-status yesterday")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer).to_contain_text("DLF status · yesterday")
    table = answer.locator("table")
    await expect(table).to_be_visible()
    head, sales, *_ = await cells(table)
    seen = dict(zip(head, sales, strict=True))
    assert (seen["Failed"], seen["Stuck"], seen["Overridden"]) == ("2 (+1)", "0", "1 ignored")
    assert len(head) <= 8
    box = answer.locator(".table-scroll")
    assert await box.evaluate("box => box.scrollWidth <= box.clientWidth"), "no sideways scrolling"


async def failures_rise_are_taken_and_resolve(screen: Screen) -> None:
    await screen.tour("fail")
    ts = await screen.sees(
        re.compile(r"Warning · sales: \d+ failed"),
        "Since today 09:0",
        "limit 5",
    )
    alert = screen.channel.locator(f'[data-ts="{ts}"]')
    await its_jobs_are_named_and_listed_to_the_last_error(screen, alert)
    await it_is_explained_and_leads_to_dataarts(screen, alert)
    await alert.get_by_role("button", name="Take it").click()
    await expect(alert).to_contain_text(re.compile(r"Taken by @Ada Tan at today 09:0\d"), timeout=SOON)
    await expect(alert.get_by_role("button", name="Take it")).to_have_count(0)
    await screen.tour("heal")
    await expect(alert).to_contain_text(re.compile(r"Resolved · sales: \d failed"), timeout=SOON)
    await expect(alert).to_contain_text("(edited)")
    await expect(alert).not_to_contain_text("Warning")
    assert await alert.get_by_role("button", name=re.compile("Take it|Silence")).count() == 0
    await expect(alert.locator(".thread-link")).to_contain_text("1 reply", timeout=SOON)
    replies = await screen.thread(ts)
    await expect(replies.last).to_contain_text(re.compile(r"Resolved · sales: \d failed \(limit 5\), lasted"))
    await screen.page.locator("#close-thread").click()


async def its_jobs_are_named_and_listed_to_the_last_error(screen: Screen, alert: Locator) -> None:
    await expect(alert).to_contain_text(re.compile(r"\d jobs: .* and \d more · owners: "), timeout=LATER)
    await alert.get_by_role("button", name="Which jobs?").click()
    answer = screen.channel.locator(".ephemeral").last
    await expect(answer).to_contain_text("failed: 7 listed of 7 counted", timeout=SOON)
    await answer.get_by_role("button", name="More…").click()
    dialog = screen.page.locator("dialog.modal")
    await expect(dialog).to_contain_text("Page 1 of 2", timeout=SOON)
    await expect(dialog).to_contain_text(re.compile(r"stock_levels\s*2 failed · since .*, \d of 7 days"))
    newest = await dialog.inner_text()
    await dialog.get_by_role("button", name="Older →").click()
    await expect(dialog).to_contain_text("Page 2 of 2", timeout=SOON)
    assert "Q&A <!channel> report" in newest + await dialog.inner_text()
    if "pos_import" in newest:
        await dialog.get_by_role("button", name="← Newer").click()
    leak = dialog.locator(".block-section", has_text="pos_import")
    await leak.get_by_role("button", name="Details").click()
    await expect(dialog).to_contain_text("Newest error", timeout=SOON)
    await expect(dialog).to_contain_text("password=*****")
    await expect(dialog).to_contain_text("node extract_pos_import")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(dialog).to_have_count(0)
    assert PLANTED_SECRET not in await screen.page.content()


async def it_is_explained_and_leads_to_dataarts(screen: Screen, alert: Locator) -> None:
    await alert.get_by_role("button", name="More actions").click()
    way_in = alert.get_by_role("menuitem", name="Open in DataArts")
    link = await way_in.get_attribute("href") or ""
    assert re.search(r"workspace=ws-sales#.*jobId=\d+&jobInstanceId=\d+&nodeName=[%\w]+$", link)
    await alert.get_by_role("menuitem", name="Why?").click()
    answer = screen.channel.locator(".ephemeral").last
    await expect(answer).to_contain_text("Why this alert? sales: 7 failed", timeout=SOON)
    for fact in (
        "Rule failures · fail_count above 5 (config.yaml:",
        "#data-ops, the default",
        "none covers it",
    ):
        await expect(answer).to_contain_text(fact)
    await expect(answer).to_contain_text("It resolves at the first poll with fail_count at most 5")


async def what_hangs_goes_on_after_midnight(screen: Screen) -> None:
    await screen.tour("hang")
    ts = await screen.sees("Critical · sales: 1 stuck", "@here", "wait for a person")
    await screen.tour("midnight")
    alert = screen.channel.locator(f'[data-ts="{ts}"]')
    await expect(alert).to_contain_text("Critical · sales: 1 stuck from", timeout=LATER)
    await expect(alert.get_by_role("button", name="Take it")).to_have_count(1)
    await expect(alert.locator(".thread-link")).to_contain_text(re.compile(r"\d repl"), timeout=SOON)
    replies = await screen.thread(ts)
    # A reminder may follow.
    ended = replies.filter(has_text="The day ended. This 1 stays stuck until somebody deals with it")
    await expect(ended).to_have_count(1, timeout=SOON)
    await screen.page.locator("#close-thread").click()


async def what_hung_is_rerun_and_resolves(screen: Screen) -> None:
    await screen.page.get_by_role("button", name="sales: rerun yesterday's failures").click()
    await screen.sees("Resolved · sales: 0 stuck from", within=LATER)


async def nine_o_clock_brings_the_next_digest(screen: Screen) -> None:
    await screen.tour("digest")
    await expect(screen.message("digest morning")).to_have_count(2, timeout=LATER)
    newest = screen.message("digest morning").last
    await expect(newest).to_contain_text("2 alerts:")
    await expect(newest).to_contain_text("sales, stuck: peak 1, still firing")
    await expect(newest).to_contain_text("sales, failures: peak 7, resolved after")
    await expect(newest).not_to_contain_text("late")


async def the_home_tab_shows_it_all(screen: Screen) -> None:
    await screen.page.get_by_role("button", name="DLF bot").click()
    home = screen.page.locator("#home")
    await expect(home).to_contain_text("DLF status · today", timeout=SOON)
    await expect(home).to_contain_text("Critical · sales: 1 stuck from")
    await expect(home).to_contain_text(re.compile(r"\+1 still stuck from \w{3} \d+ \w{3}"))
    await expect(home).to_contain_text(re.compile(r"morning: .* 09:00 \(Asia/Singapore\), to #data-ops"))
    await screen.page.locator('[data-channel="C0DATAOPS"]').click()


async def a_dlf_that_cannot_be_read_is_said_and_mended(screen: Screen) -> None:
    await screen.fault("dlf", "DLF answers 500 to everything")
    ts = await screen.sees(
        "Critical · project playground: cannot read DLF", "No counts and no alerts", within=LATER
    )
    alert = screen.channel.locator(f'[data-ts="{ts}"]')
    await expect(alert).to_contain_text("HTTP 500")
    await screen.mend()
    await expect(alert).to_contain_text("Resolved · project playground: DLF can be read again", timeout=LATER)


async def what_slack_missed_is_told_late_and_once(screen: Screen) -> None:
    await screen.fault("slack", "Slack answers 503 to everything")
    await screen.tour("fail")
    sales = screen.page.locator('[data-workspace="ws-sales"] [data-count="fail_count"]')
    await expect(sales).not_to_have_class(re.compile("zero"))
    polled = screen.page.locator(".wire li", has_text="ws-sales today")
    await expect(polled.filter(has_text=re.compile("today.*200"))).not_to_have_count(0)
    await asyncio.sleep(5)  # polls every 3 s: the breach is on record, and nothing of it is in Slack
    await expect(screen.message("Warning · sales")).to_have_count(0)
    await screen.page.locator('[data-jump="10m"]').click()
    await screen.mend()
    ts = await screen.sees(re.compile(r"Warning · sales: \d+ failed"), within=LATER)
    late = screen.channel.locator(f'[data-ts="{ts}"]')
    await expect(late).to_contain_text(re.compile(r"Sent 1\d min late"))
    await asyncio.sleep(3)
    await expect(screen.message("Warning · sales")).to_have_count(1)


TOO_WIDE = """[...document.querySelectorAll("#messages .block, #messages .button")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent)"""


async def a_phone_shows_the_same(screen: Screen) -> None:
    page = screen.page
    await expect(screen.message("Warning · sales")).to_have_count(1)
    await expect(screen.message("digest morning")).to_have_count(2)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert await page.evaluate(TOO_WIDE) == []
    answer = await screen.ask("/dlf-status sales")
    await expect(answer).to_contain_text("sales · today")
    await page.locator("#open-panel").click()
    await screen.tour("heal")
    await expect(page.locator("#panel")).to_be_hidden()
    alerts = screen.message(re.compile("Resolved · sales: "))
    await expect(alerts).to_have_count(3, timeout=LATER)  # the first day's two, and the late one
