"""The playground's page in a real browser: a newcomer's input, clicks and view; refused requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, Route, expect

from bot.cli.commands import LOCALES
from bot.cli.playground import names_of, write_config
from bot.config import Locale
from bot.playground.clock import Clock
from bot.playground.fake_dlf import DlfWorld
from bot.playground.fake_dlf.odd_jobs import ODDITIES
from bot.playground.fake_slack.fault_injection import TROUBLES
from bot.playground.fake_slack.world import SlackWorld
from bot.playground.page.app import make_app
from bot.playground.page.state import DLF_FAULTS, ODD_LISTS, Worlds
from bot.playground.servers import Playground, run_playground
from tests.support import page_demo as demo
from tests.support.browser import CHROMIUM, PHONE, WIDE, launched, opened

START = datetime(2026, 11, 23, 1, 2, tzinfo=UTC)  # a Monday, 09:02 in Singapore
DATA_OPS, FINANCE = "C0DATAOPS", "C0FINANCE"

browser_test = pytest.mark.browser
in_module_loop = pytest.mark.asyncio(loop_scope="module")
pytestmark = [in_module_loop]


@dataclass
class StandInBot:
    """Hears what Slack delivers over HTTP and answers what the test says."""

    slack: SlackWorld
    heard: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    open_modal: dict[str, Any] | None = None
    runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/", self._hear)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.slack.request_url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/"

    async def _hear(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            said = await request.json()
        else:
            form = dict(await request.post())
            said = json.loads(str(form["payload"])) if "payload" in form else form
        self.heard.append(said)
        if said.get("type") == "block_actions" and self.open_modal:
            await self.call("views.open", trigger_id=said["trigger_id"], view=self.open_modal)
        answer = self.answers.get(str(said.get("type", "command")))
        return web.json_response(answer) if answer else web.Response()

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """The Web API, as the bot calls it."""
        headers = {"Authorization": f"Bearer {self.slack.bot_token}"}
        url = f"{self.slack.base_url}/api/{method}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=arguments, headers=headers) as got,
        ):
            body: dict[str, Any] = await got.json()
        assert body["ok"], body
        return body

    async def post(self, channel: str, **message: Any) -> str:
        return str((await self.call("chat.postMessage", channel=channel, **message))["ts"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def playground() -> AsyncIterator[Playground]:
    async with run_playground(0, clock=Clock(START), names={"ws-sales": "sales"}) as running:
        running.slack.limits.enabled = False
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def bot(playground: Playground) -> AsyncIterator[StandInBot]:
    standing_in = StandInBot(playground.slack)
    await standing_in.start()
    yield standing_in
    assert standing_in.runner is not None
    await standing_in.runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, playground: Playground, bot: StandInBot) -> AsyncIterator[Page]:
    """The page as a newcomer opens it, wide and light, in #data-ops."""
    async with opened(chromium, playground.page_url, WIDE, color_scheme="light") as found:
        yield found


@browser_test
async def test_a_command_is_completed_by_tab_and_answered_to_its_asker_alone(
    page: Page, bot: StandInBot
) -> None:
    bot.answers["command"] = {"response_type": "ephemeral"} | demo.digest()
    box = page.locator("#command")
    await box.press_sequentially("/dl")
    await box.press("Tab")
    await expect(box).to_have_value("/dlf-status ")
    offered = page.locator("#completions [role=option] b")
    words = ["today", "yesterday", "before_yesterday", "all", "sales", "ws-finance", "ws-logs"]
    assert await offered.all_inner_texts() == [*words, "own", "share", "help"]
    await box.press_sequentially("yes")
    await box.press("Tab")
    await box.press_sequentially("sa")
    await box.press("ArrowDown")
    await box.press("Enter")
    await expect(box).to_have_value("/dlf-status yesterday sales ")
    await box.press("Enter")
    answer = page.locator(".message.ephemeral")
    await expect(answer).to_contain_text("Only visible to you")
    assert bot.heard[0]["text"] == "yesterday sales"
    cell = answer.locator("td", has_text="1,204")
    assert await cell.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    await page.select_option("#me", "U0BEN")
    await expect(answer).to_have_count(0)


