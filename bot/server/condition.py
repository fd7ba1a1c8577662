"""How this process stands: what readiness found, and what that means for `/readyz`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """Sentences: `problems` of this process, problems `elsewhere` that no other process cures, `remarks`."""

    problems: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def for_traffic(self) -> "Condition":
        """The condition by which a platform sends requests here: what is wrong elsewhere is only a remark."""
        return Condition(self.problems, (), (*self.elsewhere, *self.remarks))

    @property
    def not_ready(self) -> tuple[str, ...]:
        """Why this process is not ready; empty if it is."""
        return self.problems + self.elsewhere
