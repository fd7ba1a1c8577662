"""`poll_loop.py URL WORKSPACES`: ask for the counts of each without a pause, 50 at once; write a row each.

A round is one `executemany` in one transaction.
"""

import asyncio
import sqlite3
import sys
import tempfile
from pathlib import Path

import aiohttp

CONNECTIONS = 50


async def main(url: str, workspaces: int) -> None:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder, "loop.db"))
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE counts (workspace TEXT PRIMARY KEY, failed INTEGER, total INTEGER)")
        async with aiohttp.ClientSession(connector=connector) as session:
            while True:
                await poll(session, database, url, workspaces)


async def poll(
    session: aiohttp.ClientSession, database: sqlite3.Connection, url: str, workspaces: int
) -> None:
    names, rows = iter(range(workspaces)), []

    async def work() -> None:
        for number in names:
            async with session.get(url, headers={"workspace": f"w{number}"}) as response:
                counts = await response.json()
            rows.append((f"w{number}", counts["fail_count"], counts["total_count"]))

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    with database:
        database.executemany("INSERT OR REPLACE INTO counts VALUES (?, ?, ?)", rows)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
