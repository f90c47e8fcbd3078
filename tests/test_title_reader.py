import asyncio
from collections.abc import Sequence

import pytest

from flowboard.errors import RequestFailed
from flowboard.kalshi.request_pacer import RequestPacer
from flowboard.kalshi.rest_client import MarketInfo, RestClient
from flowboard.title_reader import TitleReader, readable_title
from tests.kalshi.scripted_exchange import SOON_S
from tests.kalshi.scripted_rest import Answer, Asked, ScriptedRest


class Exchange:
    """Knows `titles`; remembers what it was asked for."""

    def __init__(self, titles: dict[str, str]) -> None:
        self.titles = titles
        self.asked: list[list[str]] = []
        self.failing = False

    async def markets(self, tickers: Sequence[str]) -> list[MarketInfo]:
        self.asked.append(list(tickers))
        if self.failing:
            raise RequestFailed(503, "not now")
        known = [t for t in tickers if t in self.titles]
        return [MarketInfo(ticker, self.titles[ticker]) for ticker in known]


class Board:
    """Shows `tickers`, and keeps the titles it is given."""

    def __init__(self, *tickers: str) -> None:
        self.tickers = list(tickers)
        self.titles: dict[str, str] = {}
        self.titled = asyncio.Event()

    def wanted(self) -> list[str]:
        return [t for t in self.tickers if t not in self.titles]

    def take(self, ticker: str, title: str) -> None:
        self.titles[ticker] = title
        self.titled.set()


class Clock:
    """A monotonic clock that stands still unless moved."""

    def __init__(self) -> None:
        self.now_ms = 10**9

    def __call__(self) -> int:
        return self.now_ms


async def test_titles_come_over_http_without_being_asked_twice() -> None:
    """What the board shows without a title has one a moment later."""

    def answer(asked: Asked) -> Answer:
        market = {"ticker": "KXRAIN-1", "title": "Rain in NYC?", "yes_sub_title": "Yes"}
        return Answer({"markets": [market], "cursor": ""})

    board = Board("KXRAIN-1")

    with ScriptedRest(answer).serving() as rest:
        async with RestClient(rest.url, pacer=RequestPacer(1_000)) as client:
            reader = TitleReader(client, board.wanted, board.take, interval_s=0.001)
            task = asyncio.create_task(reader.run())
            await asyncio.wait_for(board.titled.wait(), SOON_S)
            await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.wait({task})

    assert board.titles == {"KXRAIN-1": "Rain in NYC? · Yes"}
    assert len(rest.asked) == 1


async def test_an_unknown_ticker_rests_for_ten_minutes() -> None:
    """Asking again each second what nobody knows would be rude."""
    exchange, board, clock = Exchange({"KXA": "A?"}), Board("KXA", "KXGONE"), Clock()
    reader = TitleReader(exchange, board.wanted, board.take, mono_ms=clock)

    handed_on = await reader.read_once()
    clock.now_ms += 599_999
    await reader.read_once()
    clock.now_ms += 1
    await reader.read_once()

    assert handed_on == 1
    assert board.titles == {"KXA": "A?"}
    assert exchange.asked == [["KXA", "KXGONE"], ["KXGONE"]]


async def test_a_market_without_any_text_counts_as_unknown() -> None:
    """An empty title is no title."""
    exchange, board = Exchange({"KXA": "  \n "}), Board("KXA")
    reader = TitleReader(exchange, board.wanted, board.take, mono_ms=Clock())

    await reader.read_once()
    await reader.read_once()

    assert board.titles == {}
    assert len(exchange.asked) == 1


async def test_what_was_not_asked_for_is_not_taken() -> None:
    """Only markets that the board shows get a title."""

    class Talkative(Exchange):
        async def markets(self, tickers: Sequence[str]) -> list[MarketInfo]:
            return [MarketInfo("KXOTHER", "Other?"), MarketInfo("KXA", "A?")]

    board = Board("KXA")

    await TitleReader(Talkative({}), board.wanted, board.take).read_once()

    assert board.titles == {"KXA": "A?"}


