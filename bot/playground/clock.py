"""The playground's clock, shared by both imitated services and the bot: it runs at any speed and can jump."""

import time as _time
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


class Subscribers:
    """Callables that want to know when something changed."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each change; returns the function that ends this."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback) if callback in self._callbacks else None

    def notify(self) -> None:
        for callback in tuple(self._callbacks):
            callback()


class Clock:
    """Starts at the real time (or `start`) and runs at `speed` times it; 0 stands still."""

    def __init__(
        self,
        start: datetime | None = None,
        *,
        speed: float = 1.0,
        ticks: Callable[[], float] = _time.monotonic,
    ) -> None:
        self._ticks = ticks
        self._base = _aware(start) if start else datetime.now(UTC)
        self._base_tick = ticks()
        self._speed = _checked(speed)
        self.changed = Subscribers()

    def now(self) -> datetime:
        """The playground's time, aware, in UTC."""
        return self._base + timedelta(seconds=(self._ticks() - self._base_tick) * self._speed)

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, times_real: float) -> None:
        wanted = _checked(times_real)
        self._rebase(self.now())
        self._speed = wanted
        self.changed.notify()

    def jump(self, to: datetime) -> None:
        """Go to a moment, forward or back."""
        self._rebase(_aware(to))
        self.changed.notify()

    def jump_to_next(self, local: time, zone: ZoneInfo) -> datetime:
        """Go forward to the next moment (never now) when clocks in `zone` show `local`."""
        now = self.now()
        day = now.astimezone(zone).date()
        found = datetime.combine(day, local, tzinfo=zone).astimezone(UTC)
        if found <= now:
            found = datetime.combine(day + timedelta(days=1), local, tzinfo=zone).astimezone(UTC)
        self.jump(found)
        return found

    def _rebase(self, base: datetime) -> None:
        self._base, self._base_tick = base, self._ticks()


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the clock needs a time with a zone")
    return moment.astimezone(UTC)


def _checked(speed: float) -> float:
    if not 0 <= speed <= 1_000_000:
        raise ValueError("the speed must be between 0 and 1000000 times real time")
    return float(speed)
