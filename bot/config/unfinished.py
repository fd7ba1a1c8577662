"""Remains in a value of the shell or program that set it: quotes, unreplaced names, words such as null."""

import re
from collections.abc import Container

from bot.config.mistakes import InvalidValue

_CLOSING = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "”“", "‘": "’", "‚": "’‘", "”": "”", "’": "’"}
_NOTHING = frozenset({"null", "none", "nil", "undefined", "~", "<nil>", "<no value>", "<none>"})
# No password looks like these by chance.
_SURE = re.compile(
    r".*\$[A-Z][A-Z0-9]*_[A-Z0-9_]+\b.*|\$\{[^{}]+\}|\$\([^()]+\)|%[A-Za-z_][A-Za-z0-9_]+%|\{\{.+\}\}|<%.+%>",
    re.DOTALL,
)
_NAMED = re.compile(r"\$\{?([A-Za-z][A-Za-z0-9_]+)")
_LIKELY = re.compile(r"\$[A-Za-z_(]|\{\{|^%[A-Za-z_][A-Za-z0-9_]*%$")
_ENV_FILES = "env files and Docker keep quotes as they are"


def has_quotes(text: str) -> bool:
    """True if the whole text stands in quotes of any kind."""
    return len(text) > 1 and text[-1] in _CLOSING.get(text[0], "")


def is_unreplaced(text: str, known: Container[str]) -> bool:
    """True if the text surely holds an unreplaced name: by its form, or because `known` has the name."""
    if not any(sign in text for sign in "$%{<"):
        return False
    return bool(_SURE.fullmatch(text)) or any(found[1] in known for found in _NAMED.finditer(text))


def looks_unreplaced(text: str) -> bool:
    """True if a text that is no secret seems to hold an unreplaced name."""
    return bool(_LIKELY.search(text))


def check_given(where: str, name: str, text: str, known: Container[str]) -> None:
    """Refuse a value of the variable `name`, or its file, that cannot be meant. Raises InvalidValue."""
    if has_quotes(text):
        raise InvalidValue(f"{where} has quotes around its value.", f"Set it without them: {_ENV_FILES}.")
    if text.strip().casefold() in _NOTHING:
        raise InvalidValue(f"{where} holds a word that stands for no value.", "Set it to the value itself.")
    if is_unreplaced(text, known):
        raise InvalidValue(
            f"{where} holds a name that was not replaced ($NAME, ${{NAME}}, $(NAME) or the like).",
            "Set it to the value itself.",
        )
    if re.match(rf"(export\s+)?{name}\s*=", text):
        raise InvalidValue(f"{where} begins with its own name.", "Keep only what follows the =.")
    if text.endswith("\r"):
        raise InvalidValue(
            f"{where} ends with a carriage return.", "Give the file it was set in line ends of Unix."
        )


def check_written(text: str, is_plain: bool, known: Container[str]) -> None:
    """Refuse a value in the config file that cannot be meant. Raises InvalidValue."""
    if has_quotes(text) and is_plain:
        raise InvalidValue("a value stands in quotes that YAML takes for a part of it.", "Write \" or '.")
    if has_quotes(text):
        raise InvalidValue("a value has quotes within its quotes.", "Keep one pair.")
    if is_unreplaced(text, known):
        raise InvalidValue(
            "a value holds a name that nothing replaces ($NAME, $(NAME), {{NAME}}).", "Write ${NAME}."
        )
