"""Ids of trades -> 16 bytes that tell two sets of them apart, whatever their order.

It is a sum, modulo 2^128, of the first 16 bytes of the SHA-256 of each id, so that the
digest of an hour is the sum of those of its parts. Boards that hold the same trades
have the same digest; whoever chooses ids on purpose may find two sets that share one.
"""

from collections.abc import Iterable
from hashlib import sha256

DIGEST_BYTES = 16
MODULUS = 1 << 8 * DIGEST_BYTES
EMPTY = bytes(DIGEST_BYTES)


def digest_of(trade_ids: Iterable[bytes]) -> bytes:
    """Return the digest of a set of trade ids, of 16 bytes each."""
    total = 0
    for trade_id in trade_ids:
        total += int.from_bytes(sha256(trade_id).digest()[:DIGEST_BYTES], "big")
    return _bytes(total)


def added(digests: Iterable[bytes]) -> bytes:
    """Return the digest of all trades of sets that have none in common."""
    return _bytes(sum(int.from_bytes(digest, "big") for digest in digests))


def _bytes(total: int) -> bytes:
    return (total % MODULUS).to_bytes(DIGEST_BYTES, "big")
