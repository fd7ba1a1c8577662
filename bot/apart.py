"""Things done one after the other, where a mistake of ours in one holds up none of the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bot.errors import BotError


async def apart(works: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Do each in its turn. A BotError ends it, the next would fail too; a mistake is raised at the end."""
    mistakes: list[BaseException] = []
    for work in works:
        (found,) = await asyncio.gather(work(), return_exceptions=True)
        if isinstance(found, BotError):
            raise found
        if found is not None:
            mistakes.append(found)
    if mistakes:
        raise mistakes[0]
