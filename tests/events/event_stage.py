"""A board with events on it."""

from flowboard.board import Board
from flowboard.market_info import EventInfo, MarketInfo, Quote
from flowboard.markets import Markets
from flowboard.stream_messages import render_trades
from tests.trade_batches import START_MS, batch_of, make_print

GAME = "KXNFLGAME-26NOV21PHIDAL"
DALLAS, PHILADELPHIA = f"{GAME}-DAL", f"{GAME}-PHI"
LADDER = "KXBTCD-26NOV2117"
LOW, MIDDLE, HIGH = f"{LADDER}-T90", f"{LADDER}-T91", f"{LADDER}-T92"
RACE = "KXRACE-26"


def new_board():
    """Return a board that knows a game of two legs, a ladder and a race of three."""
    board = Board(Markets(), 10**12)
    teach(
        board,
        EventInfo(
            ticker=GAME,
            series_ticker="KXNFLGAME",
            title="Philadelphia at Dallas",
            category="Sports",
            league="Pro Football",
            mutually_exclusive=True,
        ),
        *(
            MarketInfo(ticker=ticker, event_ticker=GAME, outcome=name, status="active")
            for ticker, name in ((DALLAS, "Dallas"), (PHILADELPHIA, "Philadelphia"))
        ),
        EventInfo(ticker=LADDER, series_ticker="KXBTCD", category="Crypto"),
        *(strike(ticker, floor) for ticker, floor in LADDER_STRIKES),
        EventInfo(ticker=RACE, category="Sports", mutually_exclusive=True),
        *(
            MarketInfo(ticker=f"{RACE}-{name}", event_ticker=RACE, outcome=name)
            for name in ("ANN", "BOB", "CY")
        ),
    )
    return board


LADDER_STRIKES = ((HIGH, 92_000.0), (LOW, 90_000.0), (MIDDLE, 91_000.0))


def strike(ticker, floor, **fields):
    """Return a threshold of the ladder."""
    values = {"event_ticker": LADDER, "strike_type": "greater", "status": "active"}
    return MarketInfo(ticker=ticker, floor_strike=floor, **(values | fields))


def teach(board, *infos):
    for info in infos:
        board.markets.learn(info)


def trade(board, *prints, board_ms=None):
    """Fold prints, each as (ticker, price in cents, contracts, side)."""
    made = [
        make_print(
            board.seq + place,
            board_ms or START_MS,
            ticker=ticker,
            price_e4=cents * 100,
            count_e2=contracts * 100,
            yes=side == "yes",
        )
        for place, (ticker, cents, contracts, side) in enumerate(prints, start=1)
    ]
    fold(board, made)
    board.advance(board_ms or START_MS)


def fold(board, prints):
    if prints:
        batch = batch_of(prints, board.markets)
        board.fold(batch, render_trades(batch, board.markets))


def quote(board, ticker, bid_e4, ask_e4, ts_ms=START_MS):
    board.quotes.put(board.markets.id_of(ticker), Quote(ts_ms, bid_e4, ask_e4))
