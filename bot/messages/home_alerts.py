"""The firing alerts on the Home tab: a line for each, and the pages behind *All…* with every one of them."""

from datetime import datetime

from bot.domain.overview import Burning, Overview
from bot.domain.past import is_past
from bot.domain.silences import Hush
from bot.messages import blocks
from bot.messages.alert_text import AlertText
from bot.messages.figures import number
from bot.messages.layout import Actions, Headline, Line, Markup, Note, Part, compose
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import escape, person
from bot.messages.paging import page_of
from bot.messages.silences import SilenceWords
from bot.messages.words import Words, zone_name

# A block cannot hold two buttons of one action.
HOME_REFRESH, HOME_ALERTS, HOME_PAGE, HOME_NEXT = "home_refresh", "home_alerts", "home_page", "home_next"
# Slack accepts 100 blocks in a tab.
ON_A_PAGE = 50


def render_alerts(overview: Overview, page: int, *, locale: str = "en") -> Message | None:
    """A page of the firing alerts, the most urgent first, or the nearest there is; None if none fires."""
    tr, burning = Words(locale), overview.burning
    if not burning:
        return None
    listed = page_of(burning, page, ON_A_PAGE)
    zoned = len({one.zone for one in burning}) > 1
    lines = [Markup(alert_line(tr, one, overview.answer.asked_at, zoned=zoned)) for one in listed.items]
    count = tr.plural(len(burning), "{n} alert, the most urgent first", "{n} alerts, the most urgent first")
    turning = [
        blocks.button(tr("Refresh"), action_id=HOME_ALERTS, value=str(listed.page)),
        *listed.turning((tr("← Previous"), HOME_PAGE), (tr("Next →"), HOME_NEXT)),
    ]
    top: list[Part] = [Headline(tr("Firing now")), Actions([_back(tr), *turning]), Line(count, strong=True)]
    foot = [Actions(turning)] if listed.last > 1 else []
    return compose([*top, *lines, *foot, Note([listed.place(tr)])])


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
