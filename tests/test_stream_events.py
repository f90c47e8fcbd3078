"""The channel `events` of a stream: the ranked events, and each change of them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowboard.events import flow_of
from flowboard.market_info import EventInfo, MarketInfo, Quote
from flowboard.stream_state import EVENTS_MAX
from flowboard.subscription import Subscription
from flowboard.trade_filter import TradeFilter
from tests.stream_stage import Reader, Stage, frames
from tests.trade_batches import START_MS, make_print

ONLY_EVENTS = Subscription(channels=("events",))

subscriptions = st.builds(
    Subscription,
    channels=st.just(("hot", "events")),
    window=st.sampled_from(["1m", "5m", "1h"]),
    sort=st.sampled_from(["notional", "volume", "net_flow"]),
    limit=st.sampled_from([1, 2, 50]),
    filter=st.builds(
        TradeFilter,
        combos=st.booleans(),
        series=st.sampled_from([None, ("KXA", "KXMVEB")]),
        category=st.sampled_from([None, None, ("Sports",)]),
    ),
)
markets = st.sampled_from(
    [f"{event}-26-{n}" for event in ("KXA", "KXB", "KXMVEB", "KXC") for n in range(3)]
)
prints = st.tuples(
    st.just("print"),
    markets,
    st.integers(1, 9_999),
    st.integers(1, 10_000),
    st.booleans(),
)
steps = st.lists(
    st.one_of(
        prints,
        prints,
        st.tuples(
            st.just("quote"), markets, st.integers(1, 9_000), st.integers(1, 999)
        ),
        st.tuples(st.just("event"), markets, st.booleans()),
        st.tuples(st.just("strike"), markets, st.integers(1, 4)),
        st.tuples(st.just("over"), markets, st.sampled_from(["active", "closed"])),
        st.tuples(st.just("pass"), st.integers(1, 70_000)),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, min_size=1, max_size=5), subscriptions, st.integers(0, 3))
def test_a_reader_of_deltas_has_what_a_fresh_snapshot_has(beats, subscription, late_at):
    """Whatever is traded, quoted, told, closed or gone by: after each beat, whenever the
    reader joined, and by the hub that has told it all as by a new one."""
    stage, readers = Stage(), []
    now_ms = START_MS
    for number, beat in enumerate(beats):
        if number in (0, late_at):
            subscriber = stage.join(subscription)
            readers.append((subscriber, Reader(frames(subscriber)[0])))
        made = []
        for step in beat:
            now_ms += play(stage, step, made, now_ms)
        stage.beat(made, now_ms)
        fresh = stage.fresh(subscription)
        for subscriber, reader in readers:
            for delta in frames(subscriber):
                reader.read(delta)

            reader.assert_equals(fresh)


def play(stage, step, made, now_ms):
    """Let something happen; return how much time it takes."""
    kind, *values = step
    if kind == "pass":
        return values[0]
    ticker, *values = values
    known = stage.board.markets
    event = ticker[: ticker.rindex("-")]
    if kind == "print":
        price_e4, count_e2, yes = values
        seq = stage.board.seq + len(made) + 1
        traded = {"price_e4": price_e4, "count_e2": count_e2, "yes": yes}
        made.append(make_print(seq, now_ms, ticker=ticker, **traded))
    elif kind == "quote":
        bid_e4, spread_e4 = values
        quoted = Quote(now_ms, bid_e4, bid_e4 + spread_e4)
        stage.board.quotes.put(known.id_of(ticker), quoted)
    elif kind == "event":
        told = {"category": "Sports", "mutually_exclusive": values[0]}
        known.learn(EventInfo(ticker=event, series_ticker=event[:-3], **told))
    elif kind == "strike":
        strike = {"strike_type": "greater", "floor_strike": float(values[0])}
        known.learn(MarketInfo(ticker=ticker, event_ticker=event, **strike))
    else:
        known.learn(MarketInfo(ticker=ticker, event_ticker=event, status=values[0]))
    return 0


def test_an_event_enters_changes_and_leaves():
    """Whole each time; of one that leaves only its ticker."""
    stage = Stage()
    subscriber = stage.join(Subscription(channels=("events",), limit=1))
    stage.beat([make_print(1, ticker="KXA-26-X")], START_MS)
    stage.beat([make_print(2, ticker="KXA-26-Y")], START_MS)
    stage.beat([make_print(3, ticker="KXB-26-X", count_e2=10**6)], START_MS)

    snapshot, entered, changed, left = frames(subscriber)

    assert snapshot["events"] == []
    (event,) = entered["events"]
    assert (event["event_ticker"], event["market_count"]) == ("KXA-26", 1)
    (event,) = changed["events"]
    assert (event["market_count"], event["trade_count"]) == (2, 2)
    assert [event["event_ticker"] for event in left["events"]] == ["KXB-26"]
    assert left["events_left"] == ["KXA-26"]


def test_an_event_that_stays_as_it_is_is_not_told_again():
    """Another one's trade says nothing of it."""
    stage = Stage()
    stage.beat([make_print(1, ticker="KXA-26-X")], START_MS)
    subscriber = stage.join(ONLY_EVENTS)
    stage.beat([make_print(2, ticker="KXB-26-X")], START_MS)

    _, delta = frames(subscriber)

    assert [event["event_ticker"] for event in delta["events"]] == ["KXB-26"]
    assert "events_left" not in delta


