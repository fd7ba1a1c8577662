"""The answer to "Why?": the rule, the readings, the channel, the silences, and what ends the alert."""

from bot.domain.alert_care import called_at_once
from bot.domain.alerts import BY_EDIT, Ending
from bot.domain.explanation import ChosenBy, Miss, Value, Why
from bot.domain.model import Metric
from bot.domain.rules import Rule
from bot.messages import blocks
from bot.messages.alert_text import AlertText, rule_condition
from bot.messages.figures import amount, number
from bot.messages.layout import Line, Markup, Note, Part, TwoClocks, compose
from bot.messages.message import Block, Message
from bot.messages.mrkdwn import clip, escape, ping, place
from bot.messages.problems import problem_lines
from bot.messages.provenance import scope_note, when_note, when_shown
from bot.messages.silences import listed
from bot.messages.words import Words, zone_name

ASK_WHY = "alert_why"
SILENCES_SHOWN, MENTIONS = 3, 10

CHOSEN = {
    ChosenBy.RULE: "{channel}, which the rule names",
    ChosenBy.WORKSPACE: "{channel}, which the workspace names",
    ChosenBy.DEFAULT: "{channel}, the default channel",
}
MISSED = {
    Miss.ENDED: "it ended",
    Miss.OTHER_RULE: "other rule",
    Miss.OTHER_SUBJECT: "other workspace",
}
EDITED = {
    Ending.RULE_REMOVED: "The rule is not in the config any more.",
    Ending.WORKSPACE_REMOVED: "The workspace is not in the config any more.",
    Ending.PROJECT_REMOVED: "The project is not in the config any more.",
    Ending.NOT_WATCHED: "In the current config the rule does not watch this workspace.",
    Ending.RULE_CHANGED: "In the current config the rule has another metric or direction.",
    Ending.ZONE_CHANGED: "In the current config the project has another time zone.",
    Ending.WORKSPACE_CHANGED: "In the current config this name stands for another workspace.",
}
ENDED = {
    Ending.RESOLVED: "Resolved at {at}, back within the limit.",
    Ending.DAY_ENDED: "Ended at {at} with its day, not resolved.",
    Ending.NO_LONGER_TOLD: "Closed at {at}, not resolved. DLF no longer returns its date.",
}


def why_button(tr: Words, given: str) -> Block:
    """The button; `given` is the alert's reference."""
    return blocks.button(tr("Why?"), action_id=ASK_WHY, value=given)


def render_why(why: Why, *, locale: str = "en") -> Message:
    """The explanation of an alert, as a private answer."""
    tr, unknown = Words(locale), Rule(why.alert.key.rule, Metric.TOTAL_COUNT, 0)
    words = AlertText(tr, why.alert, why.rule or unknown, why.workspace, why.zone)
    what = words.standing() if why.rule else words.where
    if why.alert.ending in BY_EDIT and why.rule:
        what = tr("{where}: {now}", where=words.where, now=words.phrase(why.alert.value))
    parts: list[Part] = [
        Line(tr("Why this alert? {what}", what=what), strong=True),
        *(Markup(line) for line in _rule(tr, why, words)),
        *map(TwoClocks, _facts(tr, why, words.in_readers_zone()), _facts(tr, why, words)),
        _origin(tr, why, words),
    ]
    return compose(parts)


def _facts(tr: Words, why: Why, words: AlertText) -> list[Part]:
    """The facts behind the alert, as mrkdwn, with moments on the clock of `words`."""
    said = {
        "Polls": _values(tr, why, words),
        "Judged": _judged(tr, why, words),
        "Channel": _channel(tr, why),
        "Silences": _silences(tr, why),
        "End": _end(tr, why, words),
    }
    return [Markup(f"*{tr(label)}* · {line}") for label, line in said.items() if line]


def _rule(tr: Words, why: Why, words: AlertText) -> list[str]:
    """The rule with its place (mrkdwn), and how the config of now differs from it."""
    edited = EDITED.get(why.edited or Ending.RESOLVED)
    more = [escape(tr(edited))] if edited else []
    name = tr("Rule {name}", name=clip(why.alert.key.rule))
    if words.of_project:
        said = tr("Built-in rule: {n} failed polls of a workspace in a row", n=number(why.failures))
        return [escape("\n".join([said, *problem_lines(tr, why.alert.detail)])), *more]
    if why.rule is None:
        return [f"*{escape(name)}*", *more]
    said = rule_condition(tr, why.rule)
    if why.place:
        said = tr("{what} ({place})", what=said, place=why.place)
    return [f"*{escape(name)}* · {escape(said)}", *more]


def _values(tr: Words, why: Why, words: AlertText) -> str:
    """The readings that led to the alert; only changes are on record."""
    if words.of_project or why.rule is None:
        return ""
    said = [_value(tr, one, why.rule, words) for one in why.values]
    if not said:
        return tr("none on record any more")
    return tr("{said} (changes only)", said=" · ".join(said))


