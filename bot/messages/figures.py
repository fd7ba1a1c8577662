"""Numbers, percentages and differences as text, alike in every language."""

from bot.domain.model import Metric

HUGE = 10**15


def number(value: float) -> str:
    """A number with thousands apart; absurdly large numbers are bounded."""
    if abs(value) >= HUGE:
        return f"{'>' if value > 0 else '<−'}{HUGE:,}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0")


def percent(value: float) -> str:
    """A percentage with a single decimal, never rounded to 0 % or 100 % if it is not."""
    if value in (0, 100):
        return f"{value:.0f}%"
    if 0 < value < 0.1:
        return "<0.1%"
    if 99.9 < value < 100:
        return ">99.9%"
    return f"{value:.1f}".removesuffix(".0") + "%"


def amount(metric: Metric, value: float) -> str:
    return percent(value) if metric.is_rate else number(value)


def delta(now: float, before: float) -> str:
    """A difference with its sign: "+4", "±0"; with a minus sign, not a hyphen."""
    change = now - before
    return "±0" if change == 0 else f"{'+' if change > 0 else '−'}{number(abs(change))}"
