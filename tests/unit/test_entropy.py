"""Random bytes drawn at once: each is given out once, in order, also to many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count

from service.entropy import AT_ONCE, Entropy


def test_every_byte_is_given_once() -> None:
    numbers = count()

    def draw(size: int) -> bytes:
        assert size == AT_ONCE
        return b"".join(next(numbers).to_bytes(8) for _ in range(size // 8))

    entropy = Entropy(draw)
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(entropy, [16] * 5_000))
    assert all(len(each) == 16 for each in given)
    assert len(set(given)) == 5_000
