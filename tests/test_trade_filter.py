"""What a filter lets through, and how it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.errors import BadParameter
from flowboard.market_info import EventInfo, MarketInfo
from flowboard.markets import Markets
from flowboard.stream_messages import render_trades
from flowboard.trade_filter import FILTER_KEYS, Sieve, TradeFilter, filter_of
from tests.trade_batches import batch_of, make_print
from tests.trade_filters import TICKERS, filters, objects, passes

PLAIN = TradeFilter()

prints = st.lists(
    st.tuples(
        st.sampled_from(TICKERS), st.sampled_from([1, 3_600, 9_999]), st.booleans()
    ),
    min_size=1,
    max_size=20,
)


def entries(markets, drawn, source="ws"):
    made = [
        make_print(seq, ticker=ticker, price_e4=price_e4, yes=yes, count_e2=10_000)
        for seq, (ticker, price_e4, yes) in enumerate(drawn, 1)
    ]
    return render_trades(batch_of(made, markets, source=source), markets)


@given(filters, prints, st.sampled_from(["ws", "poll", "heal", "backfill", "import"]))
def test_what_passes_is_what_the_words_say(wanted, drawn, source):
    """For any trades and filter, in their order; markets may be new at any time."""
    markets = Markets()
    sieve = Sieve(wanted, markets)
    for part in (drawn[:3], drawn[3:]):
        if not part:
            continue
        shown = entries(markets, part, source)

        expected = [trade for trade in objects(shown) if passes(trade, wanted)]
        assert objects(sieve.passing(shown)) == expected


@given(filters)
def test_markets_by_id(wanted):
    """A market passes by its name alone; what was judged once stays so."""
    markets = Markets(TICKERS[:2])
    sieve = Sieve(wanted, markets)
    before = sieve.markets.tolist()
    for ticker in TICKERS:
        markets.id_of(ticker)

    named = {"notional_dollars": "1000000", "source": "ws"}
    side = {"taker_outcome_side": wanted.side}
    expected = [
        passes({"market_ticker": ticker} | named | side, wanted) for ticker in TICKERS
    ]
    assert sieve.markets.tolist() == expected
    assert before == expected[:2]


@pytest.mark.parametrize(
    ("wanted", "plain"),
    [
        (PLAIN, True),
        (TradeFilter(combos=True), True),
        (TradeFilter(side="yes"), False),
        (TradeFilter(tickers=("KXA",)), False),
        (TradeFilter(live_only=True), False),
    ],
)
def test_plain_is_what_the_board_keeps_anyway(wanted, plain):
    """Singles, or all."""
    assert wanted.is_plain is plain


def test_what_is_left_out_is_default():
    """Of any key; keys of somebody else are read over."""
    default = TradeFilter(True, ("A",), ("B",), ("C",), ("D",), 5, "no", True)

    assert filter_of({}, default) == filter_of({"window": "1m"}, default) == default
    assert filter_of({}, PLAIN) == PLAIN


def test_all_keys_by_text_and_by_json():
    """Both mean the same, in whatever order lists are."""
    texts = {
        "combos": "include",
        "tickers": "KXB-1,KXA-1,KXB-1",
        "series": "KXA",
        "category": "Climate and Weather",
        "league": "Pro Football",
        "min_notional": "1000.50",
        "side": "no",
        "live_only": "1",
    }
    values = texts | {"tickers": ["KXA-1", "KXB-1"], "live_only": True}
    wanted = TradeFilter(
        *(True, ("KXA-1", "KXB-1"), ("KXA",), ("Climate and Weather",)),
        ("Pro Football",),
        *(1_000_500_000, "no", True),
    )

    assert tuple(texts) == FILTER_KEYS
    assert filter_of(texts, PLAIN) == filter_of(values, PLAIN) == wanted


@pytest.mark.parametrize(
    ("values", "named", "remedy"),
    [
        ({"combos": "only"}, "combos 'only'", "exclude, include"),
        ({"tickers": ""}, "tickers ''", "as the exchange does"),
        ({"tickers": "KXA,,KXB"}, "tickers ''", "as the exchange does"),
        ({"tickers": [1]}, "tickers '1'", "as the exchange does"),
        ({"tickers": []}, "tickers '[]'", "1 to 100"),
        ({"tickers": ",".join(map(str, range(101)))}, "tickers '0,1,2", "1 to 100"),
        ({"series": ",".join(map(str, range(51)))}, "series '0,1,2", "1 to 50"),
        ({"league": ",".join(map(str, range(51)))}, "league '0,1,2", "1 to 50"),
        ({"min_notional": "-1"}, "min_notional '-1'", "dollars"),
        ({"min_notional": "1e3"}, "min_notional '1e3'", "dollars"),
        ({"min_notional": 1.5}, "min_notional '1.5'", "dollars"),
        ({"side": "both"}, "side 'both'", "yes, no"),
        ({"live_only": "yes"}, "live_only 'yes'", "1 or 0"),
    ],
)
def test_what_makes_no_sense_is_named(values, named, remedy):
    """With what is allowed."""
    with pytest.raises(BadParameter) as refusal:
        filter_of(values, PLAIN)

    assert named in str(refusal.value)
    assert remedy in str(refusal.value)


def test_a_market_passes_once_it_is_known_where_it_belongs():
    """Series, category and league: when the exchange has said it, and not before."""
    markets = Markets(["KXA-1", "KXB-1", "KXC-1"])
    sieves = [
        Sieve(wanted, markets)
        for wanted in (
            TradeFilter(category=("Climate and Weather", "Crypto")),
            TradeFilter(series=("KXNEW",)),
            TradeFilter(league=("Pro Football", "Bitcoin")),
        )
    ]
    before = [sieve.markets.any() for sieve in sieves]

    markets.learn(MarketInfo(ticker="KXB-1", event_ticker="E"))
    markets.learn(
        EventInfo(
            ticker="E", category="Crypto", series_ticker="KXNEW", league="Bitcoin"
        )
    )
    markets.learn(EventInfo(ticker="KXC", category="Sports", league="Golf"))
    markets.id_of("KXD-1")

    assert before == [False] * 3
    assert [sieve.markets.tolist() for sieve in sieves] == [
        [False, True, False, False]
    ] * 3
