"""`monitor.py DLF SLACK SECONDS LIMIT NAME=CHANNEL ...`: post when a workspace has more failures."""

import asyncio
import sys

import aiohttp


async def main(dlf: str, slack: str, seconds: float, limit: int, channels: dict[str, str]) -> None:
    told: set[str] = set()
    async with aiohttp.ClientSession() as session:

        async def look(name: str, channel: str) -> None:
            async with session.get(dlf, headers={"workspace": name}) as response:
                failed = (await response.json())["fail_count"]
            if failed <= limit:
                told.discard(name)
            elif name not in told:
                told.add(name)
                body = {"channel": channel, "text": f"{name}: {failed} failed"}
                headers = {"Authorization": "Bearer xoxb-playground"}
                async with session.post(
                    f"{slack}/api/chat.postMessage", json=body, headers=headers
                ) as answer:
                    await answer.read()

        while True:
            pause = asyncio.create_task(asyncio.sleep(seconds))
            await asyncio.gather(*(look(name, channel) for name, channel in channels.items()))
            await pause


if __name__ == "__main__":
    url, api, every, most, *pairs = sys.argv[1:]
    asyncio.run(main(url, api, float(every), int(most), dict(pair.split("=") for pair in pairs)))
