import numpy as np

from flowboard.aggregator.blocks import PARTS_MAX, Block, Blocks
from flowboard.aggregator.cells import cells_of, grouped, joined
from flowboard.markets import Markets
from tests.trade_batches import START_MS, batch_of, make_print

BUCKET = START_MS // 1_000


def cells(*prints, markets=None):
    markets = Markets() if markets is None else markets
    return cells_of(batch_of(prints, markets), 1_000)


def test_a_cell_takes_52_bytes():
    """What the memory of a day is counted by."""
    blocks = Blocks(1_000)
    blocks.add(cells(*(make_print(n, ticker=f"KX{n}") for n in range(100))))
    block = blocks[BUCKET]
    columns = block.market, block.sums, block.first_key, block.last_key

    assert sum(column.nbytes for column in columns) == 100 * 52
    assert all(column.base is None for column in columns)


def test_many_small_additions_are_one_block():
    """Cells added one by one make the block that one addition makes."""
    markets = Markets()
    prints = [
        make_print(n, START_MS + n % 1_000, ticker=f"KX{n % 7}") for n in range(500)
    ]
    small, large = Blocks(1_000), Blocks(1_000)
    for p in prints:
        small.add(cells(p, markets=markets))
    large.add(cells(*prints, markets=markets))

    for one, other in zip(small[BUCKET].cells(), large[BUCKET].cells(), strict=True):
        assert np.array_equal(one, other)


def test_unread_additions_stay_few():
    """A block that nobody reads merges its parts all the same."""
    block = Block(BUCKET, 1_000)
    for n in range(200):
        block.add(cells(make_print(n)))

        assert len(block._parts) <= PARTS_MAX


def test_a_bucket_that_is_over_is_merged():
    """When a newer bucket begins, the one before takes its final form."""
    blocks = Blocks(1_000)
    blocks.add(cells(make_print(1)))
    blocks.add(cells(make_print(2)))
    blocks.add(cells(make_print(3, START_MS + 1_000)))

    assert blocks._blocks[BUCKET]._parts == []
    assert blocks._blocks[BUCKET].sums[0, 0] == 2


def test_old_blocks_are_forgotten():
    """Dropping is by bucket, whatever order they appeared in."""
    blocks = Blocks(1_000)
    for second in (3, 1, 2, 5):
        blocks.add(cells(make_print(second, START_MS + second * 1_000)))
    blocks.drop_before(BUCKET + 3)

    assert blocks.buckets() == [BUCKET + 3, BUCKET + 5]
    assert len(blocks) == 2


def test_grouping_groups_is_grouping_all():
    """Cells of cells are the cells of all trades."""
    markets = Markets()
    prints = [
        make_print(n, START_MS + 300 * n, ticker=f"KX{n % 5}", yes=n % 3 == 0)
        for n in range(60)
    ]
    parts = [cells(*prints[n::4], markets=markets) for n in range(4)]
    whole = cells(*prints, markets=markets)

    for one, other in zip(grouped(joined(parts)), whole, strict=True):
        assert np.array_equal(one, other)
