"""Clients of /ws/stream that come back: their place in the stream, or in the tape."""

import asyncio

import pytest

from flowboard.errors import StoreError
from tests.stream_serving import close_code, frame, say, until
from tests.trade_batches import START_MS, make_print

pytest_plugins = ["tests.stream_fixtures"]


async def test_a_place_in_the_stream_is_taken_up_again(stage):
    """`resumed`, then exactly what was missed, then what is new."""
    async with stage.connect() as client:
        first = await frame(client)
    await stage.clients_are(0)
    for seq in (1, 2):
        stage.beat([make_print(seq)], START_MS)

    async with stage.connect(f"?since={first['epoch']}:0") as client:
        resumed, missed = await frame(client), await frame(client)
        stage.beat([make_print(3)], START_MS)
        new = await frame(client)

    place = {"epoch": first["epoch"], "offset": 0, "recovered": True}
    assert resumed == {"type": "resumed", **place}
    assert [trade["seq"] for trade in missed["trades"]] == [1, 2]
    assert [trade["seq"] for trade in new["trades"]] == [3]
    assert new["offset"] == missed["offset"] + 1 == 2


async def test_a_place_that_cannot_be_read_is_told_and_a_snapshot_follows(stage):
    """`bad_since` first; the stream goes on from the snapshot."""
    async with stage.connect("?since=nonsense") as client:
        error, snapshot = await frame(client), await frame(client)
        stage.beat([make_print(1)], START_MS)
        delta = await frame(client)

    assert (error["type"], error["code"]) == ("error", "bad_since")
    assert (snapshot["type"], snapshot["recovered"]) == ("snapshot", False)
    assert delta["offset"] == 1


@pytest.mark.parametrize("kept", [20_000, 10], ids=["memory", "disk"])
async def test_every_later_trade_comes_before_the_deltas(stage, kept):
    """Frames of a thousand by seq, the last one done; what happens meanwhile waits."""
    stage.board.tape._kept = kept
    for beat in range(5):
        prints = [make_print(beat * 500 + n, START_MS + beat) for n in range(1, 501)]
        stage.beat(prints, START_MS + beat)

    async with stage.connect("?since_seq=250") as client:
        snapshot = await frame(client)
        stage.beat([make_print(2_501)], START_MS + 5)
        pages = [await frame(client)]
        while not pages[-1]["done"]:
            pages.append(await frame(client))
        delta = await frame(client)

    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 2_500)
    assert [page["type"] for page in pages] == ["trades"] * 3
    assert [len(page["trades"]) for page in pages] == [1_000, 1_000, 250]
    seqs = [trade["seq"] for page in pages for trade in page["trades"]]
    assert seqs == list(range(251, 2_501))
    assert [page["seq"] for page in pages] == [1_250, 2_250, 2_500]
    assert [trade["seq"] for trade in delta["trades"]] == [2_501]
    assert (stage.disk.asked > 0) == (kept == 10)


async def test_a_quiet_stream_keeps_no_deltas_and_needs_none(stage):
    """Its ring forgot them all: one snapshot, the trades, and then what is new."""
    async with stage.connect() as other:
        stage.beat([make_print(1)], START_MS)
        await until(other, "delta")
        stage.mono_ms += 301_000
        stage.hub.tick()

        async with stage.connect("?since_seq=0") as client:
            begin = [(await frame(client))["type"] for _ in range(2)]
            stage.beat([make_print(2)], START_MS)
            new = await frame(client)

    assert begin == ["snapshot", "trades"]
    assert (new["type"], new["offset"]) == ("delta", 2)


@pytest.mark.parametrize("seq", [3, 99])
async def test_who_has_every_trade_is_told_that_it_is_done(stage, seq):
    """One empty frame, with the seq of this tape: also to one of another tape."""
    stage.beat([make_print(n) for n in (1, 2, 3)], START_MS)

    async with stage.connect(f"?since_seq={seq}") as client:
        snapshot, page = await frame(client), await frame(client)

    assert page == {"type": "trades", "trades": [], "seq": 3, "done": True}
    assert ("recovered" in snapshot) == (seq == 99)


async def test_the_tape_is_filtered_as_the_stream_is(stage):
    """Only what passes, and the seq moves on over the rest."""
    prints = [make_print(n, ticker=f"KX{n % 3}-A") for n in range(1, 10)]
    stage.beat(prints, START_MS)

    async with stage.connect("?since_seq=2&series=KX1") as client:
        _, page = await frame(client), await frame(client)

    assert [trade["seq"] for trade in page["trades"]] == [4, 7]
    assert (page["seq"], page["done"]) == (9, True)


async def test_a_store_that_fails_is_told(stage):
    """The client cannot be given what it misses: an error, and 1013."""

    async def fail(*_):
        raise StoreError("the file cannot be read")

    stage.board.tape.floor_seq = 1
    stage.disk.trades_after = fail
    stage.beat([make_print(1)], START_MS)

    async with stage.connect("?since_seq=0") as client:
        await frame(client)
        error = await frame(client)

        assert error["code"] == "store_failing"
        assert await close_code(client) == 1013


async def test_a_new_subscription_ends_a_catching_up(stage):
    """The new stream begins with its snapshot, and no trade of the old one follows."""
    going_on = asyncio.Event()
    answer = stage.disk.trades_after

    async def slowly(*args):
        await going_on.wait()
        return await answer(*args)

    stage.board.tape.floor_seq = 1
    stage.disk.trades_after = slowly
    stage.beat([make_print(1)], START_MS)
    async with stage.connect("?since_seq=0") as client:
        await frame(client)
        await say(client, type="subscribe", id=1, subscription={"window": "1m"})
        snapshot = await frame(client)
        going_on.set()
        stage.beat([make_print(2)], START_MS)
        delta = await frame(client)

    assert (snapshot["id"], snapshot["window"]) == (1, "1m")
    assert (delta["type"], delta["window"]) == ("delta", "1m")
