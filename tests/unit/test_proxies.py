"""Whose word is believed on where a request comes from."""

from __future__ import annotations

import pytest

from service.access.proxies import Proxies, networks
from service.settings import InvalidSettings, load

OURS = "10.1.0.0/16, 2001:db8::7"


@pytest.mark.parametrize(
    ("way", "client"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["192.0.2.1", "203.0.113.9"], "203.0.113.9"),  # not believed, whatever it says
        (["203.0.113.9", "127.0.0.1"], "203.0.113.9"),
        (["203.0.113.9", "::1"], "203.0.113.9"),
        (["203.0.113.9", ""], "203.0.113.9"),  # by a socket of this machine
        (["192.0.2.1", "203.0.113.9", "10.1.2.3"], "203.0.113.9"),
        (["203.0.113.9", "10.1.2.3", "2001:db8::7", "::ffff:127.0.0.1"], "203.0.113.9"),
        (["203.0.113.9", "10.2.2.3"], "10.2.2.3"),
        (["203.0.113.9", "unknown", "10.1.2.3"], "unknown"),
        (["10.1.2.3", "127.0.0.1"], "10.1.2.3"),
        ([""], ""),
    ],
)
def test_the_last_who_is_not_believed_is_the_client(way: list[str], client: str) -> None:
    assert Proxies(networks(OURS)).origin(way) == client


def test_what_is_no_network_stops_the_start() -> None:
    assert load({"ORGLINE_TRUSTED_PROXIES": OURS}).trusted_proxies == OURS
    for wrong in ("nginx", "10.1.0.1/16", "10.1.0.0/99"):
        with pytest.raises(InvalidSettings, match="ORGLINE_TRUSTED_PROXIES"):
            load({"ORGLINE_TRUSTED_PROXIES": wrong})
