"""Every key of a query string: what it may be, what it means, what holds without it.

The documents are made of this; `Query` checks. That both agree is tested.
"""

from typing import Any, NamedTuple

from flowboard.http_api.candles import INTERVALS_MS
from flowboard.http_api.query import GROUPS, LIMIT_DEFAULT, LIMIT_MAX
from flowboard.http_api.quotes import WANTED as QUOTE_SOURCES
from flowboard.http_api.search import STATUSES, WORDS_MAX
from flowboard.models import WINDOWS_MS
from flowboard.parameters import NAME_CHARS_MAX, SEQ_DIGITS_MAX
from flowboard.subscription import SORTS
from flowboard.trade_filter import COMBOS, FILTER_LIMITS, SIDES

Json = dict[str, Any]


class QueryKey(NamedTuple):
    """A key that one or more endpoints have.

    Attributes:
        schema: Of its value, in JSON Schema; a list is written with commas between.
        meaning: A sentence.
        default: What holds where it is left out; None: nothing does.
    """

    schema: Json
    meaning: str
    default: object = None


def _one_of(*words: str) -> Json:
    return {"type": "string", "enum": list(words)}


def _names(most: int) -> Json:
    name = {"type": "string", "pattern": f"^[!-+\\--~]{{1,{NAME_CHARS_MAX}}}$"}
    return {"type": "array", "items": name, "minItems": 1, "maxItems": most}


def _words(most: int) -> Json:
    name = {"type": "string", "minLength": 1, "maxLength": NAME_CHARS_MAX}
    return {"type": "array", "items": name, "minItems": 1, "maxItems": most}


_MOMENT = {
    "type": "string",
    "pattern": r"^([0-9]{1,13}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{1,15}Z?)?)$",
}
_SEQ = {"type": "integer", "minimum": 0, "maximum": 10**SEQ_DIGITS_MAX - 1}

QUERY_KEYS = {
    "window": QueryKey(_one_of(*WINDOWS_MS), "What the figures are sums over.", "5m"),
    "sort": QueryKey(
        _one_of(*SORTS),
        "What ranks the list, largest first where it is a figure; `net_flow` by its "
        "size, `heat` not for `24h`.",
        SORTS[0],
    ),
    "limit": QueryKey(
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX},
        "The most objects of an answer.",
        LIMIT_DEFAULT,
    ),
    "combos": QueryKey(
        _one_of(*COMBOS), "Whether combo markets (`KXMVE…`) are in the list.", COMBOS[0]
    ),
    "group": QueryKey(
        _one_of(*GROUPS),
        "Whether rows stand for themselves or under their events, which are ranked then.",
        GROUPS[0],
    ),
    "tickers": QueryKey(
        _names(FILTER_LIMITS["tickers"]),
        "These markets alone.",
    ),
    "series": QueryKey(
        _names(FILTER_LIMITS["series"]),
        "Markets of these series alone.",
    ),
    "category": QueryKey(
        _words(FILTER_LIMITS["category"]),
        "Markets of these categories alone, as the exchange calls them.",
    ),
    "min_notional": QueryKey(
        {"type": "string", "pattern": r"^[0-9]{1,11}(\.[0-9]{1,6})?$"},
        "Only trades whose taker paid at least so many dollars.",
    ),
    "threshold": QueryKey(
        {"type": "string", "pattern": r"^[0-9]{1,11}(\.[0-9]{1,6})?$"},
        "Only markets of more dollars than that in 24 hours.",
        "1000000",
    ),
    "side": QueryKey(_one_of(*SIDES), "Only trades whose taker took this outcome."),
    "live_only": QueryKey(
        _one_of("1", "0"), "1 leaves out trades that were healed or filled in.", "0"
    ),
    "q": QueryKey(
        {"type": "string", "maxLength": WORDS_MAX},
        "Words of titles, outcomes, tickers, events and series that a market must all "
        "hold; the last may be the beginning of one.",
    ),
    "status": QueryKey(
        {"type": "array", "items": _one_of(*STATUSES), "minItems": 1},
        "Markets in these states alone; `open` is any in which one may trade, `unknown` "
        "none that the exchange has told.",
    ),
    "league": QueryKey(
        _words(FILTER_LIMITS["league"]),
        "Markets of these leagues alone, the second level of a category.",
    ),
    "event": QueryKey(_names(100), "Markets of these events alone."),
    "interval": QueryKey(
        _one_of(*INTERVALS_MS), "The length of a candle.", next(iter(INTERVALS_MS))
    ),
    "from": QueryKey(
        _MOMENT, "The first moment of a span: Unix milliseconds, or ISO 8601."
    ),
    "to": QueryKey(_MOMENT, "The first moment behind a span, likewise."),
    "source": QueryKey(
        _one_of(*QUOTE_SOURCES), "Quotes that came so alone.", QUOTE_SOURCES[0]
    ),
    "cursor": QueryKey(
        {"type": "string"}, "The `cursor` of the page before; none for the first page."
    ),
    "after_seq": QueryKey(
        _SEQ,
        "Every trade with a later `seq`, oldest first; 0 for the whole tape.",
    ),
    "format": QueryKey(
        _one_of("sse", "ndjson"),
        "Server-Sent Events, or a JSON object a line; `sse` where `Accept` asks for "
        "`text/event-stream`.",
        "ndjson",
    ),
}

_NAME = {"type": "string", "minLength": 1, "maxLength": 200}

# What stands in braces in a path; the default is that of the example.
PATH_PARTS = {
    "ticker": QueryKey(
        _NAME, "A market; capital letters count.", "KXHIGHNY-26NOV21-T50"
    ),
    "event_ticker": QueryKey(
        _NAME, "An event; capital letters count.", "KXHIGHNY-26NOV21"
    ),
    "market_id": QueryKey(
        {"type": "string", "format": "uuid"},
        "A market's `id`.",
        "46fa9fa7-2140-51ee-9cd4-e18d6c41a322",
    ),
}