async def test_a_hundred_a_request_the_most_wanted_first() -> None:
    """The rest has its turn a second later."""
    tickers = [f"KX{n}" for n in range(250)]
    exchange = Exchange(dict.fromkeys(tickers, "T"))
    board = Board(*tickers)
    reader = TitleReader(exchange, board.wanted, board.take)

    for _ in range(3):
        await reader.read_once()

    assert [len(asked) for asked in exchange.asked] == [100, 100, 50]
    assert exchange.asked[0] == tickers[:100]
    assert len(board.titles) == 250


async def test_long_tickers_make_short_lists() -> None:
    """A URL ends at 8 KB somewhere on its way."""
    tickers = [f"KX{n:0>198}" for n in range(60)]
    exchange = Exchange(dict.fromkeys(tickers, "T"))
    board = Board(*tickers)
    reader = TitleReader(exchange, board.wanted, board.take)

    for _ in range(4):
        await reader.read_once()

    assert max(len(",".join(asked)) for asked in exchange.asked) <= 4_000
    assert len(board.titles) == 60


async def test_nothing_wanted_nothing_asked() -> None:
    """A board whose markets all have titles costs no request."""
    exchange = Exchange({})

    handed_on = await TitleReader(exchange, list, Board().take).read_once()

    assert handed_on == 0
    assert exchange.asked == []


async def test_a_failure_is_tried_again_later() -> None:
    """An outage of REST costs titles for a while, and nothing else."""
    exchange, board = Exchange({"KXA": "A?"}), Board("KXA")
    exchange.failing = True
    failed = asyncio.Event()

    def wanted() -> list[str]:
        if len(exchange.asked) == 3:
            failed.set()
            exchange.failing = False
        return board.wanted()

    reader = TitleReader(exchange, wanted, board.take, interval_s=0.001)
    task = asyncio.create_task(reader.run())
    await asyncio.wait_for(board.titled.wait(), SOON_S)
    task.cancel()
    await asyncio.wait({task})

    assert failed.is_set()
    assert board.titles == {"KXA": "A?"}
    assert len(exchange.asked) == 4


async def test_memory_of_the_unknown_is_bounded() -> None:
    """Ever new unknown tickers do not fill the memory."""
    clock = Clock()
    page: list[str] = []
    exchange = Exchange({})
    reader = TitleReader(exchange, lambda: page, Board().take, mono_ms=clock)

    for n in range(300):
        page[:] = [f"KX{n}-{m}" for m in range(100)]
        await reader.read_once()

    assert len(reader._unknown_until_ms) <= 20_100


@pytest.mark.parametrize(
    ("title", "outcome", "line"),
    [
        ("Rain in NYC?", "", "Rain in NYC?"),
        ("Who wins?", "Ann Lee", "Who wins? · Ann Lee"),
        ("Will Ann Lee win?", "ann lee", "Will Ann Lee win?"),
        ("", "Ann Lee", "Ann Lee"),
        ("", "", ""),
        ("a\r\nb\tc\x00d\x1b[31m", "", "a b c d [31m"),
        ("abc\u202edef\u2066ghi\u2069\ufeff", "\u200e", "abcdefghi"),
        ("next\u0085line\u2028and\u2029more", "", "next line and more"),
        ("<b>bold</b> & \u00e9\U0001f600", "", "<b>bold</b> & \u00e9\U0001f600"),
        ("family \U0001f468\u200d\U0001f469", "", "family \U0001f468\u200d\U0001f469"),
        ("x" * 400, "", "x" * 300),
        ("x" * 299 + " y", "", "x" * 299),
        ("\ud800 lone", "", "lone"),
    ],
)
def test_a_title_is_one_clean_line(title: str, outcome: str, line: str) -> None:
    """Titles are hostile text: no controls, no turned direction, no endless line."""
    assert readable_title(title, outcome) == line
