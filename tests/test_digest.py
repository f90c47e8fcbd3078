"""The digest of a set of ids: of no order, and the sum of its parts'."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from flowboard.digest import EMPTY, added, digest_of

IDS = st.lists(st.binary(min_size=16, max_size=16), unique=True, max_size=30)


def test_as_another_program_would_compute_it() -> None:
    """The rule of the documentation, written down once more."""
    ids = [n.to_bytes(16, "big") for n in range(1_000)]
    total = sum(int(sha256(trade_id).hexdigest()[:32], 16) for trade_id in ids)

    assert digest_of(ids).hex() == f"{total % 2**128:032x}"


def test_of_nothing() -> None:
    assert digest_of([]) == added([]) == EMPTY
    assert EMPTY.hex() == "0" * 32


@given(st.data(), IDS)
def test_the_order_does_not_matter(data: st.DataObject, ids: list[bytes]) -> None:
    shuffled = data.draw(st.permutations(ids))

    assert digest_of(shuffled) == digest_of(ids)


@given(IDS, st.integers(0, 30))
def test_a_whole_is_the_sum_of_its_parts(ids: list[bytes], cut: int) -> None:
    """An hour's digest needs no ids, only those of its spans."""
    parts = [digest_of(ids[:cut]), digest_of(ids[cut:])]

    assert added(parts) == digest_of(ids)


@given(IDS, st.binary(min_size=16, max_size=16), st.integers(0, 127))
def test_one_trade_more_or_another_one_shows(
    ids: list[bytes], other: bytes, bit: int
) -> None:
    ids = [trade_id for trade_id in ids if trade_id != other]
    changed = (int.from_bytes(other, "big") ^ 1 << bit).to_bytes(16, "big")

    digests = {digest_of(more) for more in (ids, [*ids, other], [*ids, changed])}

    assert len(digests) == 3
