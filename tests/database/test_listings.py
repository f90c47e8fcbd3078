import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.database import Database
from flowboard.database.listings import Listings
from flowboard.database.market_words import question_of, words_of
from flowboard.directory import Directory
from flowboard.errors import StoreError
from flowboard.market_info import EventInfo, Leg, MarketInfo, Quote, SeriesInfo
from tests.database.made_trades import make_trade, store

DAY_MS = 86_400_000
NOW_MS = 1_795_262_400_000


def a_market(ticker: str, title: str = "", **fields: Any) -> MarketInfo:
    event = {"event_ticker": ticker.rpartition("-")[0], "status": "active"}
    return MarketInfo(ticker=ticker, title=title, **(event | fields))


async def told(database: Database, *infos: Any, raw: bytes | None = b"{}") -> None:
    for info in infos:
        database.markets.learn(info)
    await database.listings.save([(info, raw) for info in infos])


async def test_what_is_told_outlives_the_process(path: Path) -> None:
    """Markets, events and series as they were, and the exchange's own words of them."""
    market = a_market(
        "KXA-1-A",
        "Ann?",
        floor_strike=2.5,
        legs=(Leg("KXB-1", "KXB-1-B", "no"),),
        settlement_value_e4=10_000,
    )
    event = EventInfo(ticker="KXA-1", league="NFL", mutually_exclusive=True)
    series = SeriesInfo(ticker="KXA", tags=("a", "b"))
    raw = json.dumps({"ticker": "KXA-1-A", "new_key": [1.5, None, "é"]}).encode()

    async with Database.open(path) as database:
        await told(database, series, event, market, raw=raw)
    async with Database.open(path) as database:
        kept = list(database.listings.read())
        said = await database.listings.raw("KXA-1-A")
        nothing = await database.listings.raw("KXA-1")
        infos = await database.listings.infos(["KXA-1-A", "KXGONE", "KXA-1"])

    assert set(kept) == {series, event, market}
    assert said == raw
    assert nothing is None
    assert infos == [market]


async def test_a_market_and_an_event_may_have_one_ticker(path: Path) -> None:
    """They are told apart by what they are."""
    market = a_market("KXA-1", event_ticker="KXA-1")
    event = EventInfo(ticker="KXA-1", title="E")

    async with Database.open(path) as database:
        await told(database, event, market)
        kept = list(database.listings.read())

    assert set(kept) == {event, market}


async def test_the_newest_counts_and_its_json_stays(path: Path) -> None:
    """A message changes a market, and takes nothing from what REST has said of it."""
    async with Database.open(path) as database:
        await told(database, a_market("KXA-1-A", "Rain?"), raw=b'{"a":1}')
        await told(database, a_market("KXA-1-A", "Snow?", status="closed"), raw=None)
        kept = list(database.listings.read())
        said = await database.listings.raw("KXA-1-A")
        rain = await database.listings.search("rain", 9)
        snow = await database.listings.search("snow", 9)

    assert [(info.title, info.status) for info in kept] == [("Snow?", "closed")]
    assert said == b'{"a":1}'
    assert (rain, snow) == ([], ["KXA-1-A"])


async def test_a_restart_reads_no_markets_of_long_ago(path: Path) -> None:
    """They stay on disk, and can be asked for."""
    old = a_market("KXOLD-1", status="finalized", settled_ms=NOW_MS - 5 * DAY_MS)
    new = a_market("KXNEW-1", status="finalized", settled_ms=NOW_MS - 3 * DAY_MS)
    disputed = a_market("KXDIS-1", status="disputed", close_ms=NOW_MS - 9 * DAY_MS)

    async with Database.open(path) as database:
        await told(database, old, new, disputed)
        kept = [info.ticker for info in database.listings.read(NOW_MS)]
        settled = database.listings.settled(NOW_MS)
        infos = await database.listings.infos(["KXOLD-1"])

    assert kept == ["KXNEW-1", "KXDIS-1"]
    assert settled == ["KXOLD-1"]
    assert infos == [old]


async def test_a_restart_reads_no_events_of_long_ago(path: Path) -> None:
    """One without a market that may still be told of would never be forgotten."""
    old = a_market("KXA-1-A", status="finalized", settled_ms=NOW_MS - 5 * DAY_MS)
    gone, mixed, empty = (EventInfo(ticker=f"KX{name}-1") for name in "ABC")

    async with Database.open(path) as database:
        old_too = a_market("KXB-1-A", status="finalized", settled_ms=1)
        await told(database, gone, mixed, empty, old, old_too, a_market("KXB-1-B"))
        kept = [info.ticker for info in database.listings.read(NOW_MS)]

    assert kept == ["KXB-1-B", "KXB-1"]


