"""The paths of the bot's own pages, and the query for those who route requests."""

HEALTHZ, READYZ, METRICS = "/healthz", "/readyz", "/metrics"
# With this query, a failure of DLF, which hits every process, takes no process out of service.
FOR_TRAFFIC = "for=traffic"
