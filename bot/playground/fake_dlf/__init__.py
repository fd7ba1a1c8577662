"""The imitated DLF: counts, instances and IAM over real HTTP, as strict as the real service, with faults."""

from bot.playground.fake_dlf.fault_effects import FAULTS
from bot.playground.fake_dlf.server import RunningDlf, make_app, start
from bot.playground.fake_dlf.world import PROJECT, DlfWorld

__all__ = ["FAULTS", "PROJECT", "DlfWorld", "RunningDlf", "make_app", "start"]
