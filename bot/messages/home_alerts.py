"""The firing alerts on the Home tab: a line for each, and the pages behind *All…* with every one of them."""

from datetime import datetime

from bot.domain.overview import Burning, Overview
from bot.domain.past import is_past
from bot.domain.silences import Hush
from bot.messages import blocks
from bot.messages.alert_text import AlertText
from bot.messages.layout import Actions, Headline, Line, Markup, Note, Part, compose
from bot.messages.message import Block, Message
from bot.messages.silences import SilenceWords
from bot.messages.words import Words, escape, number, person, zone_name

# A block cannot hold two buttons of one action.
HOME_REFRESH, HOME_ALERTS, HOME_PAGE, HOME_NEXT = "home_refresh", "home_alerts", "home_page", "home_next"
# Slack accepts 100 blocks in a tab.
ON_A_PAGE = 50


def render_alerts(overview: Overview, page: int, *, locale: str = "en") -> Message | None:
    """A page of the firing alerts, the most urgent first, or the nearest there is; None if none fires."""
    tr, burning = Words(locale), overview.burning
    if not burning:
        return None
    last = -(-len(burning) // ON_A_PAGE)
    page = min(max(1, page), last)
    shown = burning[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    zoned = len({one.zone for one in burning}) > 1
    lines = [Markup(alert_line(tr, one, overview.answer.asked_at, zoned=zoned)) for one in shown]
    count = tr.plural(len(burning), "{n} alert, the most urgent first", "{n} alerts, the most urgent first")
    turning = Actions(_turning(tr, page, last))
    foot = [turning] if last > 1 else []
    where = tr("Page {n} of {all}", n=number(page), all=number(last))
    top = Actions([_back(tr), *turning.elements])
    return compose([Headline(tr("Firing now")), top, Line(count, strong=True), *lines, *foot, Note([where])])


def all_button(tr: Words, alerts: int) -> Part:
    """The button that opens the pages."""
    return Actions([blocks.button(tr("All {n}…", n=number(alerts)), action_id=HOME_ALERTS, value="1")])


def alert_line(tr: Words, one: Burning, asked_at: datetime, *, zoned: bool) -> str:
    """An alert, its taker and its silence, as mrkdwn. `zoned`: its times need their time zone."""
    past = is_past(one.alert, one.rule, one.zone, asked_at)
    words, alert = AlertText(tr, one.alert, one.rule, one.workspace, one.zone, past=past), one.alert
    taken = alert.acknowledged
    who = tr("{who} has it", who=person(taken.by)) if taken else tr("nobody has it")
    story = tr.aside(words.story(), zone_name(one.zone)) if zoned else words.story()
    said = [escape(story), who]
    if one.silences:
        said.append(SilenceWords(tr, words, Hush()).brief(one.silences[-1]))
    return f"*{escape(words.title())}*\n{' · '.join(said)}"


def _back(tr: Words) -> Block:
    return blocks.button(tr("← Overview"), action_id=HOME_REFRESH, value="home")


def _turning(tr: Words, page: int, last: int) -> list[Block]:
    """Read this page anew; the page before, the page after."""
    found = [blocks.button(tr("Refresh"), action_id=HOME_ALERTS, value=str(page))]
    if page > 1:
        found.append(blocks.button(tr("← Previous"), action_id=HOME_PAGE, value=str(page - 1)))
    if page < last:
        found.append(blocks.button(tr("Next →"), action_id=HOME_NEXT, value=str(page + 1)))
    return found
