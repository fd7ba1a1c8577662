"""`${NAME}` in a word of the command line, filled as in the config."""

import os

from bot.config.environment import Environment
from bot.config.mistakes import Mistakes
from bot.config.yaml_nodes import ScalarNode


def filled(text: str) -> str:
    """The text with its placeholders filled. Raises ConfigError, which shows no value."""
    report = Mistakes("environment")
    found = Environment(os.environ, report).fill(ScalarNode(text, 0, text))
    report.raise_if_any()
    return found.text
