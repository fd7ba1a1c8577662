"""A Slack workspace, imitated over real HTTP and WebSocket, as strict as the real one."""
