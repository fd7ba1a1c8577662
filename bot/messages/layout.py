"""The parts of a message; each renders itself at all three levels, so that all levels have the same facts.

Parts take raw text and escape it here; only `Markup` takes ready mrkdwn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Protocol

from bot.messages import blocks
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import escape
from bot.messages.slack_limits import FIELDS, TEXT, cut, pages
from bot.messages.words import Words


class Part(Protocol):
    def native(self) -> list[Block]: ...
    def classic(self) -> list[Block]: ...
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Headline:
    says: str

    def native(self) -> list[Block]:
        return [blocks.header(self.says)]

    classic = native

    def text(self) -> str:
        return escape(self.says)


@dataclass(frozen=True, slots=True)
class Line:
    says: str
    strong: bool = False

    def native(self) -> list[Block]:
        return [blocks.section(f"*{self.text()}*" if self.strong else self.text())]

    classic = native

    def text(self) -> str:
        return escape(self.says)


@dataclass(frozen=True, slots=True)
class Markup:
    """Ready mrkdwn: only for mentions, people, and names as inline code."""

    mrkdwn: str

    def native(self) -> list[Block]:
        return [blocks.section(self.mrkdwn)]

    classic = native

    def text(self) -> str:
        return self.mrkdwn


@dataclass(frozen=True, slots=True)
class Note:
    """Small print; `ready`: the parts are mrkdwn."""

    parts: Sequence[str]
    ready: bool = False

    def native(self) -> list[Block]:
        return [blocks.context([self.text()])]

    classic = native

    def text(self) -> str:
        line = " · ".join(self.parts)
        return line if self.ready else escape(line)


@dataclass(frozen=True, slots=True)
class TwoClocks:
    """The same in blocks with moments in the reader's own zone, and in text on the workspace's clock."""

    shown: Part
    said: Part

    def native(self) -> list[Block]:
        return self.shown.native()

    def classic(self) -> list[Block]:
        return self.shown.classic()

    def text(self) -> str:
        return self.said.text()


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values, two columns on a wide screen and one on a phone."""

    tr: Words
    pairs: Sequence[tuple[str, str]]

    def native(self) -> list[Block]:
        shown = [f"*{escape(label)}*\n{escape(value)}" for label, value in self.pairs]
        return [blocks.fields(shown[at : at + FIELDS]) for at in range(0, len(shown), FIELDS)]

    classic = native

    def text(self) -> str:
        said = ((label, reduce(self.tr.with_more, value.splitlines())) for label, value in self.pairs)
        return "\n".join(escape(self.tr.stated(label, value)) for label, value in said)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row as cells, and as a line for places without tables.

    `remark` is too long for a cell: it goes below the table, and into the line. Rows with `no_numbers`
    share their line if it is the same.
    """

    cells: Sequence[str]
    name: str
    line: str
    remark: str = ""
    no_numbers: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    tr: Words
    columns: Sequence[str]
    rows: Sequence[TableRow]
    left: frozenset[int] = frozenset({0})

    def first(self, rows: int) -> "Table":
        return replace(self, rows=self.rows[:rows])

    def native(self) -> list[Block]:
        if not self.rows:
            return []
        alike: dict[str, list[str]] = {}
        for row in self.rows:
            if row.remark:
                alike.setdefault(row.remark, []).append(escape(row.name))
        remarks = [
            self.tr.bold_stated(self.tr.join(names), escape(remark)) for remark, names in alike.items()
        ]
        return [
            blocks.table(self.columns, [row.cells for row in self.rows], left=self.left),
            *(blocks.section(page) for page in pages(remarks)),
        ]

    def classic(self) -> list[Block]:
        lines = [self.tr.bold_stated(escape(names), escape(line)) for names, line in self._lines()]
        return [blocks.section(page) for page in pages(lines)]

    def text(self) -> str:
        return "\n".join(escape(self.tr.stated(names, line)) for names, line in self._lines())

    def _lines(self) -> list[tuple[str, str]]:
        """Each line with the name of its row, or the names of the rows that share it."""
        found: dict[tuple[str, int], list[str]] = {}
        for at, row in enumerate(self.rows):
            found.setdefault((row.line, -1 if row.no_numbers else at), []).append(row.name)
        return [(self.tr.join(names), line) for (line, _), names in found.items()]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, and a line with the same facts."""

    title: str
    categories: Sequence[str]
    series: Sequence[tuple[str, Sequence[float]]]
    line: str

    def native(self) -> list[Block]:
        return [blocks.chart(self.title, self.categories, self.series)]

    def classic(self) -> list[Block]:
        return [blocks.context([self.text()])]

    def text(self) -> str:
        return escape(self.line)


@dataclass(frozen=True, slots=True)
class Entries:
    """Names with a few lines each; `ready` has the last line of each as mrkdwn, "" for none."""

    tr: Words
    entries: Sequence[tuple[str, str]]
    ready: Sequence[str] = ()

    def native(self) -> list[Block]:
        said = [self.tr.bold_stated(escape(name), escape(lines)) for name, lines in self.entries]
        said = [f"{one}{last}" for one, last in zip(said, self._last_lines(), strict=True)]
        return [blocks.section(page) for page in pages(said)]

    classic = native

    def text(self) -> str:
        said = [escape(self.tr.stated(name, lines)) for name, lines in self.entries]
        return "\n".join(f"{one}{last}" for one, last in zip(said, self._last_lines(), strict=True))

    def _last_lines(self) -> list[str]:
        ready = self.ready or [""] * len(self.entries)
        return [f"\n{line}" if line else "" for line in ready]


@dataclass(frozen=True, slots=True)
class Actions:
    """Buttons and menus; the text level has none."""

    elements: Sequence[Block]

    def native(self) -> list[Block]:
        return [blocks.actions(self.elements)]

    classic = native

    def text(self) -> str:
        return ""


def compose(parts: Sequence[Part]) -> Message:
    """Render the parts at the three levels."""
    text = "\n".join(line for part in parts if (line := part.text()))
    return Message(
        text=cut(text, TEXT - 1),
        native=tuple(block for part in parts for block in part.native()),
        classic=tuple(block for part in parts for block in part.classic()),
    )
