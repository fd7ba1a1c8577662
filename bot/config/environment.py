"""`${NAME}` and `${NAME:-default}` in values, after parsing: no secret can change the YAML's structure."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.config.mistakes import InvalidValue, Mistakes
from bot.config.unfinished import check_given, check_written
from bot.config.yaml_nodes import ScalarNode

MAX_FILE = 1_000_000
_PLACE = re.compile(
    r"\$(?P<escaped>\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|\$\{"
)
_UNUSABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class NotAFileError(Exception):
    """The path is a pipe, socket or device: a read may never end."""


def read_bounded(path: Path) -> bytes:
    """The file's content, at most a byte more than `MAX_FILE`. Raises NotAFileError, OSError, ValueError."""

    def at_once(name: str, flags: int) -> int:
        """Open without waiting: a pipe without a writer would block for ever."""
        return os.open(name, flags | os.O_NONBLOCK)

    with open(path, "rb", opener=at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotAFileError
        return file.read(MAX_FILE + 1)


class Environment:
    """Fills placeholders from `variables`, or from the file that NAME_FILE names where NAME is unset."""

    def __init__(self, variables: Mapping[str, str], report: Mistakes) -> None:
        self._variables, self._report = variables, report

    def fill(self, value: ScalarNode) -> ScalarNode:
        """Replace the placeholders in `value`; if that fails, report it and mark the value broken."""
        try:
            text = _PLACE.sub(self._replacement, value.text)
            check_written(_PLACE.sub("", value.text), value.is_plain, self._variables)
            if _UNUSABLE.search(text):
                raise InvalidValue("a value contains a control character.", "Remove it.")
        except InvalidValue as wrong:
            self._report.add(value.line, wrong.problem, wrong.remedy)
            return replace(value, text="", is_broken=True)
        return replace(value, text=text)

    def _replacement(self, place: re.Match[str]) -> str:
        if place["escaped"]:
            return "${"
        name, default = place["name"], place["default"]
        if name is None:
            raise InvalidValue(
                'a "${" is not closed, or no name follows it.',
                'Write ${NAME} or ${NAME:-default}; for a literal "${" write "$${".',
            )
        if found := self._variables.get(name):
            check_given(f"the environment variable {name}", name, found, self._variables)
            return found
        if found := self._from_file(name):
            check_given(f"the file that {name}_FILE names", name, found, self._variables)
            return found
        if default is not None:
            return default
        state = "empty" if name in self._variables else "not set"
        raise InvalidValue(
            f"the environment variable {name} is {state}.",
            f"Set {name}, or {name}_FILE to a file that holds its value.",
        )

    def _from_file(self, name: str) -> str | None:
        path = self._variables.get(f"{name}_FILE")
        if not path:
            return None
        try:
            content = read_bounded(Path(path))
            if len(content) > MAX_FILE:
                raise InvalidValue(
                    f"the file that {name}_FILE names is too large.", "It must hold one value."
                )
            return content.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise InvalidValue(f"the file that {name}_FILE names is not UTF-8 text.") from None
        except NotAFileError:
            raise InvalidValue(
                f"what {name}_FILE names is a pipe or a device, not a file.",
                "Name a file that holds its value.",
            ) from None
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or "not a usable path").lower()
            raise InvalidValue(
                f"the file that {name}_FILE names cannot be read ({reason}).",
                "Check its path and permissions.",
            ) from None
