"""This machine's addresses and free ports, as the kernel knows them."""

from __future__ import annotations

import socket

import pytest

from runners.network import free_port, interface_of


def test_the_loopback_bears_its_address() -> None:
    assert interface_of("127.0.0.1") in {name for _, name in socket.if_nameindex()}
    assert interface_of("127.0.0.1") == "lo"


def test_an_address_of_somebody_else_is_on_no_interface() -> None:
    assert interface_of("203.0.113.9") == ""


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port("127.0.0.1")
    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname()[1] == port


def test_no_port_is_free_at_an_address_that_is_not_ours() -> None:
    with pytest.raises(OSError, match="assign"):
        free_port("203.0.113.9")
