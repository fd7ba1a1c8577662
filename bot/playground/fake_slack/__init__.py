"""An imitated Slack workspace over real HTTP and WebSocket, as strict as the real service."""
