"""The hash tree against RFC 9162 §2.1 as it is written there, and against known values."""

from __future__ import annotations

from hashlib import sha256

import pytest

from events import merkle

# Leaves and roots of the test vectors that implementations of Certificate Transparency share.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def plain_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + plain_root(leaves[:k]) + plain_root(leaves[k:])).digest()


def test_known_trees() -> None:
    leaves = [merkle.leaf(entry) for entry in ENTRIES]
    for size, root in enumerate(ROOTS):
        assert merkle.root(merkle.extend(b"", 0, leaves[:size])).hex() == root


def test_a_leaf_is_no_node() -> None:
    one, other = merkle.leaf(b"one"), merkle.leaf(b"other")
    assert merkle.leaf(one + other) != merkle.node(one, other)
    assert merkle.node(one, other) != merkle.node(other, one)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 31, 64, 100])
@pytest.mark.parametrize("more", [0, 1, 2, 5, 33])
def test_a_tree_that_grows_is_the_tree_of_all_its_leaves(size: int, more: int) -> None:
    leaves = [merkle.leaf(b"%d" % n) for n in range(size + more)]
    frontier = merkle.extend(b"", 0, leaves[:size])
    assert len(frontier) == 32 * size.bit_count()
    assert merkle.root(merkle.extend(frontier, size, leaves[size:])) == plain_root(leaves)


def test_a_frontier_that_does_not_fit_the_size_is_refused() -> None:
    frontier = merkle.extend(b"", 0, [merkle.leaf(b"1"), merkle.leaf(b"2")])
    with pytest.raises(ValueError, match="3 leaves"):
        merkle.extend(frontier, 3, [])
