"""All known markets as columns, kept up to date."""

import numpy as np

from flowboard.http_api.market_ids import market_id
from flowboard.http_api.market_index import MarketIndex, is_listed, is_open
from flowboard.market_info import EventInfo, MarketInfo
from tests.database.made_trades import make_trade
from tests.http_api.known_markets import COMBO, GAME_PHI, HIGH_50, HIGH_52, learn
from tests.http_api.serving import Api


async def test_it_follows_the_board(unserved: Api) -> None:
    """What is described, traded, told anew or forgotten."""
    index = MarketIndex(unserved.board)
    learn(unserved)
    await index.refresh(0)
    await unserved.trade(make_trade(1, market_ticker="KXNEW-1"))
    directory = unserved.board.markets.directory
    directory.put_market(MarketInfo(ticker=HIGH_50, status="closed"))
    directory.put_event(
        EventInfo(ticker="KXNFLGAME-26NOV21PHIDAL", category="Games", league="XFL")
    )
    directory.forget([COMBO])
    await index.refresh(1_000)

    def word(words, column, ticker):
        return words.texts[index.column(column)[index.rows_of([ticker])[0]]]

    assert word(index.statuses, "status", HIGH_50) == "closed"
    assert word(index.categories, "category", GAME_PHI) == "Games"
    assert word(index.leagues, "league", GAME_PHI) == "XFL"
    assert word(index.statuses, "status", "KXNEW-1") == "unknown"
    assert not index.alive[index.rows_of([COMBO])[0]]
    assert index.totals("24h").trades[index.rows_of(["KXNEW-1"])[0]] == 1
    over = {t for t, o in zip(index.tickers, is_open(index), strict=True) if not o}
    assert over == {HIGH_50, HIGH_52, COMBO}


async def test_it_looks_once_a_second_at_most(unserved: Api) -> None:
    """However many ask."""
    index = MarketIndex(unserved.board)
    await index.refresh(0)
    learn(unserved)
    await index.refresh(999)
    before = len(index)
    await index.refresh(1_000)

    assert (before, len(index)) == (0, 6)


async def test_places_by_ticker(unserved: Api) -> None:
    """Also of tickers that came later, and of some that are not there."""
    index = MarketIndex(unserved.board)
    directory = unserved.board.markets.directory
    for n, ticker in enumerate(["B", "D", "A", "E", "C"]):
        directory.put_market(MarketInfo(ticker=ticker))
        await index.refresh(1_000 * n)

        assert [index.tickers[row] for row in np.argsort(index.rank)] == sorted(
            index.tickers
        )
    assert [index.place(ticker) for ticker in ("", "A", "BB", "F")] == [0, 0, 2, 5]


async def test_ids_lead_to_tickers(unserved: Api, monkeypatch) -> None:
    """Of every market, however many there are; not of one that was forgotten."""
    monkeypatch.setattr("flowboard.http_api.market_index.ROWS_AT_ONCE", 2)
    index = MarketIndex(unserved.board)
    learn(unserved)
    await index.refresh(0)
    unserved.board.markets.directory.forget([COMBO])
    await index.refresh(1_000)

    found = [await index.ticker_of(market_id(t)) for t in (HIGH_52, HIGH_50, COMBO)]

    assert found == [HIGH_52, HIGH_50, None]
    assert await index.ticker_of(market_id("KXNO-1")) is None


async def test_what_was_settled_and_forgotten_is_finalized(unserved: Api) -> None:
    """Lists of what can be traded do not grow with what once was."""
    index, markets = MarketIndex(unserved.board), unserved.board.markets
    learn(unserved)
    ids = {ticker: markets.id_of(ticker) for ticker in (HIGH_50, HIGH_52, "KXOLD-1")}
    await index.refresh(0)
    markets.directory.forget([HIGH_52])
    markets.note_settled(["KXOLD-1"])
    markets.learn(EventInfo(ticker="KXHIGHNY-26NOV21", title="High?"))
    await index.refresh(1_000)

    rows = index.rows_of(list(ids))

    assert [index.statuses.texts[n] for n in index.column("status")[rows]] == [
        "active", "finalized", "finalized",
    ]  # fmt: skip
    assert is_open(index)[rows].tolist() == [True, False, False]
    assert is_listed(index)[rows].tolist() == [True, True, True]


async def test_what_nobody_described_is_listed_while_its_trades_are(
    unserved: Api,
) -> None:
    """Its ticker leads to it all the same."""
    index, board = MarketIndex(unserved.board), unserved.board
    await unserved.trade(make_trade(1, market_ticker="KXNEW-1"))
    board.markets.id_of("KXQUOTED-1")
    await index.refresh(0)
    day_ms = 86_400_000
    first = dict(zip(index.tickers, is_open(index).tolist(), strict=True))
    board.advance(board.board_ms + day_ms)

    assert first == {"KXNEW-1": True, "KXQUOTED-1": False}
    assert not is_listed(index).any()
    assert index.alive.all()