@browser_test
async def test_arrow_up_brings_earlier_commands_back_and_escape_closes_the_completions(page: Page) -> None:
    box = page.locator("#command")
    for text in ("first thing", "second thing"):
        await box.fill(text)
        await box.press("Enter")
    await box.press("ArrowUp")
    await expect(box).to_have_value("second thing")
    await box.press("ArrowUp")
    await expect(box).to_have_value("first thing")
    await box.press("ArrowDown")
    await box.press("ArrowDown")
    await expect(box).to_have_value("")
    await box.press_sequentially("/")
    await expect(page.locator("#completions")).to_be_visible()
    await expect(box).to_have_attribute("aria-expanded", "true")
    await box.press("Escape")
    await expect(page.locator("#completions")).to_be_hidden()
    await expect(page.locator(".message .text", has_text="second thing")).to_have_count(1)


@browser_test
async def test_a_command_that_is_not_acknowledged_fails_with_slacks_message(
    page: Page, playground: Playground
) -> None:
    playground.slack.request_url = None
    await page.fill("#command", "/dlf-status")
    await page.press("#command", "Enter")
    await expect(page.locator(".message.ephemeral")).to_contain_text("/dlf-status failed with the error")
    await expect(page.locator("#bot-link")).to_have_text("The bot is not connected")


@browser_test
async def test_an_alert_appears_changes_in_place_and_grows_a_thread(page: Page, bot: StandInBot) -> None:
    ts = await bot.post(DATA_OPS, **demo.alert(START))
    message = page.locator(f'#messages [data-ts="{ts}"]')
    await expect(message).to_contain_text("fail_count is 12")
    await expect(message.locator("time[data-fallback]").first).to_have_text("today 09:02")
    await message.get_by_role("button", name="Acknowledge").click()
    await expect(page.locator(".wire")).to_contain_text("click alert_acknowledge")
    await bot.call("chat.update", channel=DATA_OPS, ts=ts, **demo.alert(START, value=0, resolved=True))
    await expect(message).to_contain_text("Resolved")
    await expect(message).to_contain_text("(edited)")
    await expect(message.get_by_role("button", name="Acknowledge")).to_have_count(0)
    heard = bot.heard[0]["actions"][0]
    assert (heard["action_id"], heard["value"], heard["block_id"]) == ("alert_acknowledge", "a1", "alert")
    await bot.post(DATA_OPS, thread_ts=ts, text="Resolved after 12 minutes")
    await message.get_by_role("button", name="1 reply").click()
    thread = page.locator("#thread")
    await expect(thread.locator(".message")).to_have_count(2)
    await bot.post(DATA_OPS, thread_ts=ts, text="Day ended with 14 failed")
    await expect(thread.locator(".message")).to_have_count(3)
    await expect(message).to_contain_text("2 replies")
    await expect(page.locator("#messages .message")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()


@browser_test
async def test_a_dangerous_button_asks_first_and_a_menu_sends_what_was_chosen(
    page: Page, bot: StandInBot
) -> None:
    ts = await bot.post(DATA_OPS, **demo.alert(START))
    silence = page.get_by_role("button", name="Silence 4 h")
    await silence.click()
    dialog = page.get_by_role("dialog", name="Silence failures of sales?")
    await bot.call("chat.update", channel=DATA_OPS, ts=ts, **demo.alert(START, value=13))
    await expect(page.locator(".message")).to_contain_text("fail_count is 13")
    await dialog.get_by_role("button", name="No").click()
    await expect(dialog).to_have_count(0)
    await expect(silence).to_be_focused()
    assert bot.heard == []
    await silence.click()
    await page.get_by_role("dialog").get_by_role("button", name="Silence", exact=True).click()
    await page.get_by_role("button", name="More actions").press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".wire")).to_contain_text("click alert_more")
    chosen = [said["actions"][0] for said in bot.heard]
    assert [one["action_id"] for one in chosen] == ["alert_silence", "alert_more"]
    assert chosen[1]["selected_option"]["value"] == "history"


@browser_test
async def test_a_menu_at_the_end_of_a_row_of_buttons_is_not_cut(page: Page, bot: StandInBot) -> None:
    right = "one => one.getBoundingClientRect().right"
    edge = await page.locator("#log").evaluate(right)
    for buttons in range(7):
        await bot.post(DATA_OPS, text="wide", blocks=[demo.row_with_a_menu(buttons)])
        row = page.locator(".message").nth(buttons)
        await row.get_by_role("button", name="More actions").click()
        assert await row.get_by_role("menu").evaluate(right) <= edge
        await page.keyboard.press("Escape")


