"""Where a request comes from, also where proxies passed it on.

Each proxy adds to X-Forwarded-For the address that asked it, or writes it in place of what the client sent. So the
header is read from its end, as long as those who wrote it are believed: this machine, and ORGLINE_TRUSTED_PROXIES.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # the settings, which every command reads, check networks by this module
    from litestar import Request

Network = IPv4Network | IPv6Network

HEADER: Final = "x-forwarded-for"
ADDRESS_LENGTH_MAX: Final = 64
"""Of what a header calls an address; what is longer is none."""


def networks(text: str) -> tuple[Network, ...]:
    """The networks that a text lists, separated by commas; an address is a network of one. Raises ValueError."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


class Proxies:
    """Those who are believed when they say whom a request comes from, besides this machine itself."""

    def __init__(self, trusted: Iterable[Network]) -> None:
        self._trusted = tuple(trusted)

    def client_of(self, request: Request[Any, Any, Any]) -> str:
        """The address of the client; empty where it is on this machine and nobody says more."""
        client = request.scope.get("client")
        peer = client[0] if client and _address(client[0]) else ""  # a socket of this machine has no address
        told = [each.strip() for header in request.headers.getall(HEADER, ()) for each in header.split(",")]
        return self.origin([*(each[:ADDRESS_LENGTH_MAX] for each in told if each), peer])

    def origin(self, way: Sequence[str]) -> str:
        """Of the addresses on a request's way, the client's first: the last that is not believed, else the first."""
        return next((each for each in reversed(way) if not self._believes(each)), way[0])

    def _believes(self, peer: str) -> bool:
        address = _address(peer)
        if address is None:
            return not peer
        return address.is_loopback or any(address in network for network in self._trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address; that of IPv4 also where a socket for both versions writes it as IPv6; None where it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
