"""The composition root: build every part from the config, start it, stop it. Only the cli imports it."""
