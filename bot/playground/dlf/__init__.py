"""The imitated DLF: counts, drill-down and IAM over real HTTP, as strict as the real one, and breakable."""

from bot.playground.dlf.effects import FAULTS
from bot.playground.dlf.server import RunningDlf, make_app, start
from bot.playground.dlf.world import PROJECT, DlfWorld

__all__ = ["FAULTS", "PROJECT", "DlfWorld", "RunningDlf", "make_app", "start"]