async def test_what_was_traded_is_kept(path: Path) -> None:
    """A market that was only quoted has an id, too, and goes."""
    names = ["KXTRADED-1", "KXQUOTED-1", "KXSEEN-1"]

    async with Database.open(path) as database:
        await told(database, *map(a_market, names))
        database.quotes.put(database.markets.id_of("KXQUOTED-1"), Quote(1, 10, 20))
        await store(database, [make_trade(1, market_ticker="KXTRADED-1")])
        await database.listings.drop(names)
        kept = [info.ticker for info in database.listings.read()]

    assert kept == ["KXTRADED-1"]


async def test_what_nobody_needs_is_deleted(path: Path) -> None:
    """Rows, words and all."""
    async with Database.open(path) as database:
        await told(database, a_market("KXA-1-A", "Rain?"), a_market("KXB-1-B", "Rain?"))
        await database.listings.drop(["KXA-1-A", "KXGONE"])
        kept = [info.ticker for info in database.listings.read()]
        found = await database.listings.search("rain", 9)
        said = await database.listings.raw("KXA-1-A")

    assert (kept, found, said) == (["KXB-1-B"], ["KXB-1-B"], None)
    with sqlite3.connect(path) as file:
        file.execute(
            "INSERT INTO listed_words (listed_words) VALUES ('integrity-check')"
        )
    file.close()


async def test_an_event_goes_with_its_last_market(path: Path) -> None:
    """Not before: what was traded here keeps its name."""
    async with Database.open(path) as database:
        events = [EventInfo(ticker=f"KX{name}-1") for name in "AB"]
        await told(database, *events, a_market("KXA-1-A"), a_market("KXA-1-B"))
        await database.listings.drop(["KXA-1-A"], ["KXA-1", "KXB-1"])
        first = {info.ticker for info in database.listings.read()}
        await database.listings.drop(["KXA-1-B"], ["KXA-1"])
        second = {info.ticker for info in database.listings.read()}

    assert first == {"KXA-1", "KXA-1-B"}
    assert second == set()


async def test_a_market_its_event_and_its_series_are_read_at_once(path: Path) -> None:
    """The exchange's own words of each, None where there are none."""
    async with Database.open(path) as database:
        await told(database, a_market("KXA-1-A"), raw=b'{"m":1}')
        await told(database, EventInfo(ticker="KXA-1"), raw=b'{"e":1}')
        said = await database.listings.raws("KXA-1-A", "KXA-1", "KXA")

    assert said == (b'{"m":1}', b'{"e":1}', None)


@pytest.fixture
async def some(path: Path) -> Any:
    """A database with markets of all kinds."""
    async with Database.open(path) as database:
        await told(
            database,
            SeriesInfo(ticker="KXBTCD", title="Bitcoin price", tags=("BTC",)),
            EventInfo(
                ticker="KXBTCD-26NOV21",
                series_ticker="KXBTCD",
                title="Bitcoin price on Nov 21",
                category="Crypto",
            ),
            EventInfo(ticker="KXG-1", title="Zürich at Köln", league="Pro Hockey"),
            a_market(
                "KXBTCD-26NOV21-T97999.99",
                "Bitcoin on Nov 21?",
                outcome="$98,000 or above",
                floor_strike=97_999.99,
            ),
            a_market("KXBTCD-26NOV21-T99999.99", "Bitcoin?", status="closed"),
            a_market("KXG-1-KOL", "Winner?", outcome="Köln"),
            a_market("KXG-1-ZUR", "Winner?", outcome="Zürich"),
            a_market("KXBTC", "A ticker that begins another"),
        )
        yield database


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bitcoin", ["KXBTCD-26NOV21-T97999.99", "KXBTCD-26NOV21-T99999.99"]),
        ("BITC nov", []),
        ("nov bitc", ["KXBTCD-26NOV21-T97999.99", "KXBTCD-26NOV21-T99999.99"]),
        ("crypto 98,000", ["KXBTCD-26NOV21-T97999.99"]),
        ("97999.99", ["KXBTCD-26NOV21-T97999.99"]),
        ("kxbtcd-26nov21-t9", ["KXBTCD-26NOV21-T97999.99", "KXBTCD-26NOV21-T99999.99"]),
        ("KXBTCD-26NOV21-T99999.99", ["KXBTCD-26NOV21-T99999.99"]),
        ("koln zurich", ["KXG-1-ZUR", "KXG-1-KOL"]),
        ("hockey", ["KXG-1-ZUR", "KXG-1-KOL"]),
        ("kxbtcd", ["KXBTCD-26NOV21-T97999.99", "KXBTCD-26NOV21-T99999.99"]),
        (
            "kxbtc",
            ["KXBTC", "KXBTCD-26NOV21-T97999.99", "KXBTCD-26NOV21-T99999.99"],
        ),
        ("snow", []),
        ("", []),
        (" ? * ", []),
    ],
)
async def test_markets_are_found_by_words(
    some: Database, text: str, found: list[str]
) -> None:
    """By ticker, title, outcome, strike, event, league, series; open ones first."""
    assert await some.listings.search(text, 9) == found


