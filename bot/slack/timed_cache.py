"""Values that are kept for a while, by key."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TimedCache(Generic[Key, Value]):
    """Remembers at most `most` values with the time of each; a further value has all forgotten."""

    def __init__(self, most: int, timer: Callable[[], float]) -> None:
        self._most, self._timer = most, timer
        self._values: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key, within: float) -> Value | None:
        """The value if it is younger than `within` seconds."""
        found = self._values.get(key)
        return found[1] if found and self._timer() - found[0] < within else None

    def put(self, key: Key, value: Value, *, at: float | None = None) -> None:
        """Keep a value, as of `at` on the timer or now."""
        if len(self._values) >= self._most:
            self.forget()
        self._values[key] = self._timer() if at is None else at, value

    def forget(self) -> None:
        self._values.clear()
