"""DLF's problems in a message: a line for each problem of an alert "cannot read DLF"."""

from bot.domain.unreadable import Trouble, read_detail
from bot.messages.mrkdwn import clip
from bot.messages.words import Words

LINES, LINE_LENGTH = 5, 200


def problem_lines(tr: Words, detail: str) -> list[str]:
    """The first lines of an alert's detail, and "…" if there are more."""
    lines = [clip(line, LINE_LENGTH) for one in read_detail(detail) if (line := _line(tr, one)).strip()]
    return [*lines[:LINES], *(["…"] if len(lines) > LINES else [])]


def _line(tr: Words, trouble: Trouble) -> str:
    """A problem with its workspaces: "finance, sales and 3 more: DLF did not answer within 10 s."."""
    said = tr.problem(trouble.problem)
    if not trouble.workspaces:
        return said
    return tr.stated(tr.some(trouble.workspaces, trouble.more), said)
