"""Faults of the imitated Slack: by name or method, for the next n calls or until cleared."""

import itertools
from dataclasses import dataclass

KINDS: dict[str, str] = {
    "ratelimited": "answers 429 with Retry-After: `seconds`; nothing is done",
    "http_500": "answers 500 with a JSON error; nothing is done",
    "http_503": "answers 503 with a JSON error; nothing is done",
    "html_502": "answers 502 with an HTML page; nothing is done",
    "error": "answers ok:false with the error name in `error`; nothing is done",
    "slow": "waits `seconds`, then works as always",
    "refused": "resets the connection before reading the request; nothing is done",
    "dropped_before": "reads the request and cuts the connection; nothing is done",
    "dropped_after": "does what is asked, then cuts the connection without an answer",
    "cut_answer": "does what is asked, then cuts the connection in the middle of the answer",
    "http_500_after": "does what is asked, then answers 500",
    "slow_answer": "does what is asked, then waits `seconds` with the answer",
    "silent": "Socket Mode only: the connection opens, then nothing is said or heard on it",
    "dropped": "Socket Mode only: the connection opens and is greeted, then closed",
}
AFTER = frozenset({"dropped_after", "cut_answer", "http_500_after", "slow_answer"})
# The faults that the page offers by name. "*" is the whole Web API and response_url.
TROUBLES: dict[str, tuple[str, str, str, float, str]] = {
    # name: (what a person reads, kind, method, seconds, error)
    "slack_down": ("Slack answers 503 to everything", "http_503", "*", 0, ""),
    "slack_errors": ("Slack answers 500 to every post", "http_500", "chat.postMessage", 0, ""),
    "rate_limit_storm": ("Every post is rate limited for 5 s", "ratelimited", "chat.postMessage", 5, ""),
    "posts_cut_off": ("Slack posts, but its answer is lost", "dropped_after", "chat.postMessage", 0, ""),
    "posts_swallowed": ("Connections break before Slack posts", "dropped_before", "chat.postMessage", 0, ""),
    "slow_slack": ("Every call takes 4 s longer", "slow", "*", 4, ""),
    "login_page": ("A proxy answers with an HTML page", "html_502", "*", 0, ""),
    "token_revoked": ("The bot's token was revoked", "error", "*", 0, "token_revoked"),
    "channel_gone": ("Posting: channel_not_found", "error", "chat.postMessage", 0, "channel_not_found"),
    "not_in_channel": ("Posting: not_in_channel", "error", "chat.postMessage", 0, "not_in_channel"),
    "socket_refused": ("Socket Mode connections are refused", "http_503", "socket", 0, ""),
    "socket_silent": ("New Socket Mode connections stay silent", "silent", "socket", 0, ""),
    "no_socket_urls": ("apps.connections.open fails", "http_500", "apps.connections.open", 0, ""),
}


@dataclass(slots=True)
class SlackFault:
    """A standing fault. `times` is the number of calls it still hits; None: until cleared."""

    id: int
    kind: str
    method: str
    times: int | None = None
    seconds: float = 1.0
    error: str = ""
    name: str = ""

    @property
    def after(self) -> bool:
        return self.kind in AFTER

    def hits(self, method: str) -> bool:
        return method == self.method or (self.method == "*" and method != "socket")


class SlackFaults:
    """All standing faults; if several hit a call, the oldest counts."""

    def __init__(self) -> None:
        self.standing: list[SlackFault] = []
        self.refused_blocks: set[str] = set()
        self._ids = itertools.count(1)

    def add(
        self,
        kind: str,
        method: str = "*",
        *,
        times: int | None = None,
        seconds: float = 1.0,
        error: str = "",
        name: str = "",
    ) -> SlackFault:
        """Break a Web API method, "response_url", "socket", or all but the socket ("*"). Raises KeyError."""
        if kind not in KINDS:
            raise KeyError(kind)
        if kind == "error" and not error:
            raise ValueError("the fault 'error' needs the name of an error")
        fault = SlackFault(next(self._ids), kind, method, times, seconds, error, name)
        self.standing.append(fault)
        return fault

    def trouble(self, name: str) -> SlackFault:
        """Switch on a fault of TROUBLES until cleared; a second call adds nothing."""
        _, kind, method, seconds, error = TROUBLES[name]
        for fault in self.standing:
            if fault.name == name:
                return fault
        return self.add(kind, method, seconds=seconds, error=error, name=name)

    def refuse_blocks(self, *types: str) -> None:
        """From now on this workspace does not know these block types and answers invalid_blocks."""
        self.refused_blocks.update(types)

    def clear(self, name_or_method: str | None = None) -> None:
        """Mend everything, or only the trouble of that name / the faults of that method."""
        if name_or_method is None:
            self.standing.clear()
            self.refused_blocks.clear()
        self.standing = [f for f in self.standing if name_or_method not in (f.name, f.method)]

    def take(self, method: str) -> SlackFault | None:
        """The fault that hits this call, which uses up one of its `times`."""
        fault = next((f for f in self.standing if f.hits(method)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.standing.remove(fault)
        return fault
