"""What every part of a running bot stands on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.config import Config
from bot.dlf.client import DlfClient
from bot.metrics import Metrics
from bot.slack.sender import Sender
from bot.store.store import Store
from bot.timing import Timing

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Ground:
    """Opened first and closed last; `owner` names this process in the store."""

    config: Config
    owner: str
    clock: Clock
    metrics: Metrics
    store: Store
    sender: Sender
    clients: dict[str, DlfClient]
    timing: Timing
