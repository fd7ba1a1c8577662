"""Counts what a promise of little work is about: statements of a store, calls of functions."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from sqlalchemy import event

from bot.store.store import Store


@dataclass
class Count:
    number: int = 0


@contextmanager
def statements(store: Store) -> Iterator[Count]:
    """The statements that a store runs within the block, without BEGIN and COMMIT."""
    count, engine = Count(), store._database._engine.sync_engine

    def add(*_: object) -> None:
        count.number += 1

    event.listen(engine, "before_cursor_execute", add)
    yield count
    event.remove(engine, "before_cursor_execute", add)


@contextmanager
def calls(*functions: Callable[..., Any]) -> Iterator[Count]:
    """The calls of these functions within the block, from all modules and under all names."""
    count, codes = Count(), {function.__code__ for function in functions}

    def look(frame: FrameType, what: str, _: object) -> None:
        count.number += what == "call" and frame.f_code in codes

    sys.setprofile(look)
    yield count
    sys.setprofile(None)
