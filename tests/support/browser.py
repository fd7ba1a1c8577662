"""A real browser on the playground's page, and what must never happen there."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@dataclass
class Watch:
    """Events that must not happen on the page: errors in the console, requests to other hosts."""

    ours: str
    problems: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.ours, "data:")):
            self.problems.append(f"asked {request.url}")


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser: Browser, url: str, viewport: dict[str, int], **more: Any) -> AsyncIterator[Page]:
    """The page as a newcomer opens it, in #data-ops; at the end nothing that must never happen did."""
    context = await browser.new_context(viewport=viewport, **more)  # type: ignore[arg-type]
    page, watch = await context.new_page(), Watch(url)
    watch.follow(page)
    await page.goto(url)
    await expect(page.locator("#title")).to_have_text("# data-ops")
    yield page
    await context.close()
    assert watch.problems == []
