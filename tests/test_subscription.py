import json

import pytest

from flowboard.errors import BadParameter
from flowboard.models import WINDOWS_MS
from flowboard.subscription import (
    CHANNELS,
    KEYS,
    LIMIT_MAX,
    LIMITS,
    SORTS,
    TICKS_MS,
    Subscription,
    parse,
    parse_query,
)
from flowboard.trade_filter import TradeFilter

DEFAULT = Subscription()
FILTER = TradeFilter(
    combos=True,
    tickers=("KXA-1", "KXB-1"),
    series=("KXA", "KXB"),
    category=("Climate and Weather", "Crypto"),
    league=("Golf", "Pro Football"),
    min_notional_e6=1_000_000_000,
    side="yes",
    live_only=True,
)


def test_nothing_asked_for_is_the_default():
    """A bare connect and an empty message get what the operator chose."""
    chosen = Subscription(window="1h", limit=7)

    assert parse_query([], chosen) == parse({}, chosen) == chosen


def test_a_query_and_a_message_mean_the_same():
    """Texts, lists and numbers end as one equal, hashable value."""
    query = [
        ("channels", "whales,hot"),
        ("window", "15m"),
        ("sort", "net_flow"),
        ("limit", "20"),
        ("combos", "include"),
        ("tick_ms", "25"),
        ("tickers", "KXB-1,KXA-1"),
        ("series", "KXA,KXB"),
        ("category", "Crypto,Climate and Weather"),
        ("league", "Pro Football,Golf"),
        ("min_notional", "1000"),
        ("side", "yes"),
        ("live_only", "1"),
    ]
    message = dict(query) | {
        "channels": ["hot", "whales"],
        "limit": 20,
        "tick_ms": 25,
        "tickers": ["KXA-1", "KXB-1", "KXA-1"],
        "series": ["KXB", "KXA"],
        "category": ["Climate and Weather", "Crypto"],
        "league": ["Golf", "Pro Football"],
        "min_notional": 1_000,
        "live_only": True,
    }

    subscription = parse_query(query, DEFAULT)

    assert subscription == parse(message, DEFAULT)
    assert hash(subscription) == hash(parse(message, DEFAULT))
    assert subscription == Subscription(
        ("hot", "whales"), "15m", "net_flow", 20, 25, FILTER
    )


def test_what_is_left_out_is_default_and_not_what_was_before():
    """A message replaces the whole subscription."""
    assert parse({"sort": "volume"}, DEFAULT) == Subscription(sort="volume")


@pytest.mark.parametrize("wanted", [TradeFilter(), FILTER])
def test_public_is_what_a_client_can_send_back(wanted):
    """Every value in force is told, and means itself again, also through JSON; the
    limits come along, and are read over."""
    subscription = Subscription(("trades",), "1m", "heat", 500, 1_000, wanted)

    public = json.loads(json.dumps(subscription.public()))

    assert tuple(public) == (*KEYS, "limits")
    assert public["limits"] == {
        "limit": 500,
        "tickers": 100,
        "series": 50,
        "category": 20,
        "league": 50,
    }
    assert parse(public, DEFAULT) == subscription
    assert parse(public | {"limits": {"limit": 9}}, DEFAULT) == subscription


def test_public_letter_by_letter():
    """Dollars are a string; a filter that is not there is null."""
    assert Subscription(filter=FILTER).public() == {
        "channels": ["hot", "trades", "whales"],
        "window": "5m",
        "sort": "notional",
        "limit": 50,
        "tick_ms": 100,
        "combos": "include",
        "tickers": ["KXA-1", "KXB-1"],
        "series": ["KXA", "KXB"],
        "category": ["Climate and Weather", "Crypto"],
        "league": ["Golf", "Pro Football"],
        "min_notional": "1000.000000",
        "side": "yes",
        "live_only": True,
        "limits": LIMITS,
    }
    public = DEFAULT.public()
    absent = ("tickers", "series", "category", "league", "min_notional", "side")
    assert [public[key] for key in absent] == [None] * 6
    assert public["live_only"] is False


@pytest.mark.parametrize("key", KEYS)
def test_null_is_the_same_as_left_out(key):
    """As a snapshot tells a filter that is not there."""
    assert parse({key: None}, DEFAULT) == DEFAULT


@pytest.mark.parametrize("tick_ms", TICKS_MS)
def test_ticks(tick_ms):
    """Four of them, as a number and as text."""
    assert parse({"tick_ms": tick_ms}, DEFAULT).tick_ms == tick_ms
    assert parse({"tick_ms": str(tick_ms)}, DEFAULT).tick_ms == tick_ms


