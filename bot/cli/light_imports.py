"""Imports at the bot's start, without parts of libraries that it never uses."""

import gc
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# httpx imports its command line, with rich and Pygments, and does without if that is not there.
_ABSENT = ("httpx._main",)
# Libraries import these for what the bot never calls; they get modules with empty classes instead.
EMPTY = (
    # SQLAlchemy's engine for asyncio imports sessions, with the whole ORM.
    "sqlalchemy.ext.asyncio.session",
    "sqlalchemy.ext.asyncio.scoping",
    # Bolt for asyncio imports an HTTP server, itself without asyncio, and what installs apps for many teams.
    "aiohttp.web",
    "slack_bolt.app.app",
    "slack_bolt.app.async_server",
    "slack_bolt.oauth",
    "slack_bolt.workflows",
    "slack_sdk.oauth",
    "slack_sdk.web.client",
    # Socket Mode over aiohttp imports Slack's own WebSocket client.
    "slack_bolt.adapter.socket_mode.builtin",
    "slack_sdk.socket_mode.builtin",
    # Executors that are processes, a server that reloads its program, uvicorn's command line and log files.
    "apscheduler.executors.pool",
    "uvicorn.main",
    "uvicorn.supervisors",
    "configparser",
    "logging.config",
    # The metrics' own HTTP server.
    "http.server",
    "wsgiref",
    "attr.validators",
)


@contextmanager
def light_imports() -> Iterator[None]:
    """Within the block such parts are not imported; they are 17 MiB and a third of the CPU.

    What is imported stays: the garbage collector looks at it neither now nor later.
    """
    absent = [name for name in _ABSENT if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    parts = _EmptyParts()
    sys.meta_path.insert(0, parts)
    # aiohttp reads all certificates, twice, for calls that name none; each call of the bot names its own.
    ssl.SSLContext.set_default_verify_paths = _read_none  # type: ignore[method-assign, assignment]
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        del ssl.SSLContext.set_default_verify_paths
        sys.meta_path.remove(parts)
        parts.forget()
        for name in absent:
            del sys.modules[name]


class _EmptyParts(MetaPathFinder, Loader):
    """Finds an empty module under each name of `EMPTY`, and for all that is in such a package."""

    def __init__(self) -> None:
        self._made: list[ModuleType] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if any(name == part or name.startswith(f"{part}.") for part in EMPTY):
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        self._made.append(module := _Empty(spec.name))
        return module

    def exec_module(self, module: ModuleType) -> None:
        pass

    def forget(self) -> None:
        """A later import of such a part finds the real one."""
        for module in self._made:
            package, _, name = module.__name__.rpartition(".")
            del sys.modules[module.__name__]
            vars(sys.modules.get(package, module)).pop(name, None)


class _Empty(ModuleType):
    """A module with an empty class under every name."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def _read_none(context: ssl.SSLContext) -> None:
    pass
