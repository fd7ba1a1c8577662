"""The condition of this process: the findings of the readiness check, for `/readyz`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """Sentences: `problems` of this process, problems `elsewhere` that every process shares, `remarks`."""

    problems: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def for_traffic(self) -> "Condition":
        """The condition by which a platform routes requests: problems elsewhere are only remarks."""
        return Condition(self.problems, (), (*self.elsewhere, *self.remarks))

    @property
    def not_ready(self) -> tuple[str, ...]:
        """Why this process is not ready; empty if it is."""
        return self.problems + self.elsewhere
