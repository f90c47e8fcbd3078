"""A client that was cut off and comes back: as if it had never been away."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowboard.hub import IDLE_MS
from flowboard.subscription import Subscription
from flowboard.trade_filter import TradeFilter
from tests.stream_stage import Reader, Stage, frames
from tests.trade_batches import START_MS, make_print

SUBSCRIPTIONS = (
    Subscription(window="1m", limit=3),
    Subscription(sort="volume", filter=TradeFilter(combos=True, min_notional_e6=2)),
)


def beats(count):
    """Return prints, beat by beat: rows enter, change and leave, prints come late."""
    seq = 0
    for beat in range(count):
        prints = []
        for place in range(beat % 4):
            seq += 1
            ticker = ("KXMVE-A", "KXB-1", "KXC-1", "KXD-1", "KXE-1")[seq % 5]
            ts_ms = START_MS + beat * 1_700 - 900 * (seq % 3)
            changes = {"ticker": ticker, "price_e4": 1_000 + 37 * seq % 8_000}
            changes |= {"yes": seq % 2 == 0, "count_e2": 10 ** (place + 2)}
            prints.append(make_print(seq, ts_ms, **changes))
        yield prints, START_MS + beat * 1_700


def caught_up(client):
    """Send a client all that it missed; return that."""
    while (frame := client.next_missed()) is not None:
        client.outlet.send_frame(frame)
    return frames(client)


@pytest.mark.parametrize("subscription", SUBSCRIPTIONS, ids=["rows", "filtered"])
@pytest.mark.parametrize("company", [True, False], ids=["in company", "alone"])
@pytest.mark.parametrize("every", range(1, 51))
def test_cut_after_every_kth_frame(subscription, company, every):
    """The resumed one has at the end what the one has that was never cut."""
    stage = Stage()
    if company:
        stage.join(subscription)
    steady = stage.join(subscription) if company else None
    cut = stage.join(subscription)
    reader = Reader(frames(cut)[0])
    read = 0
    for prints, board_ms in beats(60):
        stage.beat(prints, board_ms)
        for delta in frames(cut):
            if read and read % every == 0:
                stage.hub.leave(cut)  # This frame and all later ones are lost.
                cut = None
                break
            reader.read(delta)
            read += 1
        if cut is None or (read and read % every == 0):
            if cut is not None:
                stage.hub.leave(cut)
            token = {"epoch": reader.epoch, "offset": reader.offset}
            cut = stage.join(subscription, **token)
            resumed, *missed = caught_up(cut)
            assert resumed == {"type": "resumed", **token, "recovered": True}
            for delta in missed:
                reader.read(delta)
            read += 1

    reader.assert_equals(stage.fresh(subscription))
    if steady is not None:
        whole = frames(steady)
        steady_reader = Reader(whole[0])
        for delta in whole[1:]:
            steady_reader.read(delta)
        assert steady_reader.offset == reader.offset
        assert steady_reader.rows == reader.rows
        assert steady_reader.trades == reader.trades


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_whoever_is_away_gets_every_trade_once(steps):
    """Alone or not, for however many beats: all trades, in the order of the beats."""
    stage = Stage()
    client = stage.join()
    reader = Reader(frames(client)[0])
    seq, seen = 0, []
    for count, away in steps:
        if away and client is not None:
            stage.hub.leave(client)
            client = None
        elif not away and client is None:
            client = stage.join(epoch=reader.epoch, offset=reader.offset)
        made = [make_print(seq + n + 1, START_MS + seq) for n in range(count)]
        seq += count
        stage.beat(made, START_MS + seq)
        if client is not None:
            for delta in caught_up(client):
                if delta["type"] == "delta":
                    reader.read(delta)
                    seen += [trade["seq"] for trade in delta.get("trades", [])]
    if client is None:
        client = stage.join(epoch=reader.epoch, offset=reader.offset)
        for delta in caught_up(client)[1:]:
            seen += [trade["seq"] for trade in delta.get("trades", [])]

    assert seen == list(range(1, seq + 1))


def test_who_was_away_for_too_long_begins_again():
    """After five minutes the stream is forgotten, and its deltas with it."""
    stage = Stage()
    client = stage.join()
    (first,) = frames(client)
    stage.hub.leave(client)
    stage.mono_ms += IDLE_MS
    stage.hub.tick()

    (snapshot,) = frames(stage.join(epoch=first["epoch"], offset=0))

    assert snapshot["recovered"] is False
    assert snapshot["epoch"] != first["epoch"]


def test_a_stream_that_slept_through_too_many_trades_begins_again():
    """The memory does not reach back: a new epoch, never a hole."""
    stage = Stage()
    stage.board.tape._kept = 10
    client = stage.join()
    (first,) = frames(client)
    stage.hub.leave(client)
    for beat in range(5):
        prints = [make_print(beat * 10 + n, START_MS) for n in range(1, 11)]
        stage.beat(prints, START_MS)

    back = stage.join(epoch=first["epoch"], offset=0)

    (snapshot,) = frames(back)
    assert snapshot["recovered"] is False
    assert (snapshot["seq"], snapshot["offset"]) == (50, 0)
    assert snapshot["epoch"] != first["epoch"]


def test_who_missed_nothing_in_a_long_silence_has_recovered():
    """The deltas are forgotten after five minutes, and none of them is needed."""
    stage = Stage()
    watching, client = stage.join(), stage.join()
    stage.beat([make_print(1)], START_MS)
    _, delta = frames(client)
    epoch = frames(watching)[0]["epoch"]
    stage.hub.leave(client)
    stage.mono_ms += IDLE_MS + 1
    stage.hub.tick()
    offset = delta["offset"] + len(frames(watching)) - 1

    back = stage.join(epoch=epoch, offset=offset)

    (resumed,) = caught_up(back)
    assert (resumed["type"], resumed["recovered"]) == ("resumed", True)