async def test_no_more_are_found_than_asked_for(some: Database) -> None:
    """Exactly that ticker first, then what can be traded."""
    assert await some.listings.search("bitcoin", 1) == ["KXBTCD-26NOV21-T97999.99"]
    assert await some.listings.search("bitcoin", 0) == []


@pytest.mark.parametrize(
    "text",
    [
        '"', "'", "*", "a*b", "NEAR(a b)", "words : x", "-words", "^", "(", "a AND",
        "AND OR NOT", "{state} : isopen", "\0", "a\0b", '"" ""', "x" * 100_000,
        "a " * 10_000, "\ud7ff \U0001f600", "%_", "é*", "; DROP TABLE listed",
    ],
)  # fmt: skip
async def test_a_hostile_question_finds_nothing_and_breaks_nothing(
    some: Database, text: str
) -> None:
    """Whatever the index takes for a command is a plain character here."""
    found = await some.listings.search(text, 9)

    assert all(ticker.startswith("KX") for ticker in found)
    assert len(await some.listings.search("bitcoin", 9)) == 2


@given(st.text(max_size=60))
def test_any_question_can_be_asked(text: str) -> None:
    """The index understands whatever is made of a text."""
    file = sqlite3.connect(":memory:")
    file.execute("CREATE VIRTUAL TABLE t USING fts5 (words, state, prefix = '1 2 3 4')")
    file.execute("INSERT INTO t VALUES ('some words', 'isopen')")
    question, whole = question_of(text), question_of(text, whole=True)

    found = [
        file.execute("SELECT * FROM t WHERE t MATCH ?", (asked,)).fetchall()
        for asked in (question, whole)
        if asked
    ]

    assert len(found) in (0, 2)
    file.close()


async def test_an_event_that_is_renamed_is_found_by_its_new_name(path: Path) -> None:
    """And by the old one no more."""
    async with Database.open(path) as database:
        await told(database, EventInfo(ticker="KXA-1", title="Monday"))
        await told(database, a_market("KXA-1-A"), a_market("KXA-1-B"))
        await told(database, EventInfo(ticker="KXA-1", title="Tuesday"))
        old = await database.listings.search("monday", 9)
        new = await database.listings.search("tuesday", 9)

    assert (old, sorted(new)) == ([], ["KXA-1-A", "KXA-1-B"])


async def test_a_series_that_is_told_later_names_its_markets(path: Path) -> None:
    """The list of series may come after the first markets."""
    async with Database.open(path) as database:
        event = EventInfo(ticker="KXA-1", series_ticker="KXA")
        await told(database, event, a_market("KXA-1-A"), a_market("KXB-1-B"))
        await told(database, SeriesInfo(ticker="KXA", tags=("Weather",)))
        found = await database.listings.search("weather", 9)
        raw = await database.listings.raw("KXA-1-A")

    assert (found, raw) == (["KXA-1-A"], b"{}")


def test_a_combo_is_found_by_what_its_legs_ask() -> None:
    """Its own title names outcomes alone."""
    directory = Directory()
    directory.put_market(a_market("KXA-1-A", "Who wins the cup?"))
    combo = a_market("KXMVE-1-X", legs=(Leg("KXA-1", "KXA-1-A", "yes"),))

    assert "Who wins the cup?" in words_of(combo, directory)


async def test_a_disk_that_fails_is_told_of(path: Path) -> None:
    """Nothing is written; a reader is told as well."""

    async def fails(work: Any) -> Any:
        raise StoreError("the disk is full")

    listings = Listings(path.with_name("none.db"), fails, Directory())
    rows: Sequence[Any] = [(a_market("KXA-1-A"), b"{}")]

    with pytest.raises(StoreError, match="full"):
        await listings.save(rows)
    with pytest.raises(StoreError, match=r"none\.db"):
        await listings.search("a", 1)
    assert list(listings.read()) == []
    assert listings.settled(NOW_MS) == []
    await listings.close()


async def test_rows_of_another_version_are_told_anew(path: Path) -> None:
    """What cannot be read takes nothing from the rest."""
    async with Database.open(path) as database:
        await told(database, a_market("KXA-1-A"), a_market("KXB-1-B"))
    with sqlite3.connect(path) as file:
        file.execute("UPDATE listed SET info = x'ff' WHERE ticker = 'KXA-1-A'")
        file.execute("UPDATE listed_raw SET raw = x'00' WHERE id = 1")
    file.close()
    async with Database.open(path) as database:
        kept = [info.ticker for info in database.listings.read()]
        raw = await database.listings.raw("KXA-1-A")
        infos = await database.listings.infos(["KXA-1-A", "KXB-1-B"])

    assert (kept, raw) == (["KXB-1-B"], None)
    assert [info.ticker for info in infos] == ["KXB-1-B"]
