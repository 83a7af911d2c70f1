"""The hash tree over the log: leaves, nodes and the frontier (RFC 9162 §2.1).

The frontier of a tree of n leaves is the list of roots of its perfect subtrees, largest first: one for each bit that
is set in n. It is all that is needed to add leaves and to know the root, at O(log n) hashes a commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf(entry: bytes) -> bytes:
    """The hash of one log entry: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def extend(frontier: bytes, size: int, leaves: Iterable[bytes]) -> bytes:
    """The frontier after `leaves` were added to a tree of `size` leaves; frontiers are concatenated 32-byte hashes."""
    roots = [frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES)]
    if len(roots) != size.bit_count():
        raise ValueError(f"a tree of {size} leaves has {size.bit_count()} frontier hashes, not {len(roots)}")
    for each in leaves:
        merged, carry = each, size
        while carry & 1:
            merged = node(roots.pop(), merged)
            carry >>= 1
        roots.append(merged)
        size += 1
    return b"".join(roots)


def root(frontier: bytes) -> bytes:
    """The root hash of the tree with this frontier."""
    if not frontier:
        return EMPTY_ROOT
    roots = [frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES)]
    result = roots.pop()
    while roots:
        result = node(roots.pop(), result)
    return result
