"""`python -m bot` is `dlf-bot`."""

from bot.cli.main import main

main()
