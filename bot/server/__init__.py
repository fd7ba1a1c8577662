"""The HTTP port: health, readiness, metrics, and Slack's requests in HTTP mode."""
