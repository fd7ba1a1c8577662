"""The order of questions: people take turns, even if some ask far more than others."""

import asyncio

from bot.usecases.fair_turns import FairTurns, Ticket


class Room:
    """A place, or more, and a record of the turns."""

    def __init__(self, places: int = 1) -> None:
        self.turns, self.order = FairTurns(places), list[str]()
        self.tickets: dict[str, Ticket] = {}

    def ask(self, name: str, *people: str) -> asyncio.Task[None]:
        """A question of a person, or of several."""
        ticket: Ticket = asyncio.get_running_loop().create_future()
        self.tickets[name] = ticket
        task = asyncio.ensure_future(self._ask(name, ticket))
        for person in people:
            self.turns.stand(ticket, person)
        return task

    async def _ask(self, name: str, ticket: Ticket) -> None:
        async with self.turns.place(ticket):
            await asyncio.sleep(0)
            self.order.append(name)


async def test_people_take_turns_however_much_a_person_asks() -> None:
    room = Room()
    many = [room.ask(f"a{n}", "ada") for n in range(6)]
    await asyncio.gather(*many, room.ask("b0", "ben"), room.ask("b1", "ben"), room.ask("c0", "cleo"))
    assert room.order == ["a0", "a1", "b0", "c0", "a2", "b1", "a3", "a4", "a5"]


async def test_a_shared_question_takes_the_earlier_turn_of_its_askers() -> None:
    room = Room()
    many = [room.ask(f"a{n}", "ada") for n in range(6)]
    room.turns.stand(room.tickets["a5"], "ben")
    await asyncio.gather(*many)
    assert room.order == ["a0", "a1", "a5", "a2", "a3", "a4"]


async def test_no_more_than_there_are_places_for() -> None:
    room = Room(places=3)
    tasks = [room.ask(f"{n}", f"p{n % 2}") for n in range(9)]
    assert [ticket.done() for ticket in room.tickets.values()] == [True] * 3 + [False] * 6
    await asyncio.gather(*tasks)
    assert room.turns._free == 3
    assert not room.turns._lines


async def test_a_cancelled_question_frees_its_place() -> None:
    room = Room()
    first, second, third = (room.ask(name, "ada") for name in ("first", "second", "third"))
    await asyncio.sleep(0)
    for leaves in (second, first):
        leaves.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await third
    assert room.order == ["third"]
    assert room.turns._free == 1
