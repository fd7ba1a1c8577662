"""The grammar of `/dlf-status`: typed words become a question, or a sentence about the mistake."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from bot.domain.model import Day, Workspace
from bot.domain.spelling import fold, make_plain
from bot.domain.suggest import NameIndex
from bot.messages.words import Words
from bot.slack.parsing import (
    ENDS,
    HELP,
    MAX_WORD,
    Help,
    InputError,
    TypedWord,
    quote,
    quote_some,
    split_words,
)

MAX_TEXT, MAX_WORDS = 10_000, 60
DAYS_SAID = ("today", "yesterday", "before_yesterday", "all")

SPELLINGS = {
    Day.TODAY: "today|now|0|今天|今日",
    Day.YESTERDAY: "yesterday|yday|yest|-1|-1d|1d ago|1 day ago|one day ago|昨天|昨日|1天前|一天前",
    Day.BEFORE_YESTERDAY: "before_yesterday|before-yesterday|beforeyesterday|before yesterday|ereyesterday"
    "|day before yesterday|the day before yesterday|-2|-2d|2d ago|2 days ago|two days ago"
    "|前天|前日|2天前|两天前",
    Day.ALL: "all|week|the week|past week|last week|1w|7d|-7|-7d|7days|7 days|seven days|last 7 days|last 7d"
    "|past 7 days|last seven days|past seven days|七天|7天|最近七天|最近7天|近七天|近7天|过去七天|全部|一周",
}
PHRASES = {phrase: day for day, phrases in SPELLINGS.items() for phrase in phrases.split("|")}
# Flags are read without their dashes: phones turn two dashes into a long dash.
OWN = frozenset({"own", "is_own", "自己"})
SHARE = frozenset({"share", "shared", "public", "分享", "共享"})
# A workspace with such a name wins: the name may be older than the flag.
FAILED = frozenset({"failed", "failures", "failing", "only failed", "失败", "只看失败"})
FILLER = frozenset({"for", "of", "and", "in", "the", "please", "status", "和", "的"})
SUGGESTED = ("today", "yesterday", "before_yesterday", "all", "week", "own", "failed", "share", "help")

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_WEEKDAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?"
# Dates, for which DLF gives no answer.
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{8}|\d{1,2}[-/.]\d{1,2}(?:[-/.](?:\d{2}|\d{4})?)?"
    r"|(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]?|\d{1,2}[日号]"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[- ]?{_MONTH}(?:[- ]?\d{{4}})?"
    rf"|{_MONTH}[- ]?\d{{1,2}}(?:st|nd|rd|th)?(?:[- ]\d{{4}})?"
    rf"|(?:(?:on|last|this|next|past)[- ])?{_WEEKDAY}|[上本这下]?(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]"
    r"|-\d{1,3}d?|\d{1,3} ?(?:d|days?)(?: ago)?|\d{1,3}天前|tomorrow|tmrw|明天|明日|后天|大前天"
)
_JOINED = re.compile(r"(?<=\w)[-_](?=\w)")


@dataclass(frozen=True, slots=True)
class StatusQuestion:
    """A parsed question. Without workspaces it means the channel's workspaces."""

    day: Day = Day.TODAY
    workspaces: tuple[Workspace, ...] = ()
    own: bool = False
    share: bool = False
    only_failed: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    question: StatusQuestion
    day_said: str = field(default="")


def parse(text: str, names: "WorkspaceNames", *, locale: str = "en") -> StatusQuestion | Help | InputError:
    """Parse any text: days, workspaces and flags in any order, the longest match first.

    A quoted word is always a workspace, so that a workspace named "today" can be chosen.
    """
    words = list(islice(split_words(text[:MAX_TEXT]), MAX_WORDS + 1))
    if len(words) > MAX_WORDS or len(text) > MAX_TEXT:
        return InputError(Words(locale)("The text is too long. Try /dlf-status help."))
    read, at = _Read(StatusQuestion()), 0
    while at < len(words):
        took, outcome = _step(words[at:], read, names, locale)
        if not isinstance(outcome, _Read):
            return outcome
        read, at = outcome, at + took
    return read.question