@browser_test
async def test_a_modal_wants_its_fields_shows_the_bots_objections_and_sends_what_was_typed(
    page: Page, bot: StandInBot
) -> None:
    bot.open_modal = demo.modal()
    await bot.post(DATA_OPS, **demo.alert(START))
    await page.get_by_role("button", name="Details").click()
    dialog = page.get_by_role("dialog", name="Silence")
    await dialog.get_by_role("button", name="Silence").click()
    await expect(dialog.locator(".problem:visible")).to_have_count(2)
    await dialog.get_by_label("Why").fill("known outage")
    await dialog.get_by_label("4 hours", exact=True).check()
    bot.answers["view_submission"] = {"response_action": "errors", "errors": {"why": "Say it in more words."}}
    await dialog.get_by_role("button", name="Silence").click()
    await expect(dialog).to_contain_text("Say it in more words.")
    await expect(dialog.get_by_label("Why")).to_have_value("known outage")
    assert [said["type"] for said in bot.heard] == ["block_actions", "view_submission"]
    values = bot.heard[-1]["view"]["state"]["values"]
    assert values["why"]["text"]["value"] == "known outage"
    assert values["long"]["hours"]["selected_option"]["value"] == "4"
    bot.answers.clear()
    await dialog.get_by_role("button", name="Silence").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Details").click()
    await expect(dialog).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


@browser_test
async def test_other_channels_show_what_is_unread_and_the_home_tab_is_asked_for(
    page: Page, bot: StandInBot
) -> None:
    await bot.post(FINANCE, **demo.digest())
    finance = page.locator(f'[data-channel="{FINANCE}"]')
    await expect(finance.locator(".badge")).to_have_text("1")
    await finance.click()
    await expect(finance.locator(".badge")).to_have_count(0)
    await expect(page.locator(".message")).to_contain_text("Morning digest")
    await page.locator('[data-channel="home"]').click()
    await expect(page.locator("#home")).to_contain_text("The Home tab is empty")
    await bot.call("views.publish", user_id="U0ADA", view=demo.home())
    await page.get_by_role("button", name="Refresh").click()
    await expect(page.locator(".wire")).to_contain_text("click home_refresh")
    assert [said["type"] for said in bot.heard] == ["event_callback", "block_actions"]


@browser_test
async def test_the_panel_makes_jobs_fail_hang_and_heal_and_shows_the_counts(
    page: Page, playground: Playground
) -> None:
    before = playground.dlf.counts("ws-sales")["fail_count"]
    sales = page.locator('[data-workspace="ws-sales"]')
    labels = [await one.get_attribute("aria-label") for one in await sales.get_by_role("button").all()]
    assert labels == [
        "sales: Fail 7",
        "sales: One stuck",
        "sales: Fix",
        "sales: rerun yesterday's failures",
    ]
    await sales.get_by_role("button", name="Fail 7").click()
    await expect(sales.locator('[data-count="fail_count"] b')).to_have_text(str(before + 7))
    await sales.get_by_role("button", name="One stuck").click()
    await expect(sales.locator('[data-count="running_exception_count"] b')).to_have_text("1")
    await sales.get_by_role("button", name="Fix").click()
    await expect(sales.locator('[data-count="fail_count"] b')).to_have_text("0")
    await expect(sales).to_contain_text("Yesterday 2 failed")
    rerun = sales.get_by_role("button", name="rerun")
    await rerun.click()
    await expect(sales).to_contain_text("Yesterday 0 failed")
    await expect(rerun).to_be_disabled()


