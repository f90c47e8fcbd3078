"""What all clients of /ws are told: made once, bounded, and whole for the slow."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flowboard.events import EventBook
from flowboard.http_api import whale_room
from flowboard.http_api.market_index import MarketIndex
from flowboard.http_api.resources import RecentAudits, Resources
from flowboard.http_api.usual_dollars import UsualDollars
from flowboard.http_api.whale_room import WhaleRoom
from flowboard.prepared_frame import PreparedFrame
from flowboard.row_book import RowBook
from flowboard.subscriber import STALLED_MS, TOO_SLOW, Subscriber
from tests.database.made_trades import make_trade
from tests.http_api.described_board import BARE, OTHER, TICKER, described
from tests.http_api.serving import Api


class Taken:
    """An outlet that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[PreparedFrame] = []
        self.is_writable = True
        self.waiting_bytes = 0

    def send_frame(self, frame: PreparedFrame) -> None:
        self.frames.append(frame)

    def told(self) -> list[dict[str, Any]]:
        """Return what came since it was last asked."""
        found = [json.loads(frame.payload) for frame in self.frames]
        self.frames.clear()
        return found


class Client:
    """One client of a room."""

    def __init__(self, room: WhaleRoom) -> None:
        self.outlet = Taken()
        self.codes: list[int] = []
        self.subscriber = Subscriber(self.outlet, self.codes.append)  # type: ignore[arg-type]
        room.join(self.subscriber)


@pytest.fixture
async def room(unserved: Api) -> AsyncIterator[WhaleRoom]:
    """A room with something to tell; it ticks when the test says so."""
    await described(unserved)
    board, clock = unserved.board, unserved.clock
    resources = Resources(
        board=board,
        hub=unserved.hub,
        status=unserved.status,
        store=unserved.database,
        tape=unserved.tape,
        config={},
        static_dir=unserved.static_dir,
        mono_ms=lambda: clock.mono_ms,
        wall_ms=lambda: clock.wall_ms,
        audits=RecentAudits(unserved.database, lambda: clock.mono_ms),
        rows=RowBook(board),
        events=EventBook(board),
        index=MarketIndex(board),
        usual=UsualDollars(unserved.database.history, unserved.status.coverage),
    )
    room = WhaleRoom(resources)
    yield room
    for subscriber in list(room._clients):
        room.leave(subscriber)


def tickers(message: dict[str, Any]) -> list[str]:
    return [market["market_ticker"] for market in message["data"]["markets"]]


async def test_one_frame_serves_all(unserved: Api, room: WhaleRoom) -> None:
    """Each client gets the same bytes, encoded once."""
    one, two = Client(room), Client(room)
    (first,), (second,) = one.outlet.frames, two.outlet.frames

    await unserved.trade(make_trade(9, market_ticker=OTHER))
    room.tick()

    assert first is second
    assert one.outlet.frames[1] is two.outlet.frames[1]


async def test_who_comes_later_has_what_was_told(
    unserved: Api, room: WhaleRoom
) -> None:
    """The state as of the last tick, and then the same updates."""
    early = Client(room)
    await unserved.trade(make_trade(9, market_ticker=OTHER))
    room.tick()

    late = Client(room)

    _, update = early.outlet.told()
    (whole,) = late.outlet.told()
    (market,) = update["data"]["markets"]
    assert market in whole["data"]["markets"]


async def test_nothing_is_said_of_what_stays(room: WhaleRoom) -> None:
    """A tick without a change sends nothing."""
    client = Client(room)
    client.outlet.told()

    room.tick()

    assert client.outlet.told() == []


async def test_a_market_that_left_the_busiest_is_followed(
    unserved: Api, room: WhaleRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is told to those who have it; of what nobody has, nothing is."""
    client = Client(room)
    client.outlet.told()
    monkeypatch.setattr(whale_room, "MARKETS", 1)

    await unserved.trade(make_trade(9, market_ticker=BARE, count_e2=1_00))
    room.tick()
    (update,) = client.outlet.told()

    assert tickers(update) == [BARE]
    monkeypatch.setattr(whale_room, "FOLLOWED_MAX", 1)
    await unserved.trade(make_trade(10, market_ticker=BARE, count_e2=1_00))
    room.tick()
    assert client.outlet.told() == []
    assert tickers(json.loads(room.snapshot().payload)) != []


async def test_a_slow_client_gets_it_whole(unserved: Api, room: WhaleRoom) -> None:
    """In place of the updates that it could not take; too slow a one is closed."""
    client = Client(room)
    client.outlet.told()
    client.outlet.is_writable = False
    for number in (9, 10):
        await unserved.trade(make_trade(number, market_ticker=OTHER))
        room.tick()
    assert client.outlet.told() == []

    client.outlet.is_writable = True
    room.tick()

    (whole,) = client.outlet.told()
    assert whole["type"] == "initial_data"
    assert tickers(whole)[0] == TICKER
    client.outlet.is_writable, client.outlet.waiting_bytes = False, 9
    room.tick()
    unserved.clock.mono_ms += STALLED_MS
    room.tick()
    assert client.codes == [TOO_SLOW]


async def test_a_fault_is_told_and_no_silence(
    unserved: Api, room: WhaleRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1011 to all: who hears nothing would think that nothing moves."""
    monkeypatch.setattr(whale_room, "TICK_S", 0.001)
    client = Client(room)
    monkeypatch.setattr(room, "tick", lambda: 1 / 0)

    task = room._task
    assert task is not None
    await task

    assert client.codes == [whale_room.FAILED]
