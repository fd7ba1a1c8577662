"""Domain values in, Slack messages out: the only room that knows Block Kit and its limits."""
