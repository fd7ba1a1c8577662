"""The outside world, imitated over real HTTP and WebSocket; imports nothing of the bot."""
