"""Every error this bot raises on purpose, each able to say what happened, what it means and what to do.

BotError
├── ConfigError         the YAML or the environment is wrong (exit code 2)
├── StoreError          the database is unreachable, full, or newer than this program
├── DlfError            DLF gave no answer that can be trusted
│   ├── DlfRefused      credentials or rights: a person must act, never retried in a loop
│   ├── DlfRejected     the request itself is wrong: workspace, project, region, endpoint
│   ├── DlfUnavailable  throttled, down, slow or unreachable: worth another try
│   ├── DlfUnreadable   something answered, but not with counts
│   └── DlfNotAsked     the request got no turn under the rate limit in time and was not sent
└── SlackError          Slack did not carry out the call; `code` says why
    └── SlackUnsure     Slack may have carried it out (time-out, dropped connection, 5xx)
"""

from dataclasses import dataclass

from bot.domain.sentence import Problem, Sentence, as_sentence


class BotError(Exception):
    """A failure with three parts; its `str()` is safe to show anywhere: our own words, no upstream text.

    `what`, `meaning` and `remedy` are English, for terminal and log; `parts` are the same three as sentences,
    which can be worded in another language.
    """

    def __init__(
        self, what: str | Sentence, *, meaning: str | Sentence = "", remedy: str | Sentence = ""
    ) -> None:
        self.parts = as_sentence(what), as_sentence(meaning), as_sentence(remedy)
        self.what, self.meaning, self.remedy = map(str, self.parts)
        super().__init__(" ".join(part for part in (self.what, self.meaning, self.remedy) if part))

    @property
    def problem(self) -> Problem:
        """The parts that there are."""
        return tuple(part for part in self.parts if part.pattern)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in a config file. `line` is 1-based; 0 stands for the file as a whole."""

    file: str
    line: int
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what}" + (f" {self.remedy}" if self.remedy else "")


class ConfigError(BotError):
    """The configuration has mistakes; all of them are in `mistakes`, in file order."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


class StoreError(BotError):
    """The database cannot be used; `retry` is true if that may pass without a changed config."""

    def __init__(
        self,
        what: str | Sentence,
        *,
        meaning: str | Sentence = "",
        remedy: str | Sentence = "",
        retry: bool = False,
    ) -> None:
        super().__init__(what, meaning=meaning, remedy=remedy)
        self.retry = retry


class DlfError(BotError):
    """DLF gave no answer that can be trusted.

    `code` is the upstream error code (`APIGW.0301`, `DLF.21113`), `status` the HTTP status, both None when
    there was none; `request_id` helps Huawei's support; `retry_after` is in seconds.
    """

    retry = False

    def __init__(
        self,
        what: str | Sentence,
        *,
        meaning: str | Sentence = "",
        remedy: str | Sentence = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, meaning=meaning, remedy=remedy)
        self.status, self.code, self.request_id, self.retry_after = status, code, request_id, retry_after


class DlfRefused(DlfError):
    """Credentials or rights are wrong; asking again would only lock the key."""


class DlfRejected(DlfError):
    """The request is wrong for this DLF: workspace, project, region or endpoint."""


class DlfUnavailable(DlfError):
    """Throttled, down, slow or unreachable; the same request may succeed later."""

    retry = True


class DlfUnreadable(DlfError):
    """Something answered, but it is not 13 counts: a login page, a redirect, cut-off JSON."""


class DlfNotAsked(DlfError):
    """The question got no turn under the rate limit in time; it says nothing about DLF."""

    retry = True


class SlackError(BotError):
    """Slack did not carry out the call.

    `code` is Slack's own (`channel_not_found`), `retry_after` in seconds, `method` of the Web API if known.
    """

    def __init__(
        self,
        what: str | Sentence,
        *,
        code: str,
        meaning: str | Sentence = "",
        remedy: str | Sentence = "",
        retry_after: float | None = None,
        method: str = "",
    ) -> None:
        super().__init__(what, meaning=meaning, remedy=remedy)
        self.code, self.retry_after, self.method = code, retry_after, method


class SlackUnsure(SlackError):
    """Slack may or may not have carried out the call: time-out, dropped connection, 5xx."""
