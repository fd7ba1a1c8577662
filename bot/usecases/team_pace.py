"""How fast the bot may post and edit in the whole Slack workspace, beside the limit of each channel.

Slack does not publish the workspace's limit on posts: it is learned from refusals and forgotten slowly.
"""

from collections import deque
from collections.abc import Callable
from math import ceil, inf, log

# Posts refused in so many channels within so many seconds: the limit is the workspace's, not a channel's.
CHANNELS, WITHIN = 3, 10.0
MINUTE = 60.0
# Posts a second: a learned pace is never slower than the first, and from the second on it is no limit.
SLOWEST, UNLIMITED = 1.0, 20.0
# The learned pace stays below the refused one, and grows each minute without a refusal.
BELOW, GROWTH = 0.9, 1.25
# Minutes after which even the slowest pace has grown to be no limit.
REMEMBERED = ceil(log(UNLIMITED / SLOWEST, GROWTH))


class TeamPace:
    """Limits the posts and edits of this process; each replica learns its own share of the limit."""

    def __init__(self, timer: Callable[[], float]) -> None:
        """`timer` returns monotonic seconds."""
        self._timer = timer
        self._posts_until = self._edits_until = -inf
        self._refused: dict[str, tuple[float, float]] = {}
        self._posted = deque[float]()
        self._learned, self._learned_at = inf, 0.0
        self._tokens, self._filled_at = 0.0, 0.0

    @property
    def may_post(self) -> bool:
        """False while all posting rests."""
        return self._timer() >= self._posts_until

    @property
    def may_edit(self) -> bool:
        """False while all editing rests."""
        return self._timer() >= self._edits_until

    @property
    def posts_per_second(self) -> float:
        """The learned pace; infinite while none was learned."""
        minutes = min(REMEMBERED, (self._timer() - self._learned_at) // MINUTE)
        pace = self._learned * GROWTH**minutes
        return pace if pace < UNLIMITED else inf

    def take(self) -> bool:
        """Take a turn to post; False if posting rests or the pace allows none now."""
        if not self.may_post:
            return False
        now, pace = self._timer(), self.posts_per_second
        if pace == inf:
            return True
        self._tokens = min(max(1.0, pace), self._tokens + (now - self._filled_at) * pace)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def give_back(self) -> None:
        """Return a turn that was not used."""
        self._tokens += 1

    def posted(self) -> None:
        """Note that Slack accepted a post."""
        now = self._timer()
        self._posted.append(now)
        while self._posted[0] < now - MINUTE:
            self._posted.popleft()

    def edit_refused(self, seconds: float) -> None:
        """Note that Slack accepts no edits for this long; it counts them per method, not per channel."""
        self._edits_until = max(self._edits_until, self._timer() + seconds)

    def post_refused(self, channel: str, seconds: float) -> bool:
        """Note that Slack accepts no posts in this channel for this long; True if all posting now rests.

        It rests for the longest time that Slack named lately.
        """
        now, rested = self._timer(), not self.may_post
        self._refused[channel] = (now, now + seconds)
        self._refused = {name: told for name, told in self._refused.items() if now - told[0] <= WITHIN}
        if len(self._refused) < CHANNELS:
            return False
        self._posts_until = max(self._posts_until, *(until for _, until in self._refused.values()))
        if not rested:
            self._learn(now)
        return not rested

    def _learn(self, now: float) -> None:
        lately = sum(1 for at in self._posted if at >= now - MINUTE)
        known = self.posts_per_second
        self._learned = min(known, max(SLOWEST, BELOW * lately / MINUTE))
        self._learned_at = now
        self._tokens, self._filled_at = 0.0, self._posts_until
