"""An imitated DLF and an imitated Slack over real HTTP and WebSocket; nothing here imports the bot."""
