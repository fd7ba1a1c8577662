"""The users and channels of the workspace at the start."""

from bot.playground.fake_slack.objects import Channel, User


def users() -> list[User]:
    return [
        User("U0ADA", "ada", "Ada Tan", is_admin=True),
        User("U0BEN", "ben", "Ben Ong"),
        User("U0DLFBOT", "dlf-bot", "DLF bot", is_bot=True),
    ]


def channels() -> list[Channel]:
    """The bot is a member of data-ops and finance, not of random."""
    everyone, guests = {"U0ADA", "U0BEN", "U0DLFBOT"}, {"U0ADA", "U0BEN"}
    return [
        Channel("C0DATAOPS", "data-ops", set(everyone)),
        Channel("C0FINANCE", "finance", set(everyone)),
        Channel("C0RANDOM", "random", set(guests)),
    ]