def _step(
    words: Sequence[TypedWord], read: _Read, names: "WorkspaceNames", locale: str
) -> tuple[int, "_Read | Help | InputError"]:
    """Take the longest meaningful phrase from the front of `words`."""
    for phrase, length, quoted in _phrases(words, names.longest):
        outcome = _meaning(phrase, quoted, read, names, locale)
        if outcome is not None:
            return length, outcome
    for phrase, length, quoted in _phrases(words, names.longest):
        if not quoted and _DATE.fullmatch(phrase.rstrip(ENDS).casefold()):
            return length, _no_such_date(phrase, locale)
    if not words[0].quoted and words[0].text.casefold() in FILLER:
        return 1, read
    return 1, _unknown(words[0].text, names, locale)


def _phrases(words: Sequence[TypedWord], longest: int) -> Iterator[tuple[str, int, bool]]:
    """The phrases at the front, the longest first, as (typed text, number of words, is quoted)."""
    for length in range(min(len(words), longest), 0, -1):
        taken = words[:length]
        yield " ".join(word.text for word in taken), length, any(word.quoted for word in taken)


def _meaning(
    phrase: str, quoted: bool, read: _Read, names: "WorkspaceNames", locale: str
) -> "_Read | Help | InputError | None":
    folded = phrase.casefold()
    flag = folded.lstrip("-")
    if not quoted and (folded in HELP or flag in HELP):
        return Help()
    if not quoted and flag in OWN:
        return replace(read, question=replace(read.question, own=True))
    if not quoted and flag in SHARE:
        return replace(read, question=replace(read.question, share=True))
    if not quoted and folded in PHRASES:
        return _with_day(read, PHRASES[folded], phrase, locale)
    found = names.find(phrase)
    if len(found) > 1:
        choices = quote_some([workspace.key for workspace in found], locale)
        return InputError(
            Words(locale)(
                "{word} exists in several projects. Use {choices}.",
                word=quote(phrase),
                choices=choices,
            )
        )
    if found:
        asked = read.question.workspaces
        return replace(
            read, question=replace(read.question, workspaces=tuple(dict.fromkeys((*asked, *found))))
        )
    if quoted:
        return None
    if flag in FAILED:
        return replace(read, question=replace(read.question, only_failed=True))
    spaced = _JOINED.sub(" ", folded)
    if spaced in PHRASES:
        return _with_day(read, PHRASES[spaced], phrase, locale)
    ended = phrase.rstrip(ENDS)
    return _meaning(ended, quoted, read, names, locale) if ended not in ("", phrase) else None


def _with_day(read: _Read, day: Day, said: str, locale: str) -> "_Read | InputError":
    if read.day_said and read.question.day is not day:
        pattern = "One day at a time: this asks for {one} and {other}."
        return InputError(Words(locale)(pattern, one=quote(read.day_said), other=quote(said)))
    return _Read(replace(read.question, day=day), said)


def _no_such_date(word: str, locale: str) -> InputError:
    pattern = "Single dates such as {word} are not supported. Use {days}."
    tr = Words(locale)
    return InputError(tr(pattern, word=quote(word), days=tr.join(DAYS_SAID)))


def _unknown(word: str, names: "WorkspaceNames", locale: str) -> InputError:
    tr = Words(locale)
    what = tr("Unknown word {word}.", word=quote(word))
    nearest = names.nearest(word)
    if nearest:
        return InputError(tr.sentences([what, tr("Did you mean {nearest}?", nearest=quote(nearest))]))
    known = quote_some(list(names.shown), locale)
    pattern = "Use a day ({days}) or a workspace: {names}."
    return InputError(tr.sentences([what, tr(pattern, days=tr.join(DAYS_SAID), names=known)]))


class WorkspaceNames:
    """An index of the workspaces by all their names, made once for all commands."""

    def __init__(self, workspaces: Sequence[Workspace]) -> None:
        self._exact: dict[str, dict[Workspace, None]] = {}
        self._folded: dict[str, dict[Workspace, None]] = {}
        for workspace in workspaces:
            for name in (workspace.name, workspace.key):
                tidy = " ".join(make_plain(name).split())
                self._exact.setdefault(tidy, {})[workspace] = None
                self._folded.setdefault(fold(tidy), {})[workspace] = None
        self.shown = tuple(dict.fromkeys(workspace.name for workspace in workspaces))
        self._nearest = NameIndex((*self.shown, *SUGGESTED))
        self.longest = max([5, *(name.count(" ") + 1 for name in self._folded)])

    def find(self, phrase: str) -> tuple[Workspace, ...]:
        """All workspaces of that name; those with the same capital letters, if any."""
        return tuple(self._exact.get(phrase) or self._folded.get(fold(phrase)) or ())

    def nearest(self, word: str) -> str | None:
        return self._nearest.to(word[:MAX_WORD])
