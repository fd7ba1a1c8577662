"""`Replica`: the parts of a process that every use case works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from bot.metrics import Metrics
from bot.store.store import Store
from bot.timing import USUAL, Timing


@dataclass(frozen=True, slots=True)
class Replica:
    """One process among those that share a store.

    `owner` names it in the store. `clock` gives aware times in UTC; `timer` counts seconds and only rises.
    """

    owner: str
    store: Store
    clock: Callable[[], datetime]
    metrics: Metrics = field(default_factory=Metrics)
    timing: Timing = USUAL
    timer: Callable[[], float] = monotonic
