import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowboard.fresh_trades import FRAME_TRADES_MAX
from flowboard.market_info import EventInfo, MarketInfo, Quote
from flowboard.row_book import QUOTE_LATE_MS
from flowboard.stream import HEARTBEAT_MS
from flowboard.subscription import CHANNELS, Subscription
from flowboard.trade_filter import TradeFilter
from tests.aggregator.stories import stories
from tests.stream_stage import EVERYTHING, WALL_MS, Reader, Stage, frames, texts
from tests.trade_batches import START_MS, make_print

subscriptions = st.builds(
    Subscription,
    window=st.sampled_from(["1m", "5m", "1h", "24h"]),
    sort=st.sampled_from(["notional", "volume", "net_flow"]),
    limit=st.sampled_from([1, 2, 3, 50]),
    filter=st.builds(TradeFilter, combos=st.booleans()),
) | st.builds(
    Subscription,
    window=st.sampled_from(["1m", "15m"]),
    sort=st.just("heat"),
    limit=st.sampled_from([2, 50]),
)


@settings(max_examples=120, deadline=None)
@given(stories(), subscriptions, st.integers(0, 7))
def test_a_reader_of_deltas_has_what_a_fresh_snapshot_has(beats, subscription, late_at):
    """Whatever comes late or leaves: after each beat, whenever the reader joined."""
    stage = Stage()
    readers = []
    for number_, (board_ms, prints) in enumerate(beats):
        if number_ in (0, late_at):
            subscriber = stage.join(subscription)
            readers.append((subscriber, Reader(frames(subscriber)[0])))
        stage.beat(prints, board_ms)
        fresh = stage.fresh(subscription)
        for subscriber, reader in readers:
            for delta in frames(subscriber):
                reader.read(delta)

            reader.assert_equals(fresh)
            subscriber.resend()
            (again,) = frames(subscriber)
            assert (again["epoch"], again["offset"]) == (reader.epoch, reader.offset)
            reader.assert_equals(again)


def test_a_whale_comes_back_when_a_larger_one_expires():
    """Print 51 was dropped by the reader; the place that falls free is its again."""
    stage = Stage()
    old = [make_print(n, START_MS + n, count_e2=10**6 + n) for n in range(1, 11)]
    new = [make_print(n, START_MS + 30_000, count_e2=10**5 + n) for n in range(11, 81)]
    stage.beat(old + new[:45], START_MS + 31_000)
    subscription = Subscription(window="1m")
    subscriber = stage.join(subscription)
    reader = Reader(frames(subscriber)[0])
    stage.beat(new[45:], START_MS + 32_000)
    for delta in frames(subscriber):
        reader.read(delta)
    assert {whale["seq"] for whale in reader.whales} >= set(range(1, 11))

    stage.beat([], START_MS + 61_000)
    (delta,) = frames(subscriber)
    reader.read(delta)

    assert len(delta["whales"]) == 10
    assert [whale["seq"] for whale in reader.whales] == list(range(80, 30, -1))
    reader.assert_equals(stage.fresh(subscription))


def test_before_any_trade_the_window_would_end_now():
    """A snapshot of an empty board is whole, its times by the wall clock."""
    stage = Stage()

    (snapshot,) = frames(stage.join())

    assert snapshot["ts_ms"] == WALL_MS
    assert snapshot["window_to_ms"] == WALL_MS // 1_000 * 1_000 + 1_000
    assert snapshot["window_to_ms"] - snapshot["window_from_ms"] == 300_000
    assert snapshot["window_covered_ms"] == snapshot["seq"] == 0
    assert snapshot["hot_markets"] == snapshot["recent_trades"] == []
    assert snapshot["feed"]["state"] == "stale"
    assert snapshot["stats"]["notional_dollars"] == "0.000000"


def test_a_snapshot_says_where_and_when_it_is():
    """Version, epoch, offset, times, mode and every value of the subscription."""
    stage = Stage()
    stage.beat([make_print(1), make_print(2)], START_MS + 10)

    (snapshot,) = frames(stage.join(message_id="mine"))

    assert snapshot["type"] == "snapshot"
    assert (snapshot["v"], snapshot["id"], snapshot["mode"]) == (1, "mine", "demo")
    assert (snapshot["seq"], snapshot["ts_ms"]) == (2, START_MS + 10)
    assert snapshot["subscription"] == EVERYTHING.public()
    assert snapshot["window"] == "5m"
    assert snapshot["window_covered_ms"] == 1_000
    assert re.fullmatch("[A-Za-z0-9]+", snapshot["epoch"])
    assert [trade["seq"] for trade in snapshot["recent_trades"]] == [2, 1]