@pytest.mark.parametrize("tick_ms", [0, 50, "025", 25.0, True, "", [25]])
def test_other_ticks(tick_ms):
    """Few, so that clients share streams."""
    with pytest.raises(BadParameter, match="use 25, 100, 250, 1000"):
        parse({"tick_ms": tick_ms}, DEFAULT)


@pytest.mark.parametrize("window", WINDOWS_MS)
@pytest.mark.parametrize("sort", SORTS)
def test_every_window_has_every_sort_but_heat_by_the_day(window, sort):
    """Heat compares with the day before, so a day has none."""
    values = {"window": window, "sort": sort}
    if (window, sort) == ("24h", "heat"):
        with pytest.raises(BadParameter, match="heat is not offered for window 24h"):
            parse(values, DEFAULT)
        return

    assert parse(values, DEFAULT) == Subscription(window=window, sort=sort)


@pytest.mark.parametrize("limit", [1, LIMIT_MAX, "1", "500"])
def test_limits_in_range(limit):
    """Both ends are allowed, as a number and as text."""
    assert parse({"limit": limit}, DEFAULT).limit == int(limit)


def test_a_channel_named_twice_is_one():
    """What means the same shares a stream."""
    assert parse({"channels": "hot,hot"}, DEFAULT).channels == ("hot",)


@pytest.mark.parametrize(
    ("values", "named", "remedy"),
    [
        ({"colour": "red"}, "'colour'", "channels, window, sort, limit, tick_ms"),
        ({"since": "abc:1"}, "'since'", "use channels"),
        (
            {"ticker": "KXA"},
            "'ticker'",
            "tickers, series, category, league, min_notional, side",
        ),
        ({"tickers": "KXA KXB"}, "'KXA KXB'", "as the exchange does"),
        ({"series": {}}, "series '{}'", "1 to 50"),
        ({"min_notional": "much"}, "'much'", "dollars"),
        ({"side": "YES"}, "'YES'", "yes, no"),
        ({"live_only": 2}, "'2'", "1 or 0"),
        ({"Window": "1m"}, "'Window'", "window"),
        ({"window": "7m"}, "'7m'", "1m, 5m, 15m, 1h, 24h"),
        ({"window": ""}, "''", "1m, 5m, 15m, 1h, 24h"),
        ({"window": 5}, "'5'", "1m, 5m, 15m, 1h, 24h"),
        ({"window": ["5m"]}, "5m", "1m, 5m, 15m, 1h, 24h"),
        ({"sort": "price"}, "'price'", "notional, volume, net_flow, heat"),
        ({"combos": "only"}, "'only'", "exclude, include"),
        ({"combos": True}, "'True'", "exclude, include"),
        ({"limit": 0}, "'0'", "1 to 500"),
        ({"limit": 501}, "'501'", "1 to 500"),
        ({"limit": "-1"}, "'-1'", "1 to 500"),
        ({"limit": "1.0"}, "'1.0'", "1 to 500"),
        ({"limit": 5.0}, "'5.0'", "1 to 500"),
        ({"limit": True}, "'True'", "1 to 500"),
        ({"limit": "٣"}, "'٣'", "1 to 500"),
        ({"limit": "9" * 5_000}, "'999", "1 to 500"),
        ({"channels": "book"}, "'book'", ", ".join(CHANNELS)),
        ({"channels": "hot,"}, "''", ", ".join(CHANNELS)),
        ({"channels": []}, "'[]'", ", ".join(CHANNELS)),
        ({"channels": {"hot": 1}}, "hot", ", ".join(CHANNELS)),
        ({"channels": ["hot", 1]}, "'1'", ", ".join(CHANNELS)),
    ],
)
def test_what_makes_no_sense_is_named_with_what_is_allowed(values, named, remedy):
    """The sentence holds the key or value that is wrong, and the right ones."""
    with pytest.raises(BadParameter) as refusal:
        parse(values, DEFAULT)

    assert named in str(refusal.value)
    assert remedy in str(refusal.value)


def test_a_key_given_twice_is_not_guessed_at():
    """Neither the first value nor the last is taken."""
    with pytest.raises(BadParameter, match="'window' is given twice"):
        parse_query([("window", "1m"), ("window", "5m")], DEFAULT)


def test_little_is_said_back():
    """What a client sent comes back short and printable, whatever it was."""
    with pytest.raises(BadParameter) as refusal:
        parse({"window": "\x1b[31m\n" + "x" * 4_000}, DEFAULT)

    assert len(str(refusal.value)) < 120
    assert str(refusal.value).isprintable()
