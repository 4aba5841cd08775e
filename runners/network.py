"""The addresses of this machine: the interface that bears one, and a port that is free on it."""

from __future__ import annotations

import fcntl
import socket
import struct
from contextlib import suppress

_SIOCGIFADDR = 0x8915  # netdevice(7)
_REQUEST = "256s"


def interface_of(address: str) -> str:
    """The name of the interface that bears an IPv4 address, "" where none does."""
    for _, name in socket.if_nameindex():
        if _address_of(name) == address:
            return name
    return ""


def free_port(address: str) -> int:
    """A TCP port that nobody listens on at that address of ours now."""
    with socket.create_server((address, 0), family=_family(address)) as server:
        port: int = server.getsockname()[1]
        return port


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _address_of(interface: str) -> str:
    asked = struct.pack(_REQUEST, interface.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket, suppress(OSError):
        return socket.inet_ntoa(fcntl.ioctl(any_socket.fileno(), _SIOCGIFADDR, asked)[20:24])
    return ""
