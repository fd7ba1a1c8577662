"""The only SQL of the project: what was read, what is true, what Slack was told, and who works on what."""