@pytest.mark.parametrize("channel", CHANNELS)
def test_only_the_channels_asked_for_are_there(channel):
    """In the snapshot and in every delta; stats come in any case."""
    keys = {channel: channel for channel in CHANNELS}
    keys |= {"hot": "hot_markets", "trades": "recent_trades"}
    stage = Stage()
    subscriber = stage.join(Subscription(channels=(channel,)))

    stage.beat([make_print(1, count_e2=10**6)], START_MS)
    snapshot, delta = frames(subscriber)

    assert {*keys.values()} & {*snapshot} == {keys[channel]}
    keys["trades"] = "trades"
    listed = {*keys.values(), "left", "events_left"}
    assert listed & {*delta} == {keys[channel]}
    assert "stats" in snapshot
    assert "stats" in delta


def test_a_row_enters_whole_then_tells_what_changed_then_leaves():
    """Whole, changed fields, only a ticker: never more than a reader needs."""
    stage = Stage()
    subscriber = stage.join(Subscription(limit=1))
    stage.beat([make_print(1, ticker="KXA")], START_MS)
    stage.beat([make_print(2, ticker="KXA", yes=False)], START_MS)
    stage.beat([make_print(3, ticker="KXB", count_e2=10**6)], START_MS)

    snapshot, entered, changed, left = frames(subscriber)

    assert snapshot["hot_markets"] == []
    (row,) = entered["hot_markets"]
    assert {"title", "sparkline", "heat", "notional_dollars"} <= row.keys()
    (row,) = changed["hot_markets"]
    assert row["market_ticker"] == "KXA"
    assert row["trade_count"] == 2
    assert not {"title", "yes_flow_dollars", "first_yes_price_dollars"} & row.keys()
    assert left["left"] == ["KXA"]
    assert [row["market_ticker"] for row in left["hot_markets"]] == ["KXB"]


def test_a_title_reaches_those_who_watch():
    """It is learnt between two beats, and comes with the next."""
    stage = Stage()
    stage.beat([make_print(1, ticker="KXA")], START_MS)
    subscriber = stage.join()
    frames(subscriber)

    title = "Rain in New York?"
    stage.board.markets.learn(MarketInfo(ticker="KXA", title=title))
    stage.beat([], START_MS)
    (delta,) = frames(subscriber)

    assert delta["hot_markets"] == [
        {"market_ticker": "KXA", "title": title, "short_label": "Rain in New York"}
    ]


def test_the_title_of_an_event_reaches_those_who_watch():
    """Its market has it with the next beat, and not again while it is the same."""
    stage = Stage()
    stage.beat([make_print(1, ticker="KXA-1-T")], START_MS)
    subscriber = stage.join()
    (snapshot,) = frames(subscriber)

    stage.board.markets.learn(EventInfo(ticker="KXA-1", title="Rain"))
    stage.beat([], START_MS)
    stage.beat([make_print(2, ticker="KXA-1-T")], START_MS)
    told, same = frames(subscriber)

    assert snapshot["hot_markets"][0]["event_title"] == ""
    assert told["hot_markets"] == [{"market_ticker": "KXA-1-T", "event_title": "Rain"}]
    assert "event_title" not in same["hot_markets"][0]


def test_trades_come_oldest_first_and_without_the_combos():
    """Each stream has all trades of the beat that its `combos` lets pass."""
    stage = Stage()
    singles, everything = stage.join(Subscription()), stage.join()
    prints = [
        make_print(1, START_MS + 5, ticker="KXMVE-A"),
        make_print(2, START_MS + 9),
        make_print(3, START_MS + 2),
        make_print(4, START_MS + 9, yes=False),
        make_print(5, START_MS + 9, price_e4=3_500),
        make_print(6, START_MS + 70_000, counted=False),
    ]

    stage.beat(prints, START_MS + 10)

    assert [t["seq"] for t in frames(singles)[1]["trades"]] == [3, 5, 2, 4, 6]
    assert [t["seq"] for t in frames(everything)[1]["trades"]] == [3, 1, 5, 2, 4, 6]


def test_a_beat_too_large_for_one_frame_comes_in_several():
    """Every trade once, offsets without a hole; the figures come with the last."""
    stage = Stage()
    subscriber = stage.join()
    count = 2 * FRAME_TRADES_MAX + 10
    prints = [make_print(n, START_MS + n % 7) for n in range(1, count + 1)]

    stage.beat(prints, START_MS + 10)
    snapshot, *deltas = frames(subscriber)

    assert [len(delta["trades"]) for delta in deltas] == [
        FRAME_TRADES_MAX,
        FRAME_TRADES_MAX,
        10,
    ]
    assert len({t["seq"] for delta in deltas for t in delta["trades"]}) == count
    assert [delta["seq"] for delta in deltas] == [0, 0, count]
    assert [d["stats"]["trades_total"] for d in deltas] == [0, 0, count]
    reader = Reader(snapshot)
    for delta in deltas:
        reader.read(delta)
    reader.assert_equals(stage.fresh(EVERYTHING))


