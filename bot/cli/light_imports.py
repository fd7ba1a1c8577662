"""Imports at the bot's start, without parts of libraries that it never uses."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# httpx imports its command line, with rich and Pygments, and does without if that is not there.
_ABSENT = ("httpx._main",)
# SQLAlchemy's engine for asyncio imports sessions, with the whole ORM.
_EMPTY = ("sqlalchemy.ext.asyncio.session", "sqlalchemy.ext.asyncio.scoping")


@contextmanager
def light_imports() -> Iterator[None]:
    """Within the block such parts are not imported; they are 11 MiB and a twelfth of the start.

    What is imported stays: the garbage collector looks at it neither now nor later.
    """
    left_out: dict[str, Any] = dict.fromkeys(_ABSENT) | {name: _Empty(name) for name in _EMPTY}
    left_out = {name: module for name, module in left_out.items() if name not in sys.modules}
    sys.modules.update(left_out)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        for name in left_out:
            del sys.modules[name]


class _Empty(ModuleType):
    """A module with every name, each of them for nothing."""

    def __getattr__(self, name: str) -> None:
        return None
