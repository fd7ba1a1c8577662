"""The Slack edge: listeners, sender and transport."""
