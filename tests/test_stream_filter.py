"""A filtered stream is the whole one, filtered by the reader."""

from hypothesis import given, settings
from hypothesis import strategies as st

from flowboard.subscription import Subscription
from flowboard.trade_filter import TradeFilter
from tests.stream_stage import EVERYTHING, Reader, Stage, frames, number
from tests.trade_batches import START_MS, make_print

TICKERS = ("KXA-1", "KXA-2", "KXB-1", "KXBB-1", "KXMVE-A-1", "KXC")

filters = st.builds(
    TradeFilter,
    combos=st.booleans(),
    tickers=st.none() | st.sampled_from([("KXA-1",), ("KXB-1", "KXMVE-A-1", "KXNEW")]),
    series=st.none() | st.sampled_from([("KXA",), ("KXB", "KXMVE"), ("KXNONE",)]),
    min_notional_e6=st.sampled_from([0, 1, 500_000, 2_000_000]),
    side=st.sampled_from([None, "yes", "no"]),
)
prints_of_a_beat = st.lists(
    st.tuples(
        st.sampled_from(TICKERS),
        st.booleans(),
        st.sampled_from([100, 3_600, 9_900]),
        st.sampled_from([1, 100, 1_000]),
        st.integers(-3_000, 0),
    ),
    max_size=5,
)


def passes_market(row, wanted):
    """A dozen lines that know nothing of the product but docs/stream.md."""
    ticker = row["market_ticker"]
    return (
        (wanted.combos or not ticker.startswith("KXMVE"))
        and (wanted.tickers is None or ticker in wanted.tickers)
        and (wanted.series is None or ticker.split("-")[0] in wanted.series)
    )


def passes(trade, wanted):
    return (
        passes_market(trade, wanted)
        and number(trade, "notional_dollars") >= wanted.min_notional_e6
        and wanted.side in (None, trade["taker_outcome_side"])
        and not (wanted.live_only and "late" in trade)
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(prints_of_a_beat, max_size=8),
    filters,
    st.sampled_from(["notional", "volume", "net_flow"]),
    st.sampled_from([1, 3, 50]),
)
def test_a_filtered_stream_equals_the_whole_one_filtered(beats, wanted, sort, limit):
    """Rows, trades and whales, at every beat, for one who joins in the middle."""
    stage = Stage()
    everybody = stage.join(Subscription(sort=sort, limit=500, filter=EVERYTHING.filter))
    whole = Reader(frames(everybody)[0])
    client = reader = None
    seq = 0
    for beat, made in enumerate(beats):
        if beat == 1:
            client = stage.join(Subscription(sort=sort, limit=limit, filter=wanted))
            reader = Reader(frames(client)[0])
        prints = []
        for ticker, yes, price_e4, count_e2, ago_ms in made:
            seq += 1
            ts_ms = START_MS + beat * 1_000 + ago_ms
            changes = {"yes": yes, "price_e4": price_e4, "count_e2": count_e2}
            prints.append(make_print(seq, ts_ms, ticker=ticker, **changes))
        stage.beat(prints, START_MS + beat * 1_000)
        for delta in frames(everybody):
            whole.read(delta)
        if client is None:
            continue
        for delta in frames(client):
            assert all(passes(trade, wanted) for trade in delta.get("trades", []))
            reader.read(delta)

        rows = [row for row in whole.hot_markets() if passes_market(row, wanted)]
        assert reader.hot_markets() == rows[:limit]
        assert reader.trades == [t for t in whole.trades if passes(t, wanted)]
        assert reader.whales == [w for w in whole.whales if passes(w, wanted)]
        assert reader.stats == whole.stats


def test_whales_of_a_filter_are_its_own():
    """Larger prints elsewhere take no place from them, and they go when they expire."""
    stage = Stage()
    wanted = Subscription(window="1m", filter=TradeFilter(series=("KXA",)))
    client = stage.join(wanted)
    reader = Reader(frames(client)[0])
    small = make_print(1, ticker="KXA-1", count_e2=1_000)
    large = [make_print(n, ticker="KXB-1", count_e2=10**6) for n in range(2, 600)]
    stage.beat([small, *large], START_MS)
    stage.beat([make_print(600, START_MS + 500)], START_MS + 500)
    for delta in frames(client):
        reader.read(delta)
    assert [whale["seq"] for whale in reader.whales] == [1]

    client.resend()
    assert [w["seq"] for w in frames(client)[0]["whales"]] == [1]
    stage.beat([], START_MS + 61_000)
    for delta in frames(client):
        reader.read(delta)

    assert reader.whales == []


def test_a_tape_filled_in_behind_has_no_hole():
    """The last stored are the oldest then: a list of theirs would jump back in time."""
    stage = Stage()
    live = [
        make_print(n, START_MS + n, ticker=f"KX{'R' if n % 10 else 'C'}-1")
        for n in range(1, 2_001)
    ]
    filled = [
        make_print(n, START_MS - n, ticker=f"KX{'R' if n % 10 else 'C'}-1")
        for n in range(2_001, 9_001)
    ]
    stage.fold(live, START_MS + 2_000)
    stage.fold(filled, START_MS + 2_000, source="backfill")
    rare = Subscription(filter=TradeFilter(tickers=("KXC-1",)))

    (snapshot,) = frames(stage.join(rare))

    passing = sorted(
        (p for p in live + filled if p.ticker == "KXC-1"), key=lambda p: -p.ts_ms
    )
    told = [trade["seq"] for trade in snapshot["recent_trades"]]
    assert len(told) >= 100
    assert told == [p.seq for p in passing][: len(told)]


def test_a_joiner_sees_what_of_its_filter_is_in_memory():
    """More than the newest 200 of all markets are looked through."""
    stage = Stage()
    rare = [make_print(n, START_MS + n, ticker="KXR-1") for n in range(1, 6)]
    common = [make_print(n, START_MS + n, ticker="KXC-1") for n in range(6, 1_500)]
    stage.beat(rare + common, START_MS + 1_500)

    client = stage.join(Subscription(filter=TradeFilter(tickers=("KXR-1",))))

    (snapshot,) = frames(client)
    assert [t["seq"] for t in snapshot["recent_trades"]] == [5, 4, 3, 2, 1]
    assert [r["market_ticker"] for r in snapshot["hot_markets"]] == ["KXR-1"]
    assert snapshot["subscription"]["tickers"] == ["KXR-1"]
