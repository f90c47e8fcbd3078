"""What the golden sessions do not show of the board: its ends, and the product's own."""

import json

import pytest

from flowboard.client.board import WHALES_KEPT, Board
from flowboard.stream_frames import read_frame
from flowboard.subscription import Subscription
from tests.client.golden import session
from tests.stream_stage import Stage, texts
from tests.trade_batches import START_MS, make_print

STEPS = session("snapshot_and_deltas")["steps"]
SNAPSHOT, DELTA = STEPS[1]["frame"], STEPS[2]["frame"]


def frame(fields):
    found = read_frame(json.dumps(fields))
    assert found is not None
    return found


def trades(seqs):
    (sample,) = DELTA["trades"]
    return [
        sample | {"seq": s, "ts_ms": s, "notional_dollars": f"{s}.000000"} for s in seqs
    ]


@pytest.mark.parametrize("kept", [1, 200, 300])
def test_as_many_trades_as_are_wanted(kept):
    """The newest; more than the snapshot has gather as they come."""
    board = Board(trades_kept=kept)
    board.apply(frame(SNAPSHOT | {"recent_trades": trades(range(200, 0, -1))}))
    board.apply(frame(DELTA | {"trades": trades(range(201, 260))}))

    assert [t.seq for t in board.trades] == list(range(259, 0, -1))[:kept]


def test_fifty_whales_are_kept():
    """The largest, as the server has them."""
    board = Board()
    board.apply(frame(SNAPSHOT))
    whales = trades(range(1, 71))
    board.apply(frame(DELTA | {"whales": whales, "window_from_ms": 0}))

    assert [t.seq for t in board.whales] == list(range(70, 70 - WHALES_KEPT, -1))


def test_nothing_is_shown_before_a_snapshot():
    """Empty, and it says that only a snapshot helps."""
    board = Board()

    assert board.apply(frame(DELTA)) == "snapshot"
    assert (board.epoch, board.seq, board.stats, board.hot_markets()) == (
        None,
        None,
        None,
        [],
    )


@pytest.mark.parametrize("sort", ["notional", "volume", "net_flow", "heat"])
def test_after_each_delta_it_equals_a_fresh_snapshot(sort):
    """Of the product's own stream, for each sort."""
    stage = Stage()
    subscription = Subscription(sort=sort, limit=3)
    stage.beat([make_print(1, ticker="KXA-1")], START_MS)
    client, board = stage.join(subscription), Board()
    for beat in range(40):
        seqs = range(2 + 3 * beat, 5 + 3 * beat)
        prints = [
            make_print(
                seq,
                ts_ms=START_MS + seq * 300,
                ticker=f"KXA-{seq * seq % 7}",
                count_e2=seq * 7_919 % 90_000 + 1,
                yes=seq % 3 > 0,
            )
            for seq in seqs
        ]
        stage.beat(prints, prints[-1].ts_ms)
        for text in texts(client):
            assert board.apply(read_frame(text)) == "take"
        fresh = Board()
        fresh.apply(read_frame(texts(stage.join(subscription))[0]))

        assert board.hot_markets() == fresh.hot_markets()
        assert board.trades == fresh.trades
        assert board.whales == fresh.whales
        assert (board.stats, board.feed) == (fresh.stats, fresh.feed)
        assert (board.sort, board.window_to_ms) == (sort, fresh.window_to_ms)
