"""Names of counts, dates, durations and lists as text, in English or (by the catalogue zh) in Chinese."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from bot.domain.model import Day, Metric, StatusCounts
from bot.domain.sentence import Problem
from bot.messages.figures import amount, number
from bot.messages.zh import ZH

UNKNOWN = "?"

PHRASES = {
    Metric.FAIL_COUNT: "{n} failed",
    Metric.RUNNING_EXCEPTION_COUNT: "{n} stuck",
    Metric.WAITING_CONFIRM_COUNT: "{n} to confirm",
    Metric.SUCCESS_COUNT: "{n} succeeded",
    Metric.FORCE_SUCCESS_COUNT: "{n} forced to success",
    Metric.IGNORE_SUCCESS_COUNT: "{n} ignored",
    Metric.RUNNING_COUNT: "{n} running",
    Metric.WAITING_COUNT: "{n} waiting",
    Metric.PAUSE_COUNT: "{n} paused",
    Metric.FREEZE_COUNT: "{n} frozen",
    Metric.SKIP_COUNT: "{n} skipped",
    Metric.MANUAL_STOP_COUNT: "{n} canceled",
    Metric.TOTAL_COUNT: "{n} in total",
    Metric.OVERRIDDEN_COUNT: "{n} overridden",
    Metric.FAIL_RATE: "failure rate {n}",
    Metric.SUCCESS_RATE: "success rate {n}",
}

LABELS = {
    Metric.FAIL_COUNT: "Failed",
    Metric.RUNNING_EXCEPTION_COUNT: "Stuck",
    Metric.WAITING_CONFIRM_COUNT: "To confirm",
    Metric.SUCCESS_COUNT: "Succeeded",
    Metric.FORCE_SUCCESS_COUNT: "Forced to success",
    Metric.IGNORE_SUCCESS_COUNT: "Failure ignored",
    Metric.RUNNING_COUNT: "Running",
    Metric.WAITING_COUNT: "Waiting",
    Metric.PAUSE_COUNT: "Paused",
    Metric.FREEZE_COUNT: "Frozen",
    Metric.SKIP_COUNT: "Skipped",
    Metric.MANUAL_STOP_COUNT: "Canceled",
    Metric.TOTAL_COUNT: "Total",
    Metric.OVERRIDDEN_COUNT: "Overridden",
    Metric.FAIL_RATE: "Failure rate",
    Metric.SUCCESS_RATE: "Success rate",
}

# The names of counts within a sentence.
NAMES = {
    Metric.FAIL_COUNT: "failed",
    Metric.RUNNING_EXCEPTION_COUNT: "stuck",
    Metric.WAITING_CONFIRM_COUNT: "to confirm",
    Metric.SUCCESS_COUNT: "succeeded",
    Metric.FORCE_SUCCESS_COUNT: "forced to success",
    Metric.IGNORE_SUCCESS_COUNT: "failure ignored",
    Metric.RUNNING_COUNT: "running",
    Metric.WAITING_COUNT: "waiting",
    Metric.PAUSE_COUNT: "paused",
    Metric.FREEZE_COUNT: "frozen",
    Metric.SKIP_COUNT: "skipped",
    Metric.MANUAL_STOP_COUNT: "canceled",
    Metric.TOTAL_COUNT: "total",
    Metric.OVERRIDDEN_COUNT: "overridden",
    Metric.FAIL_RATE: "failure rate",
    Metric.SUCCESS_RATE: "success rate",
}

DAYS = {
    Day.TODAY: "today",
    Day.YESTERDAY: "yesterday",
    Day.BEFORE_YESTERDAY: "the day before yesterday",
    Day.ALL: "the last 7 days",
}

FIRST_DAYS = {
    Day.TODAY: "Today",
    Day.YESTERDAY: "Yesterday",
    Day.BEFORE_YESTERDAY: "The day before yesterday",
    Day.ALL: "The last 7 days",
}

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKDAYS_ZH = "一二三四五六日"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Words:
    """Translates English patterns; an unknown locale means English."""

    locale: str = "en"

    def __call__(self, english: str, **parts: str) -> str:
        pattern = ZH[english] if self.locale == "zh" else english
        return pattern.format(**parts)

    def plural(self, n: int, one: str, many: str) -> str:
        return self(one if n == 1 else many, n=number(n))

    def phrase(self, metric: Metric, value: float | None) -> str:
        """A metric in a sentence: "3 failed", "failure rate 2.5%", "? failed" if DLF did not return it."""
        return self(PHRASES[metric], n=UNKNOWN if value is None else amount(metric, value))

    def label(self, metric: Metric) -> str:
        return self(LABELS[metric])

    def names(self, metrics: Iterable[Metric]) -> str:
        """Counts by name within a sentence: "failed, stuck"."""
        return self.join(self(NAMES[metric]) for metric in metrics)

    def value(self, metric: Metric, value: float | None) -> str:
        return UNKNOWN if value is None else amount(metric, value)

    def aside(self, what: str, how: str) -> str:
        """An addition in brackets: "3 (+2)"."""
        return self("{n} ({how})", n=what, how=how)

    def stated(self, what: str, said: str) -> str:
        """A name and what is said of it: "sales: 3 failed"."""
        return self("{what}: {said}", what=what, said=said)

    def bold_stated(self, what: str, said: str) -> str:
        """`stated` as mrkdwn, with the name in bold; a star beside a full-width colon would not end it."""
        return self("*{what}*: {said}", what=what, said=said)

    def join(self, parts: Iterable[str]) -> str:
        return ("、" if self.locale == "zh" else ", ").join(parts)

    def some(self, names: Iterable[str], more: int) -> str:
        """Names of which `more` are left out: "sales, hr and 3 more"."""
        shown = self.join(names)
        return self("{names} and {n} more", names=shown, n=number(more)) if more > 0 else shown

    def with_more(self, what: str, said: str) -> str:
        """A phrase and a further fact: "14 failed for 35 min, peak 17"."""
        return self("{what}, {said}", what=what, said=said)

    def clauses(self, parts: Iterable[str]) -> str:
        """Join independent clauses; empty clauses are left out."""
        return ("；" if self.locale == "zh" else "; ").join(part for part in parts if part)

    def sentences(self, parts: Iterable[str]) -> str:
        """Join whole sentences."""
        return ("" if self.locale == "zh" else " ").join(parts)

    def problem(self, problem: Problem) -> str:
        """A problem in the reader's language; sentences that the catalogue lacks stay as they are."""
        known = ZH if self.locale == "zh" else dict[str, str]()
        said = [sentence.worded(lambda english: known.get(english, english)) for sentence in problem]
        return "".join(one if one.endswith("。") else f"{one} " for one in said).rstrip()

    def overridden(self, counts: StatusCounts, *, brief: bool = False) -> str:
        """Overridden failures and how: "1 ignored", "2 (1 forced to success, 1 ignored)"."""
        if counts.overridden_count == 0:
            return "0"
        if counts.force_success_count is None and counts.ignore_success_count is None:
            return UNKNOWN
        how = self._each_overridden(counts, brief=brief)
        if 0 in (counts.force_success_count, counts.ignore_success_count):
            return how
        return self("{n} ({how})", n=self.value(Metric.OVERRIDDEN_COUNT, counts.overridden_count), how=how)

    def overridden_how(self, counts: StatusCounts, *, brief: bool = False) -> str:
        """How failures were overridden: "forced to success", "1 forced to success, 1 ignored"."""
        forced, ignored = counts.force_success_count, counts.ignore_success_count
        if forced == 0 and ignored is not None:
            return self("ignored")
        if ignored == 0 and forced is not None:
            return self("forced to success")
        return self._each_overridden(counts, brief=brief)

    def _each_overridden(self, counts: StatusCounts, *, brief: bool = False) -> str:
        forced, ignored = counts.force_success_count, counts.ignore_success_count
        said = []
        if brief and forced:
            said.append(self("{n} forced", n=number(forced)))
        elif forced != 0:
            said.append(self.phrase(Metric.FORCE_SUCCESS_COUNT, forced))
        if ignored != 0:
            said.append(self.phrase(Metric.IGNORE_SUCCESS_COUNT, ignored))
        return self.join(said)

    def unreported(self, metrics: Iterable[Metric]) -> str:
        """The counts that DLF did not return: "not returned by DLF: running, waiting"; "" for none."""
        names = self.names(metrics)
        return self("DLF did not return {names}", names=names) if names else ""

    def full_date(self, day: date) -> str:
        """A date: "Sun 22 Nov"."""
        if self.locale == "zh":
            return f"{day.month}月{day.day}日 周{WEEKDAYS_ZH[day.weekday()]}"
        return f"{WEEKDAYS[day.weekday()]} {self.short_date(day)}"

    def date_within(self, day: date) -> str:
        """A date within a sentence: "Sun 22 Nov"; in Chinese without the day of the week."""
        return self.short_date(day) if self.locale == "zh" else self.full_date(day)

    def short_date(self, day: date) -> str:
        if self.locale == "zh":
            return f"{day.month}月{day.day}日"
        return f"{day.day} {MONTHS[day.month - 1]}"

    def moment(self, at: datetime, zone: tzinfo, *, on: date | None = None) -> str:
        """A time of day, with the date unless it is `on`."""
        local = at.astimezone(zone)
        time = f"{local:%H:%M}"
        return time if local.date() == on else f"{self.short_date(local.date())} {time}"

    def day(self, day: Day, business_date: date | None, *, first: bool = False) -> str:
        """A day by name and date: "yesterday (Sun 22 Nov)"; `first`: at the start of a line."""
        name = self(FIRST_DAYS[day] if first else DAYS[day])
        return (
            name
            if business_date is None
            else self("{day} ({date})", day=name, date=self.full_date(business_date))
        )

    def duration(self, span: timedelta) -> str:
        """The two largest units that matter: "45 s", "12 min", "2 h 5 min", "3 d 4 h"."""
        seconds = max(0, int(span.total_seconds()))
        minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
        if not minutes:
            return self("{n} s", n=str(seconds))
        if not hours:
            return self("{n} min", n=str(minutes))
        big, small = (days, hours % 24) if days else (hours, minutes % 60)
        units = ("{n} d", "{n} h") if days else ("{n} h", "{n} min")
        return " ".join(self(unit, n=str(n)) for unit, n in zip(units, (big, small), strict=True) if n)


def zone_name(zone: tzinfo) -> str:
    return str(getattr(zone, "key", None) or zone)
