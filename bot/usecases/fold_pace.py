"""How often the messages of folds are edited: Slack allows about an edit a second in all channels."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A message is edited at most this often.
EDIT_EVERY = timedelta(seconds=5)
# While many folds are open, this long for each: if the edit tells of alerts, and if it only shows what a
# reply tells. The first is short, since edits are saved up meanwhile.
TELLS_EVERY, SHOWS_EVERY = timedelta(seconds=0.5), timedelta(seconds=1)
# The most time that a message waits for the rest of its storm to be read.
ROUND = timedelta(minutes=1)
# Where only numbers changed.
EDIT_VALUES_EVERY = timedelta(seconds=30)
# How often parked notices are sent to the channel that the config names now.
PUT_AGAIN = timedelta(minutes=1)
# The edits that may be saved up while there are none; each second adds an edit.
SAVED = 30.0


@dataclass(frozen=True, slots=True)
class Put:
    """A fold's message in the outbox, as far as this process knows. `states`: the members without numbers."""

    shows: tuple[object, ...]
    states: tuple[object, ...]
    at: datetime


class FoldPace:
    """Decides when a fold's message may be written, and when a reply, which has the message edited too."""

    def __init__(self, poll_every: timedelta) -> None:
        self._round = min(poll_every, ROUND)
        self._put: dict[int, Put] = {}
        self._saved, self._open = SAVED, 0
        self._saved_at: datetime | None = None

    def begin(self, now: datetime, *, open_folds: int) -> None:
        """Begin a look at all folds."""
        passed = (now - self._saved_at).total_seconds() if self._saved_at else 0.0
        self._saved, self._saved_at = min(SAVED, self._saved + max(0.0, passed)), now
        self._open = open_folds

    def forget(self) -> None:
        self._put.clear()

    def last(self, fold: int) -> float:
        """When the message was written last, for sorting."""
        put = self._put.get(fold)
        return put.at.timestamp() if put else 0

    def is_up_to_date(self, fold: int, shows: tuple[object, ...]) -> bool:
        put = self._put.get(fold)
        return put is not None and put.shows == shows

    @property
    def may_edit(self) -> bool:
        return self._saved >= 1

    def edited(self) -> None:
        """Note an edit: the message's own or the one that a reply brings."""
        self._saved -= 1

    def is_new(self, fold: int) -> bool:
        return fold not in self._put

    def must_put(self, fold: int, new: Put, *, replies: bool, tells: bool) -> bool:
        """True if the message must be written now: new, different and not edited lately, or with a reply."""
        put = self._put.get(fold)
        if put is None:
            return True
        since = abs(new.at - put.at)
        if put.shows == new.shows and since < PUT_AGAIN:
            return False
        if put.states == new.states:
            every = EDIT_VALUES_EVERY
        else:
            every = max(EDIT_EVERY, (TELLS_EVERY if tells else SHOWS_EVERY) * self._open)
            if self._open > SAVED:
                # An edit for each is too much: a single one, when all workspaces were read, tells of most.
                every = max(every, self._round)
        return replies or (self.may_edit and since >= every)

    def put(self, fold: int, new: Put) -> None:
        self._put[fold] = new
