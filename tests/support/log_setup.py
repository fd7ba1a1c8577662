"""Puts back the process-wide changes of `bot.logs.set_up` for the tests that follow."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def log_setup_put_back() -> Iterator[None]:
    """At the end, the handlers and levels are those of before."""
    root, manager = logging.getLogger(), logging.Logger.manager
    kept = root.handlers[:], root.level
    levels = {name: one.level for name, one in manager.loggerDict.items() if isinstance(one, logging.Logger)}
    yield
    logging.captureWarnings(False)
    root.handlers[:], root.level = kept
    for name, one in manager.loggerDict.items():
        if isinstance(one, logging.Logger):
            one.setLevel(levels.get(name, logging.NOTSET))
