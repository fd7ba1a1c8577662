"""`python -m bot` is `dlf-bot`."""

from bot.cli import main

main()
