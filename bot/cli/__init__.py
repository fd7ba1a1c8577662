"""The commands of `dlf-bot` in a terminal."""