def test_a_beat_that_changed_nothing_is_not_sent():
    """Only the window's end has moved: no frame, and no hole in the offsets."""
    stage = Stage()
    subscriber = stage.join(Subscription(channels=("trades",), window="24h"))
    stage.beat([make_print(1)], START_MS)
    stage.beat([], START_MS + 61_000)
    snapshot, *_, last = frames(subscriber)

    stage.beat([], START_MS + 62_000)
    stage.beat([], START_MS + 181_000)
    assert frames(subscriber) == []
    stage.beat([make_print(2, START_MS + 181_000)], START_MS + 181_000)

    (delta,) = frames(subscriber)
    assert delta["offset"] == last["offset"] + 1 > snapshot["offset"]


def test_feed_comes_when_it_changed():
    """Its age alone is no change; heartbeats tell that."""
    stage = Stage()
    subscriber = stage.join()
    stage.status.connected(stage.mono_ms)
    stage.status.trade_received(stage.mono_ms)
    stage.beat([make_print(1)], START_MS)
    stage.mono_ms += 100
    stage.beat([make_print(2)], START_MS)
    stage.status.interrupted("gone")
    stage.beat([], START_MS)

    first, second, third = frames(subscriber)[1:]

    assert first["feed"]["state"] == "live"
    assert "feed" not in second
    assert third["feed"]["state"] == "stale"


def test_a_snapshot_tells_of_the_feed_what_deltas_told():
    """A reader that heard of a change too early would not hear that it is over."""
    stage = Stage()
    stage.status.connected(stage.mono_ms)
    subscriber = stage.join()
    stage.beat([make_print(1)], START_MS)
    stage.status.interrupted("gone")
    frames(subscriber)

    subscriber.resend()
    (snapshot,) = frames(subscriber)
    assert snapshot["feed"]["state"] == "live"
    stage.status.connected(stage.mono_ms)
    stage.beat([make_print(2)], START_MS)

    (delta,) = frames(subscriber)
    assert "feed" not in delta


def test_an_offset_never_means_two_states():
    """Who comes back to a stream that moved on meanwhile finds a later offset."""
    stage = Stage()
    offsets = []
    for prints in ([make_print(1)], [], [make_print(2)]):
        stage.beat(prints, START_MS)
        subscriber = stage.join()
        (snapshot,) = frames(subscriber)
        offsets.append(snapshot["offset"])
        stage.hub.leave(subscriber)

    assert offsets == [0, 0, 1]


def test_heartbeats_come_after_five_silent_seconds():
    """The offset is the last delta's: a reader sees that nothing is missing."""
    stage = Stage()
    subscriber = stage.join()
    stage.beat([make_print(1)], START_MS)
    frames(subscriber)

    stage.mono_ms += HEARTBEAT_MS - 1
    stage.hub.tick()
    assert texts(subscriber) == []
    stage.mono_ms += 1
    stage.hub.tick()
    stage.hub.tick()

    (heartbeat,) = frames(subscriber)
    assert heartbeat.keys() == {"type", "offset", "ts_ms", "feed"}
    assert (heartbeat["offset"], heartbeat["ts_ms"]) == (1, START_MS)


def test_a_quote_that_trades_have_left_behind_is_not_shown():
    """Where quotes have ended, a move is measured on trades again."""
    stage = Stage()
    stage.beat([make_print(1, START_MS, ticker="KXA", price_e4=3_600)], START_MS)
    stage.board.quotes.put(0, Quote(START_MS, 3_500, 3_700))
    subscriber = stage.join()
    (snapshot,) = frames(subscriber)
    at_ms = START_MS + QUOTE_LATE_MS

    told = [snapshot["hot_markets"][0]["yes_bid_dollars"]]
    for seq, ts_ms in ((2, at_ms), (3, at_ms + 1)):
        stage.beat([make_print(seq, ts_ms, ticker="KXA", price_e4=4_000)], ts_ms)
        (delta,) = frames(subscriber)
        told.append(delta["hot_markets"][0].get("yes_bid_dollars", "as before"))

    assert told == ["0.3500", "as before", None]


@pytest.mark.parametrize(
    "told",
    [
        {"outcome": "--5 or above"},
        {"outcome": "9" * 40 + " or above"},
        {"strike_type": "greater", "floor_strike": 1e300},
    ],
)
def test_a_market_of_strange_words_stops_no_beat(told):
    """Its row is sent, and so are all others."""
    stage = Stage()
    subscriber = stage.join()
    stage.beat([make_print(1, START_MS, ticker="KXA-1-T")], START_MS + 1)
    stage.board.markets.learn(MarketInfo(ticker="KXA-1-T", **told))

    stage.beat([make_print(2, START_MS + 2, ticker="KXB-1-T")], START_MS + 3)

    changed = frames(subscriber)[-1]["hot_markets"]
    assert {row["market_ticker"] for row in changed} == {"KXA-1-T", "KXB-1-T"}