def test_quotes_alone_change_an_event():
    """The median of a ladder moves with them, without any trade."""
    stage = Stage()
    known = stage.board.markets
    for strike in (1, 2):
        ticker = f"KXA-26-T{strike}"
        info = {"strike_type": "greater", "floor_strike": float(strike)}
        known.learn(MarketInfo(ticker=ticker, event_ticker="KXA-26", **info))
    stage.beat([make_print(1, ticker="KXA-26-T1", price_e4=8_000)], START_MS)
    subscriber = stage.join(ONLY_EVENTS)
    quote = Quote(START_MS, 1_900, 2_100)
    stage.board.quotes.put(known.id_of("KXA-26-T2"), quote)
    stage.beat([], START_MS)

    snapshot, delta = frames(subscriber)

    assert snapshot["events"][0]["median"] is None
    assert delta["events"][0]["median"] == 1.5


def test_news_alone_change_an_event():
    """Two markets become two legs: told as soon as the exchange has told it."""
    stage = Stage()
    legs = [make_print(n, ticker=f"KXA-26-{name}") for n, name in ((1, "X"), (2, "Y"))]
    stage.beat(legs, START_MS)
    subscriber = stage.join(ONLY_EVENTS)
    stage.board.markets.learn(EventInfo(ticker="KXA-26", mutually_exclusive=True))
    stage.beat([], START_MS)

    snapshot, delta = frames(subscriber)

    assert snapshot["events"][0]["net_flow_fp"] is None
    assert delta["events"][0]["net_flow_fp"] == "0.00"


def test_time_alone_changes_an_event():
    """What slides out of the window is not in its figures any more."""
    stage = Stage()
    made = [make_print(n, START_MS + n * 10_000, ticker="KXA-26-X") for n in (1, 2)]
    stage.beat(made, START_MS + 20_000)
    subscriber = stage.join(Subscription(channels=("events",), window="1m"))
    stage.beat([], START_MS + 75_000)

    snapshot, delta = frames(subscriber)

    assert snapshot["events"][0]["trade_count"] == 2
    assert delta["events"][0]["trade_count"] == 1


def test_an_event_is_whole_whatever_market_was_asked_for():
    """As a hot row tells the whole market: a named market brings all of its event."""
    stage = Stage()
    stage.beat(
        [
            make_print(1, ticker="KXA-26-X"),
            make_print(2, ticker="KXA-26-Y"),
            make_print(3, ticker="KXB-26-X"),
        ],
        START_MS,
    )
    only = TradeFilter(tickers=("KXA-26-X",))

    (snapshot,) = frames(stage.join(Subscription(channels=("events",), filter=only)))

    (event,) = snapshot["events"]
    assert (event["event_ticker"], event["trade_count"]) == ("KXA-26", 2)


@pytest.mark.parametrize(
    ("sort", "first"), [("notional", "KXA-26"), ("net_flow", "KXB-26")]
)
def test_the_sort_ranks_events(sort, first):
    """By flow where the hot markets are ranked by it, else by dollars."""
    stage = Stage()
    much = make_print(1, ticker="KXA-26-X", price_e4=9_000, count_e2=100)
    strong = make_print(2, ticker="KXB-26-X", price_e4=100, count_e2=200)
    stage.beat([much, strong], START_MS)

    (snapshot,) = frames(stage.join(Subscription(channels=("events",), sort=sort)))

    assert snapshot["events"][0]["event_ticker"] == first


def test_a_list_is_no_longer_than_it_may_be():
    """A hundred events, however many hot markets are asked for."""
    stage = Stage()
    made = [make_print(n, ticker=f"KX{n}-26-A") for n in range(1, EVENTS_MAX + 21)]
    stage.beat(made, START_MS)

    (snapshot,) = frames(stage.join(Subscription(channels=("events",), limit=500)))

    assert len(snapshot["events"]) == EVENTS_MAX == 100


def test_figures_are_those_of_the_window():
    """A trade that it has passed is in none of them any more."""
    stage = Stage()
    subscriber = stage.join(Subscription(channels=("events",), window="1m"))
    stage.beat([make_print(1, ticker="KXA-26-X")], START_MS)
    later_ms = START_MS + 61_000
    stage.beat([make_print(2, later_ms, ticker="KXA-26-X", count_e2=7)], later_ms)

    delta = frames(subscriber)[-1]

    (event,) = delta["events"]
    flow = flow_of(stage.board, "KXA-26", "1m")
    assert (event["trade_count"], event["volume_fp"]) == (1, "0.07")
    assert (flow.trade_count, flow.volume_e2) == (1, 7)


def test_who_does_not_ask_for_events_does_not_pay_for_them():
    """Nobody reckons them for the default stream."""
    stage = Stage()
    asked = []
    context = stage.hub._context
    stage.hub._context = context._replace(events=asked)  # It has no `objects`.

    subscriber = stage.join(Subscription())
    stage.beat([make_print(1)], START_MS)

    assert json.dumps(frames(subscriber)).count("events") == 0