def _value(tr: Words, one: Value, rule: Rule, words: AlertText) -> str:
    at = words.moment(one.read_at)
    return f"{at} {escape(tr.value(rule.metric, one.value))}"


def _judged(tr: Words, why: Why, words: AlertText) -> str:
    """The readings compared with the limit of that time."""
    alert, rule = why.alert, why.rule
    since, at = words.moment(alert.since), words.moment(alert.read_at)
    fired = words.moment(alert.fired_at or alert.since)
    if words.of_project:
        return tr(
            "{now} since {since}, last tried {at}", now=escape(words.phrase(alert.value)), at=at, since=since
        )
    if rule is None:
        return tr("began {since}, fired {fired}", since=since, fired=fired)
    limit = alert.terms.limit if alert.terms else rule.limit
    pattern = "below {limit} since {since}, fired {fired}. Last poll {at}: {now}."
    if not rule.below:
        pattern = "above {limit} since {since}, fired {fired}. Last poll {at}: {now}."
    said = tr(
        pattern,
        limit=escape(amount(rule.metric, limit)),
        since=since,
        fired=fired,
        now=escape(words.phrase(alert.value)),
        at=at,
    )
    if limit == rule.limit:
        return said
    return tr.sentences(
        [said, tr("The limit in the config is {limit} now.", limit=escape(amount(rule.metric, rule.limit)))]
    )


def _channel(tr: Words, why: Why) -> str:
    said = tr(CHOSEN[why.chosen_by], channel=place(why.channel))
    called = called_at_once(why.rule, why.workspace)[:MENTIONS] if why.rule else ()
    if not called:
        return said
    return tr("{what} · mentions {names}", what=said, names=tr.join(_name(one) for one in called))


def _name(mention: str) -> str:
    """A mention from the config; @channel and the like as plain words, which send no notification."""
    marked = ping(mention)
    return f"@{marked[2:-1]}" if marked in ("<!here>", "<!channel>", "<!everyone>") else marked


def _silences(tr: Words, why: Why) -> str:
    if why.covering:
        said = "\n".join(listed(tr, one) for one in why.covering[-SILENCES_SHOWN:])
        return tr("it is covered by\n{said}", said=said)
    if why.near is None:
        return tr("none covers it")
    pattern = "none covers it. Nearest ({reason}): {said}"
    return tr(pattern, reason=tr(MISSED[why.near.miss]), said=listed(tr, why.near.silence))


def _end(tr: Words, why: Why, words: AlertText) -> str:
    """The condition that will end the alert, or its ending."""
    alert, rule = why.alert, why.rule
    if why.is_over:
        at = words.moment(alert.over_at or alert.read_at)
        if alert.ending in BY_EDIT:
            return tr("Closed at {at} because the config was edited.", at=at)
        return tr(ENDED[alert.ending or Ending.RESOLVED], at=at)
    if why.edited:
        return tr("The bot closes it soon, because the config was edited.")
    if words.of_project:
        return tr("It resolves when every workspace of the project can be read again.")
    if rule is None:
        return tr("It is checked again at the next poll.")
    said = [_good(tr, rule, alert.clears)]
    if not rule.outlives_day:
        said.append(tr("Otherwise it ends with its date at 00:00."))
    if why.next_read_at:
        said.append(tr("Next poll {at}.", at=words.moment(why.next_read_at)))
    return tr.sentences(said)


def _good(tr: Words, rule: Rule, clears: int) -> str:
    """The readings that end an alert, and their number so far."""
    limit = escape(amount(rule.metric, rule.limit if rule.clear_limit is None else rule.clear_limit))
    if rule.clear_limit is None:
        pattern = "{metric} at least {limit}" if rule.below else "{metric} at most {limit}"
    else:
        pattern = "{metric} above {limit}" if rule.below else "{metric} below {limit}"
    good = tr(pattern, metric=rule.metric.value, limit=limit)
    if rule.clear_after == 1:
        return tr("It resolves at the first poll with {good}.", good=good)
    pattern = "It resolves after {n} polls in a row with {good}; so far {clears}."
    return tr(pattern, good=good, n=number(rule.clear_after), clears=number(clears))


def _origin(tr: Words, why: Why, words: AlertText) -> Part:
    on, read, zone = why.alert.key.business_date, why.alert.read_at, why.zone
    if words.of_project:
        return Note([zone_name(zone)])
    subject, scope = clip(why.alert.key.subject), scope_note(tr)
    shown = [escape(subject), when_shown(tr, on, read, zone), escape(scope)]
    said = [subject, when_note(tr, [(on, zone)], [(read, zone)]), scope]
    return TwoClocks(Note(shown, ready=True), Note(said))
