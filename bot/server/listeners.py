"""The sockets to listen on: a socket for every address of a host."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Sequence

from bot.errors import BotError

BACKLOG = 128
EVERYWHERE = ((socket.AF_INET6, "::"), (socket.AF_INET, "0.0.0.0"))  # noqa: S104 - what `::` asks for
# The machine does not have this address, or no address of this family.
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


async def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on every address of `host`, on the same port; `::` means IPv4, too. Raises BotError."""
    try:
        if not _is_everywhere(host):
            return _open_all(await _addresses(host), port)
        if socket.has_dualstack_ipv6():
            return [_open(socket.AF_INET6, ("::", port), both=True)]
        return _open_all(EVERYWHERE, port)
    except OSError as error:
        shown = f"[{host}]" if ":" in host else host
        wrong_host = isinstance(error, socket.gaierror) or error.errno in _NOT_HERE
        remedy = "Choose another one: http.port in the config."
        if wrong_host:
            remedy = 'Correct http.host: 0.0.0.0 means every IPv4 address, "::" every address.'
        raise BotError(
            f"Cannot listen on {shown}:{port} ({error.strerror or error}).", remedy=remedy
        ) from error


def _is_everywhere(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.version == 6 and address.is_unspecified


async def _addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    found = await asyncio.get_running_loop().getaddrinfo(
        host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _open_all(addresses: Sequence[tuple[socket.AddressFamily, str]], port: int) -> list[socket.socket]:
    """Open the addresses that this machine has. Raises OSError if it has none of them."""
    opened: list[socket.socket] = []
    lacking: OSError | None = None
    for family, address in addresses:
        try:
            opened.append(_open(family, (address, opened[0].getsockname()[1] if opened else port)))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                for one in opened:
                    one.close()
                raise
            lacking = error
    if not opened:
        raise lacking or OSError(errno.EADDRNOTAVAIL, "The host has no address")
    return opened


def _open(family: socket.AddressFamily, address: tuple[str, int], *, both: bool = False) -> socket.socket:
    return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=both)
