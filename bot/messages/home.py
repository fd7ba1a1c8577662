"""The Home tab: today's verdict, firing alerts with their takers, silences, the next digests, help."""

from collections.abc import Sequence

from bot.domain.overview import Burning, NextDigest, Overview
from bot.domain.references import reference, silence_reference
from bot.domain.silences import Silence
from bot.messages import blocks
from bot.messages.alert_text import AlertText
from bot.messages.condition import RowCondition, symbol_of
from bot.messages.home_alerts import HOME_REFRESH, alert_line, all_button
from bot.messages.layout import Actions, Headline, Line, Markup, Note, Part, compose
from bot.messages.message import Message
from bot.messages.mrkdwn import clip, escape
from bot.messages.past import done_button
from bot.messages.provenance import reads_of, scope_note, when_note
from bot.messages.rows import Entry, dates_of, reading_aids, table_of
from bot.messages.silences import end_button, listed
from bot.messages.slack_limits import fit
from bot.messages.status import entries_of
from bot.messages.summary import hidden_note, summary
from bot.messages.words import Words, zone_name

ALERTS_SHOWN, DIGESTS_SHOWN, SILENCES_SHOWN = 10, 10, 5


def render_home(overview: Overview, *, locale: str = "en", may_end: bool = False) -> Message:
    """Render the tab. Slack accepts only classic blocks there, no tables and no charts.

    `may_end`: the reader may end silences.
    """
    tr = Words(locale)
    entries = entries_of(overview.answer)
    rows, table = [entry.row for entry in entries], table_of(tr, entries)
    start = [
        *_verdict(tr, entries, overview),
        _buttons(tr),
        *_alerts(tr, overview, may_end),
        *_unknown(tr, overview.unknown),
        *_silences(tr, overview.silences, may_end),
    ]
    end = [*_digests(tr, overview.digests), *_ask(tr), Note(_origin(tr, entries))]

    def build(shown: int) -> Message:
        hidden = [Line(hidden_note(tr, rows[shown:]))] if rows[shown:] else []
        listed: list[Part] = [Headline(tr("Workspaces")), table.first(shown), *hidden] if rows else []
        return compose([*start, *listed, *end])

    return fit(build, len(rows))


def render_refused(refusal: Message, *, locale: str = "en") -> Message:
    """The tab of a person without permission."""
    return compose([Headline("dlf-bot"), Markup(refusal.text)])


def _verdict(tr: Words, entries: Sequence[Entry], overview: Overview) -> list[Part]:
    """Today's verdict; it is not green while alerts are unknown."""
    if not entries:
        return [Headline("dlf-bot"), Line(tr("No workspaces to show. Check the workspaces in the config."))]
    rows = [entry.row for entry in entries]
    dates = {entry.business_date for entry in entries}
    day = tr.day(entries[0].day, dates.pop() if len(dates) == 1 else None)
    unknown = len(overview.unknown)
    said = summary(tr, rows, now=overview.answer.asked_at, starts=True)
    if unknown:
        one, many = (
            "{n} alert of a date that DLF no longer returns",
            "{n} alerts of dates that DLF no longer returns",
        )
        said = tr.clauses([said, tr.plural(unknown, one, many)])
    at_best = RowCondition.UNKNOWN if unknown or overview.burning is None else RowCondition.FINE
    return [
        Headline(tr("DLF status · {day}", day=day)),
        Line(f"{symbol_of(rows, at_best=at_best)} {said}", strong=True),
    ]


def _buttons(tr: Words) -> Part:
    return Actions([blocks.button(tr("Refresh"), action_id=HOME_REFRESH, value="home")])


def _alerts(tr: Words, overview: Overview, may_end: bool) -> list[Part]:
    title, burning = Headline(tr("Firing now")), overview.burning
    if burning is None:
        return [title, Line(tr("Alerts unknown: the database cannot be read."))]
    if not burning:
        return [title, Line(tr("No alerts are firing."))]
    parts: list[Part] = [title]
    zones = {row.workspace.zone for row in overview.answer.rows} | {one.zone for one in burning}
    for one in burning[:ALERTS_SHOWN]:
        parts.append(Markup(alert_line(tr, one, overview.answer.asked_at, zoned=len(zones) > 1)))
        if may_end:
            key = one.alert.key
            parts += end_button(tr, one.silences, reference(one.alert.id, key.business_date))
    more = len(burning) - ALERTS_SHOWN
    if more > 0:
        parts.append(Line(tr.plural(more, "and {n} more alert", "and {n} more alerts")))
        parts.append(all_button(tr, len(burning)))
    return parts


def _unknown(tr: Words, unknown: Sequence[Burning]) -> list[Part]:
    """Alerts that were firing when DLF dropped their date, each with its button."""
    if not unknown:
        return []
    parts: list[Part] = [Headline(tr("Dates that DLF no longer returns"))]
    for one in unknown[:ALERTS_SHOWN]:
        words = AlertText(tr, one.alert, one.rule, one.workspace, one.zone)
        parts.append(Markup(f"*{escape(words.title())}*\n{escape(words.story())}"))
        parts += done_button(tr, one.alert)
    more = len(unknown) - ALERTS_SHOWN
    if more > 0:
        parts.append(Line(tr.plural(more, "and {n} more alert", "and {n} more alerts")))
    return parts


def _silences(tr: Words, silences: Sequence[Silence], may_end: bool) -> list[Part]:
    """All silences in force, the latest end first, with or without firing alerts under them."""
    if not silences:
        return []
    parts: list[Part] = [Headline(tr("Silences in force"))]
    for one in silences[::-1][:SILENCES_SHOWN]:
        parts.append(Markup(listed(tr, one)))
        if may_end:
            parts += end_button(tr, [one], silence_reference(one.id))
    more = len(silences) - SILENCES_SHOWN
    if more > 0:
        parts.append(Line(tr.plural(more, "and {n} more silence", "and {n} more silences")))
    return parts


def _digests(tr: Words, digests: Sequence[NextDigest]) -> list[Part]:
    title = Headline(tr("Next digests"))
    if not digests:
        return [title, Line(tr("No digests in the config."))]
    lines = [_digest(tr, one) for one in digests[:DIGESTS_SHOWN]]
    if len(digests) > DIGESTS_SHOWN:
        lines.append(tr("and {n} more", n=str(len(digests) - DIGESTS_SHOWN)))
    return [title, Line("\n".join(lines))]


def _digest(tr: Words, one: NextDigest) -> str:
    local = one.at.astimezone(one.zone)
    at = tr.aside(f"{tr.full_date(local.date())} {local:%H:%M}", zone_name(one.zone))
    return tr("• {name}: {at}, to {channel}", name=clip(one.name), at=at, channel=clip(one.channel))


def _ask(tr: Words) -> list[Part]:
    how = tr("Type /dlf-status in any channel for current numbers, /dlf-status help for all options.")
    return [Headline(tr("How to ask")), Line(how)]


def _origin(tr: Words, entries: Sequence[Entry]) -> list[str]:
    if not entries:
        return [scope_note(tr)]
    when = when_note(tr, dates_of(entries), reads_of(entry.row for entry in entries))
    return [when, scope_note(tr), *reading_aids(tr, entries)]
