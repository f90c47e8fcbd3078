"""Trades wait here for the next beat; pages hear when they are stored."""

import asyncio

import pytest

from flowboard.inbox import Inbox
from tests.database.made_trades import make_trade


def trades(n: int, source: str = "heal", first: int = 0):
    return [make_trade(first + k, source=source) for k in range(n)]


async def test_a_parcel_is_stored_when_its_last_trade_is() -> None:
    inbox = Inbox()
    for trade in trades(3, "ws"):
        inbox.put(trade)
    page = trades(4, first=10)
    parcel = await inbox.deliver(page, "heal")
    assert inbox.has_parcels

    inbox.take(5)
    inbox.settle(page[:2], on_disk=True)
    assert not parcel.is_stored  # Half of it is still here.
    inbox.take(5)
    inbox.settle(page[3:], on_disk=True)

    await asyncio.wait_for(parcel.stored(), 1)
    assert parcel.new == 3
    assert not inbox.has_parcels


async def test_a_parcel_waits_while_the_store_fails() -> None:
    """What is shown from memory is not on disk: a gap must not shrink by it."""
    inbox = Inbox()
    page = trades(4)
    parcel = await inbox.deliver(page, "heal")
    inbox.take(10)

    inbox.settle(page, on_disk=False)
    assert not parcel.is_stored
    inbox.settle([], on_disk=True)

    assert parcel.is_stored
    assert parcel.new == 4


async def test_parcels_of_two_sources_count_their_own() -> None:
    inbox = Inbox()
    healed, polled = trades(5), trades(3, "poll", first=20)
    one = await inbox.deliver(healed, "heal")
    two = await inbox.deliver(polled, "poll")
    inbox.take(10)

    inbox.settle([*healed[:4], *polled[1:]], on_disk=True)

    assert (one.new, two.new) == (4, 2)


async def test_a_page_waits_for_room() -> None:
    inbox = Inbox(limit=2)
    for trade in trades(2, "ws"):
        inbox.put(trade)
    waiting = asyncio.ensure_future(inbox.deliver(trades(3, first=5), "heal"))
    await asyncio.sleep(0)
    assert len(inbox) == 2

    inbox.take(1)
    await asyncio.wait_for(waiting, 1)

    assert len(inbox) == 4


async def test_a_closed_inbox_lets_nobody_in() -> None:
    """Else a fill that is under way would hold up the end for as long as it lasts."""
    inbox = Inbox()
    inbox.close()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(inbox.deliver(trades(3), "heal"), 0.01)

    assert len(inbox) == 0


async def test_an_empty_page_is_settled_too() -> None:
    inbox = Inbox()
    parcel = await inbox.deliver([], "heal")

    inbox.settle([], on_disk=True)

    assert parcel.is_stored


async def test_a_page_wakes_the_beat() -> None:
    inbox = Inbox()
    waiting = asyncio.ensure_future(inbox.arrival(60))
    await asyncio.sleep(0)

    await inbox.deliver([], "heal")

    await asyncio.wait_for(waiting, 1)
