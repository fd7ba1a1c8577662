"""Tells systemd the bot's state (sd_notify) if systemd started it with `Type=notify`."""

import os
import socket
from contextlib import suppress


def notify_service_manager(state: str) -> None:
    """Send `state` (`READY=1`, `STOPPING=1`) to the socket in NOTIFY_SOCKET, if set."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.sendto(state.encode(), address)
