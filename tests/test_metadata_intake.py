import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from flowboard.errors import StoreError
from flowboard.kalshi.listing import Listed
from flowboard.market_info import EventInfo, MarketInfo
from flowboard.markets import Markets
from flowboard.metadata_intake import KEPT_MAX, UNSAVED_MAX, Intake
from tests.kalshi.scripted_exchange import SOON_S


class Disk:
    """Keeps what is saved, or fails."""

    def __init__(self) -> None:
        self.saved: list[list[tuple[Any, bytes | None]]] = []
        self.failing = False

    async def save(self, told: Sequence[tuple[Any, bytes | None]]) -> None:
        if self.failing:
            raise StoreError("the disk is full")
        self.saved.append(list(told))


class Stage:
    def __init__(self) -> None:
        self.markets = Markets()
        self.disk = Disk()
        self.intake = Intake(
            self.markets.directory,
            self.markets.learn,
            self.disk.save,
            interval_s=0.001,
        )


def a_market(n: int = 1, **fields: Any) -> Listed[MarketInfo]:
    return Listed(MarketInfo(ticker=f"KXA-{n}", event_ticker="KXA", **fields), b"{}")


async def test_what_is_new_is_shown_and_saved() -> None:
    """What is as it was is neither."""
    stage = Stage()

    await stage.intake.take([a_market(title="A?"), a_market(2)])
    await stage.intake.save()
    await stage.intake.take([a_market(title="A?", read_ms=9), a_market(2, title="B?")])
    await stage.intake.save()
    await stage.intake.save()

    assert [[info.title for info, _ in told] for told in stage.disk.saved] == [
        ["A?", ""],
        ["B?"],
    ]
    assert stage.markets.directory.market("KXA-1") is not None


async def test_a_message_keeps_the_object_that_rest_told() -> None:
    """A change between two writes does not lose the JSON that came before it."""
    stage = Stage()

    await stage.intake.take([a_market(status="active")])
    stage.intake.take_told(MarketInfo(ticker="KXA-1", status="inactive"))
    stage.intake.take_told(EventInfo(ticker="KXA-1", title="An event of that name"))
    await stage.intake.save()

    ((market, raw), (event, nothing)) = stage.disk.saved[0]
    assert (market.status, raw) == ("inactive", b"{}")
    assert (event.title, nothing) == ("An event of that name", None)


async def test_a_result_is_not_undone_by_an_older_answer() -> None:
    """REST may be a moment behind the messages."""
    stage = Stage()
    stage.intake.take_told(
        MarketInfo(ticker="KXA-1", status="determined", result="yes")
    )

    await stage.intake.take([a_market(status="closed")])

    info = stage.markets.directory.market("KXA-1")
    assert info is not None
    assert (info.status, info.result) == ("determined", "yes")


@pytest.mark.parametrize("count", [10, KEPT_MAX - 20_000, KEPT_MAX + 5])
async def test_what_cannot_be_saved_is_saved_later(count: int) -> None:
    """The newest of each, and no more than can be kept."""
    stage = Stage()
    stage.disk.failing = True

    await stage.intake.take([a_market(n) for n in range(count)])
    went_well = await stage.intake.save()
    await stage.intake.take([a_market(9, title="new")])
    stage.disk.failing = False
    await stage.intake.save()

    (told,) = stage.disk.saved
    assert not went_well
    assert len(told) == min(count, KEPT_MAX)
    assert {info.ticker: info.title for info, _ in told}["KXA-9"] == "new"


async def test_a_write_that_is_cut_off_is_done_again() -> None:
    """The end of the process costs nothing that was told."""
    stage = Stage()
    begun = asyncio.Event()

    async def endless(told: Sequence[tuple[Any, bytes | None]]) -> None:
        begun.set()
        await asyncio.sleep(SOON_S * 2)

    whole, stage.intake._save = stage.intake._save, endless
    await stage.intake.take([a_market()])
    saving = asyncio.create_task(stage.intake.run())
    await asyncio.wait_for(begun.wait(), SOON_S)
    saving.cancel()
    await asyncio.wait({saving})
    stage.intake._save = whole
    await stage.intake.save()

    assert [info.ticker for info, _ in stage.disk.saved[0]] == ["KXA-1"]


async def test_who_can_wait_waits_for_the_disk() -> None:
    """A walk does not fill the memory faster than the disk takes it."""
    stage = Stage()
    await stage.intake.take([a_market(n) for n in range(UNSAVED_MAX + 1)])

    waiting = asyncio.create_task(stage.intake.room())
    await asyncio.sleep(0.005)
    waited = not waiting.done()
    saving = asyncio.create_task(stage.intake.run())
    await asyncio.wait_for(waiting, SOON_S)
    saving.cancel()
    await asyncio.wait({saving})

    assert waited
    assert stage.intake.unsaved == 0


async def test_the_loop_has_its_turn_while_many_are_taken() -> None:
    """A page of thousands does not hold up a trade."""
    stage = Stage()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await stage.intake.take([a_market(n) for n in range(2_000)])
    counting.cancel()
    await asyncio.wait({counting})

    assert turns >= 15


async def test_a_crash_of_the_board_is_not_hidden() -> None:
    """Only the disk may fail."""

    def broken(_: object) -> bool:
        raise ZeroDivisionError

    intake = Intake(Markets().directory, broken, Disk().save)

    with pytest.raises(ZeroDivisionError):
        await intake.take([a_market()])
