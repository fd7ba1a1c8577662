"""Small programs that do only the core of what the bot does: the least it can cost."""