@browser_test
async def test_the_clock_runs_faster_and_jumps_to_midnight_and_nine(
    page: Page, playground: Playground
) -> None:
    clock = playground.clock
    playground.slack.post("U0BEN", DATA_OPS, f"at <!date^{int(START.timestamp())}^{{date_pretty}}|then>")
    await expect(page.locator(".message")).to_contain_text("at today")
    await page.get_by_role("button", name="600×", exact=True).click()
    await expect(page.get_by_role("button", name="600×", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    assert clock.speed == 600
    await page.get_by_role("button", name="1×", exact=True).click()
    await expect(page.get_by_role("button", name="1×", exact=True)).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="to midnight", exact=True).click()
    await expect(page.get_by_test_id("clock")).to_contain_text("00:00:0")
    await expect(page.locator(".clock-date")).to_contain_text("Tue, 24 Nov 2026 · Asia/Singapore (GMT+8)")
    assert timedelta(0) <= clock.now() - datetime(2026, 11, 23, 16, tzinfo=UTC) < timedelta(seconds=5)
    await page.get_by_role("button", name="to 09:00", exact=True).click()
    await expect(page.get_by_test_id("clock")).to_contain_text("09:00:0")
    await expect(page.locator(".message")).to_contain_text("at yesterday")
    await expect(page.locator(".day")).to_have_text("Yesterday")


@browser_test
async def test_faults_are_switches_by_name_and_one_button_mends_all(
    page: Page, playground: Playground
) -> None:
    for world in ("slack", "dlf"):
        await page.locator(f'[data-world="{world}"] > summary').click()
    await page.get_by_label(TROUBLES["slack_down"][0]).check()
    await page.get_by_label("Slack refuses native tables and charts").check()
    await page.get_by_label(DLF_FAULTS["login_page"]).check()
    await expect(page.locator('details[data-world="slack"] .pill')).to_have_text("2 on")
    await expect(page.locator('details[data-world="dlf"] .pill')).to_have_text("1 on")
    slack, dlf = playground.slack.faults, playground.dlf.faults
    assert [fault.name for fault in slack.standing] == ["slack_down"]
    assert "table" in slack.refused_blocks
    assert dlf.on() == "login_page"
    await page.get_by_label(TROUBLES["slack_down"][0]).uncheck()
    await expect(page.locator('details[data-world="slack"] .pill')).to_have_text("1 on")
    await page.get_by_test_id("mend").click()
    await expect(page.locator(".faults .pill.good")).to_have_count(3)
    assert (slack.standing, slack.refused_blocks, dlf.on()) == ([], set(), "")


@browser_test
async def test_job_lists_are_made_odd_by_switches_and_mended_with_the_rest(
    page: Page, playground: Playground
) -> None:
    assert set(ODD_LISTS) == set(ODDITIES)
    await page.locator('[data-world="jobs"] > summary').click()
    await page.get_by_label(ODD_LISTS["null_errors"]).check()
    await page.get_by_label(ODD_LISTS["loud_words"]).check()
    pill = page.locator('details[data-world="jobs"] .pill')
    await expect(pill).to_have_text("2 on")
    assert playground.dlf.oddities == {"null_errors", "loud_words"}
    await page.get_by_label(ODD_LISTS["null_errors"]).uncheck()
    await expect(pill).to_have_text("1 on")
    await page.get_by_test_id("mend").click()
    await expect(pill).to_have_text("OK")
    assert playground.dlf.oddities == frozenset()


@browser_test
async def test_a_switch_on_its_way_to_the_server_is_not_turned_back_by_older_news(
    page: Page, playground: Playground
) -> None:
    arrived, held = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        arrived.set()
        await held.wait()
        await route.continue_()

    await page.route("**/api/faults", hold)
    await page.locator('[data-world="slack"] > summary').click()
    switch = page.get_by_label("Slack refuses native tables and charts")
    await switch.click()
    await arrived.wait()
    playground.slack.faults.trouble("slack_down")  # the stream tells of it, and that nothing is refused
    await expect(page.locator('details[data-world="slack"] .pill')).to_have_text("1 on")
    assert await switch.is_checked()
    held.set()
    await expect(page.locator('details[data-world="slack"] .pill')).to_have_text("2 on")
    await expect(switch).to_be_checked()


@browser_test
async def test_every_block_is_drawn_and_charts_and_tables_can_be_read_by_keyboard(
    page: Page, bot: StandInBot
) -> None:
    for message in demo.gallery():
        await bot.post(DATA_OPS, **message)
    await expect(page.locator("#messages .message")).to_have_count(len(demo.gallery()))
    assert await page.locator(".unknown").count() == 0
    formats = page.locator(".message").first
    for tag, words in {
        "strong": "bold",
        "em": "italic",
        "s": "struck",
        "code": "code",
        "a": "a link",
    }.items():
        await expect(formats.locator(tag, has_text=words).first).to_be_visible()
    for words in ("@Ada Tan", "#finance", "@channel", "<b> 5 > 3 snake_case_name 10:30:15", "tomorrow 15:00"):
        await expect(formats).to_contain_text(words)
    await expect(formats.get_by_role("img", name="red circle")).to_be_visible()
    bars = page.locator('[data-chart="bar"] .hit')
    await bars.last.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(bars.nth(5)).to_be_focused()
    await expect(page.locator('[data-chart="bar"] .chart-value')).to_have_text("15 Nov: Failed 1, Stuck 0")
    table = page.locator(".block-data_table")
    await expect(table.locator("tbody tr")).to_have_count(4)
    for _ in range(2):
        await table.get_by_role("button", name="Failed").press("Enter")
    assert await table.locator("tbody td:last-child").all_inner_texts() == ["10", "9", "7", "6"]
    await table.get_by_role("button", name="Next").click()
    await expect(table).to_contain_text("5–7 of 7")
    bar = page.locator(".attachment-body")
    assert await bar.evaluate("bar => getComputedStyle(bar).borderLeftColor") == "rgb(208, 0, 0)"


@browser_test
async def test_text_from_outside_is_text_and_pictures_from_elsewhere_are_not_fetched(
    page: Page, bot: StandInBot
) -> None:
    evil = "<img src=x onerror=alert(1)> <javascript:alert(1)|click> <https://example.com/x|fine>"
    image = {"type": "image", "image_url": "https://example.com/spy.png", "alt_text": "A spy"}
    await bot.post(
        DATA_OPS, text="x", blocks=[{"type": "section", "text": demo.mrkdwn(evil), "accessory": image}]
    )
    message = page.locator(".message")
    await expect(message.get_by_role("link")).to_have_count(1)
    await expect(message.get_by_role("img", name="A spy")).to_be_visible()
    assert await message.locator("img").count() == 0


CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const share = [.2126, .7152, .0722];
  const light = (rgb) => share.reduce((sum, part, i) => sum + part * linear(rgb[i] / 255), 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    const seen = node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!own || !seen || node.closest("svg, :disabled, script")) continue;
    const [a, b] = [light(rgba(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${node.className}: ${node.textContent.slice(0, 30)}`);
  }
  return [...new Set(poor)];
}"""


@browser_test
async def test_all_text_has_aa_contrast_in_light_and_dark(page: Page, bot: StandInBot) -> None:
    await page.emulate_media(reduced_motion="reduce")
    bot.answers["command"] = {"text": "for you"}
    for message in [demo.digest(), *demo.gallery(), demo.alert(START)]:
        await bot.post(DATA_OPS, **message)
    await page.fill("#command", "/dlf-status")
    await page.press("#command", "Enter")
    await expect(page.locator(".message.ephemeral")).to_be_visible()
    await page.locator('[data-act="fail"]').first.click()
    await expect(page.locator(".zero[data-count=fail_count]")).to_have_count(2)
    await page.locator('[data-world="dlf"] > summary').click()
    await page.get_by_label(DLF_FAULTS["zeros"]).check()
    await expect(page.locator(".pill.bad")).to_be_visible()
    await page.locator("#command").press_sequentially("/dlf-status ")
    await page.press("#command", "ArrowDown")
    assert await page.evaluate(CONTRAST) == []
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert await page.evaluate(CONTRAST) == []


TOO_WIDE = """[...document.querySelectorAll("#messages .block, #messages .button")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth).length"""


@browser_test
async def test_a_phone_has_everything_one_tap_away_and_nothing_wider_than_itself(
    page: Page, bot: StandInBot, playground: Playground
) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for message in [demo.digest(), *demo.gallery(), demo.alert(START)]:
        await bot.post(DATA_OPS, **message)
    await expect(page.locator("#messages .message")).to_have_count(7)
    assert await page.evaluate(TOO_WIDE) == 0
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    panel = page.locator("#panel")
    await expect(panel).to_be_hidden()
    await page.locator("#open-panel").click()
    await expect(panel).to_be_visible()
    await page.get_by_test_id("tour-fail").click()
    await expect(panel).to_be_hidden()
    assert playground.dlf.counts("ws-sales")["fail_count"] >= 7
    await page.locator("#open-sidebar").click()
    await page.locator(f'[data-channel="{FINANCE}"]').click()
    await expect(page.locator("#title")).to_have_text("# finance")
    await expect(page.locator("#sidebar")).to_be_hidden()
    await expect(page.locator("#open-sidebar")).to_be_focused()
    await page.locator("#open-panel").click()
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(page.locator("#open-panel")).to_be_focused()


@browser_test
async def test_new_messages_are_announced_and_do_not_move_a_reader_of_older_messages(
    page: Page, bot: StandInBot
) -> None:
    for message in demo.gallery():
        await bot.post(DATA_OPS, **message)
    log = page.locator("#log")
    await expect(page.locator("#messages .message")).to_have_count(5)
    at_end = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
    await expect(page.locator('[data-chart="area"] svg')).to_be_attached()
    assert await log.evaluate(at_end) < 2
    await page.set_viewport_size({"width": 500, "height": 600})
    await expect(page.locator("#open-panel")).to_be_visible()
    async with asyncio.timeout(10):
        while await log.evaluate(at_end) >= 2:
            await asyncio.sleep(0.02)
    await log.evaluate("log => { log.scrollTop = 0; }")
    await bot.post(DATA_OPS, text=":rotating_light: *Firing:* stuck in finance")
    await expect(page.locator("#announcer")).to_have_text("DLF bot: Firing: stuck in finance")
    await expect(page.locator("#newer")).to_be_visible()
    assert await log.evaluate("log => log.scrollTop") == 0
    await page.locator("#newer").click()
    assert await log.evaluate(at_end) < 2
    await expect(page.locator("#newer")).to_be_hidden()


@browser_test
async def test_the_page_comes_back_by_itself_and_shows_what_it_missed(chromium: Browser) -> None:
    clock = Clock(START)
    slack = SlackWorld(clock.now)
    worlds = Worlds(clock, DlfWorld(clock), slack)
    runner, port = await _serve_page(worlds, 0)
    context = await chromium.new_context()
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{port}/")
    await expect(page.locator("#title")).to_have_text("# data-ops")
    await runner.cleanup()
    await expect(page.locator("#link")).to_have_text("Reconnecting …")
    slack.post("U0BEN", DATA_OPS, "said while the page was away")
    runner, _ = await _serve_page(worlds, port)
    await expect(page.locator(".message")).to_contain_text("said while the page was away")
    await expect(page.locator("#link")).to_have_text("")
    slack.delete(DATA_OPS, next(iter(slack.channel(DATA_OPS).messages)))
    await expect(page.locator(".message")).to_have_count(0)
    await context.close()
    await runner.cleanup()


async def _serve_page(worlds: Worlds, port: int) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(make_app(worlds), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner, int(runner.addresses[0][1])


REFUSED = {
    "a foreign name (DNS rebinding)": ("GET", {"Host": "evil.example:80"}, 403),
    "a name that only begins like ours": ("GET", {"Host": "127.0.0.1.evil.example"}, 403),
    "a foreign origin": ("POST", {"Origin": "https://evil.example"}, 403),
    "another port's page": ("POST", {"Origin": "http://127.0.0.1:1"}, 403),
    "a sandboxed frame": ("POST", {"Origin": "null"}, 403),
    "a cross-site request": ("GET", {"Sec-Fetch-Site": "cross-site"}, 403),
    "a plain form": ("POST", {"Content-Type": "text/plain"}, 415),
}


@browser_test
async def test_until_the_bot_was_there_the_page_says_that_it_is_starting(
    chromium: Browser, playground: Playground
) -> None:
    async with opened(chromium, playground.page_url, WIDE) as page:
        said = page.locator("#bot-link")
        await expect(said).to_have_text("The bot is starting …")
        await page.locator("#command").fill("/dlf-status yesterday")
        await page.locator("#command").press("Enter")
        await expect(page.locator(".message")).to_contain_text("still starting")
        playground.slack.request_url = "http://127.0.0.1:1/"
        await expect(said).to_have_text("The bot is connected")
        playground.slack.request_url = None
        await expect(said).to_have_text("The bot is not connected")


@pytest.mark.parametrize(("method", "headers", "status"), REFUSED.values(), ids=REFUSED)
async def test_the_page_answers_only_itself(
    playground: Playground, method: str, headers: dict[str, str], status: int
) -> None:
    path = "/api/clock" if method == "POST" else "/api/state"
    async with aiohttp.ClientSession() as session:
        given = {"Content-Type": "application/json"} | headers
        body = '{"jump": "midnight"}' if method == "POST" else None
        async with session.request(method, playground.page_url + path, data=body, headers=given) as answer:
            assert answer.status == status
            assert "problem" in await answer.json()
    assert playground.clock.now() - START < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("method", "headers"),
    [(method, headers) for method, headers, status in REFUSED.values() if status == 403],
    ids=[name for name, (*_, status) in REFUSED.items() if status == 403],
)
async def test_the_imitated_services_answer_no_page_from_elsewhere(
    playground: Playground, method: str, headers: dict[str, str]
) -> None:
    """A browser's page may not act as the bot, even with its tokens."""
    slack, token = playground.slack, f"Bearer {playground.slack.bot_token}"
    overview = f"{playground.dlf_url}/v2/playground/factory/monitor/task-statistics-overview"
    calls = {
        f"{playground.slack_api_url}chat.postMessage": {"channel": DATA_OPS, "text": "from elsewhere"},
        f"{slack.base_url}/commands/{slack.team_id}/secret": {"text": "from elsewhere"},
        f"{slack.base_url}/link/": None,
        overview: None,
    }
    async with aiohttp.ClientSession(headers={"Authorization": token} | headers) as session:
        for url, body in calls.items():
            verb = "POST" if body else "GET"
            async with session.request(verb, url, json=body) as answer:
                assert (answer.status, "problem" in await answer.json()) == (403, True), url
        async with session.post(f"{playground.slack_api_url}chat.postMessage", data=b"") as answer:
            assert answer.status == 403
    assert slack.channels[DATA_OPS].messages == {}
    assert list(playground.dlf.log.records) == []


BAD = {
    "not JSON": ("/api/command", "{", 400),
    "a list": ("/api/command", "[]", 400),
    "nothing said": ("/api/command", '{"channel": "C0DATAOPS"}', 400),
    "a channel that is not there": ("/api/command", '{"channel": "C0NOWHERE", "text": "/dlf-status"}', 404),
    "a command of another app": ("/api/command", '{"channel": "C0DATAOPS", "text": "/remind me"}', 400),
    "a message that is not there": (
        "/api/action",
        '{"channel": "C0DATAOPS", "ts": "1.0", "action": {"action_id": "a"}}',
        404,
    ),
    "an unknown deed": ("/api/dlf", '{"do": "explode"}', 400),
    "too many": ("/api/dlf", '{"do": "fail", "n": 1000000}', 400),
    "an impossible speed": ("/api/clock", '{"speed": -1}', 400),
    "an impossible time": ("/api/clock", '{"jump": "25:00"}', 400),
    "a fault nobody knows": ("/api/faults", '{"world": "dlf", "name": "gremlins", "on": true}', 400),
    "no modal open": ("/api/view", '{"what": "submit", "values": {}}', 404),
    "an unknown path": ("/api/nothing", "{}", 404),
}


@pytest.mark.parametrize(("path", "body", "status"), BAD.values(), ids=BAD)
async def test_bad_posts_get_a_sentence(playground: Playground, path: str, body: str, status: int) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/json"}
        async with session.post(playground.page_url + path, data=body, headers=headers) as answer:
            assert answer.status == status


async def test_the_playground_listens_on_this_machine_only() -> None:
    with pytest.raises(ValueError, match="this machine only"):
        async with run_playground(0, host="0.0.0.0"):
            pass


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_playgrounds_bot_speaks_the_language_asked_for(
    playground: Playground, tmp_path: Path, locale: str
) -> None:
    assert write_config(playground, tmp_path, locale).slack.locale == Locale(locale)


async def test_all_of_dlf_fails_at_once_and_heals_at_once() -> None:
    names = names_of(60)
    async with run_playground(0, names=names) as playground, aiohttp.ClientSession() as session:
        dlf = playground.dlf
        assert len(dlf.workspaces) == 60
        assert set(dlf.workspaces) == set(names)
        for deed in ("fail all", "heal"):
            body = {"do": deed, "n": 7}
            async with session.post(f"{playground.page_url}/api/dlf", json=body) as answer:
                assert answer.status == 200
            failed = [dlf.counts(one)["fail_count"] for one in dlf.workspaces]
            assert min(failed) >= 7 if deed == "fail all" else max(failed) == 0
