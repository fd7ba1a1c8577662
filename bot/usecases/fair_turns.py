"""Fair turns for a few places: people take turns, however many questions each of them has."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

Ticket = asyncio.Future[None]


class FairTurns:
    """A number of places. A free place goes to the person whose last turn is longest ago."""

    def __init__(self, places: int) -> None:
        self._free = places
        # The line of the next person is first.
        self._lines: dict[str, deque[Ticket]] = {}

    def stand(self, ticket: Ticket, person: str) -> None:
        """Wait in this person's line. A ticket may stand in several lines; the first turn is its turn."""
        if not ticket.done():
            self._lines.setdefault(person, deque()).append(ticket)
            self._admit()

    @asynccontextmanager
    async def place(self, ticket: Ticket) -> AsyncIterator[None]:
        """Wait for the ticket's turn, and have the place until the block ends."""
        try:
            await ticket
            yield
        finally:
            if ticket.done() and not ticket.cancelled():
                self._free += 1
                self._admit()

    def _admit(self) -> None:
        while self._free and self._lines:
            person = next(iter(self._lines))
            line = self._lines.pop(person)
            while line and line[0].done():
                line.popleft()
            if line:
                self._free -= 1
                line.popleft().set_result(None)
                if line:
                    self._lines[person] = line


def turns_of(in_flight: Mapping[str, int], credentials: Mapping[str, str]) -> dict[str, FairTurns]:
    """By project; projects with the same entry in `credentials` share the places of the most careful."""
    places: dict[str, int] = {}
    for project, many in in_flight.items():
        shared = credentials.get(project, project)
        places[shared] = min(many, places.get(shared, many))
    turns = {shared: FairTurns(many) for shared, many in places.items()}
    return {project: turns[credentials.get(project, project)] for project in in_flight}
