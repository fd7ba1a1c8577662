"""The request log of the imitated DLF: every request and its answer."""

from collections import Counter, deque
from dataclasses import dataclass, field

KEPT_RECORDS = 20_000


@dataclass(slots=True)
class RequestRecord:
    """A request. `status` 0: no answer, or no valid HTTP answer; `user` "": the caller was not recognised."""

    wall: float
    method: str
    path: str
    query: dict[str, str]
    workspace: str
    api: str
    auth: str = "none"
    access_key: str = ""
    user: str = ""
    fault: str = ""
    status: int = 0
    code: str = ""


@dataclass(slots=True)
class RequestLog:
    """The newest records, and counts of everything since the start (or the last `clear`)."""

    records: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=KEPT_RECORDS))
    received: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)

    def begin(self, record: RequestRecord) -> None:
        self.records.append(record)
        if record.api == "overview":
            self.received[record.workspace] += 1

    def finish(self, record: RequestRecord) -> None:
        self.statuses[record.status] += 1
        if record.api == "overview" and record.status == 200:
            self.answered[record.workspace] += 1

    def of(self, *, api: str = "overview", workspace: str | None = None, **query: str) -> list[RequestRecord]:
        """The kept records of an API, of a workspace if named, with these query values."""
        return [
            record
            for record in self.records
            if record.api == api
            and workspace in (None, record.workspace)
            and query.items() <= record.query.items()
        ]

    def busiest_second(self, *, api: str = "overview", user: str | None = None) -> int:
        """The most requests that arrived within any second of wall time."""
        window: deque[float] = deque()
        most = 0
        for record in self.of(api=api):
            if user not in (None, record.user):
                continue
            window.append(record.wall)
            while window[0] <= record.wall - 1:
                window.popleft()
            most = max(most, len(window))
        return most

    def clear(self) -> None:
        for kept in (self.records, self.received, self.answered, self.statuses):
            kept.clear()
