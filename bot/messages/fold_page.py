"""The pages behind *All…* on a fold's message: every alert that fires, seen by one person."""

from collections.abc import Sequence

from bot.domain.rules import Rule
from bot.messages.alert_text import rule_text
from bot.messages.figures import number
from bot.messages.fold import act_on_one, table_of, when_of
from bot.messages.fold_members import Member, worst_first
from bot.messages.layout import Actions, Line, Note, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import clip
from bot.messages.paging import page_of
from bot.messages.slack_limits import fit
from bot.messages.words import Words

# A block cannot hold two buttons of one action.
FOLD_PAGE, FOLD_NEXT = "fold_page", "fold_next"
ON_A_PAGE = 20


def render_page(
    fold: int, members: Sequence[Member], rule: Rule, page: int, *, locale: str = "en"
) -> Message | None:
    """A page of the alerts that fire, the worst first, or the nearest there is; None if none fires."""
    tr, firing = Words(locale), worst_first([one for one in members if one.is_firing], rule)
    if not firing:
        return None
    listed = page_of(firing, page, ON_A_PAGE)
    title = tr("Rule {rule}: {n} firing, the worst first", rule=clip(rule.name), n=number(len(firing)))
    turning = listed.turning((tr("← Worse"), FOLD_PAGE), (tr("Less severe →"), FOLD_NEXT), f"{fold}|")
    note = Note([listed.place(tr), rule_text(tr, rule), when_of(tr, firing), tr("only you see this")])

    def build(rows: int) -> Message:
        shown = listed.items[:rows]
        buttons = [*act_on_one(tr, shown), *turning]
        return compose([Line(title, strong=True), table_of(tr, shown, rule), note, Actions(buttons)])

    return fit(build, len(listed.items))


def place_in(value: str) -> tuple[str, int]:
    """The fold and the page that a button's value names; page 1 if it names none."""
    fold, _, page = value.partition("|")
    return fold, int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
