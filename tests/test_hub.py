import asyncio

import pytest

from flowboard.hub import IDLE_MS, RESTARTING, STREAMS_MAX, TooManyStreams
from flowboard.subscriber import FRAMES_MAX, Subscriber
from flowboard.subscription import Subscription
from tests.stream_stage import EVERYTHING, Reader, Stage, frames, texts
from tests.trade_batches import START_MS, make_print


def test_a_joiner_knows_what_the_stream_knows():
    """What moved since the last beat is told to all before anybody joins."""
    stage = Stage()
    first = stage.join()
    frames(first)
    stage.fold([make_print(1)], START_MS)

    second = stage.join()

    (delta,) = frames(first)
    (snapshot,) = frames(second)
    assert snapshot["offset"] == delta["offset"] == 1
    assert snapshot["hot_markets"] == delta["hot_markets"]
    stage.beat([make_print(2)], START_MS)
    assert texts(first) == texts(second)


def test_a_snapshot_asked_for_knows_what_the_stream_knows():
    """The delta comes first, and the snapshot is the state as of it."""
    stage = Stage()
    client = stage.join()
    frames(client)
    stage.fold([make_print(1)], START_MS)

    stage.hub.resend(client, 7)

    delta, snapshot = frames(client)
    assert (delta["type"], snapshot["type"], snapshot["id"]) == ("delta", "snapshot", 7)
    assert snapshot["offset"] == delta["offset"] == 1
    assert snapshot["hot_markets"] == delta["hot_markets"]


def test_a_feed_that_only_a_joiner_has_seen_does_not_stay_with_it():
    """Silent for a moment, then live again: the joiner hears of that, too."""
    stage = Stage()
    stage.status.connected(stage.mono_ms)
    first = stage.join()
    stage.beat([make_print(1)], START_MS)
    stage.mono_ms += 60_000
    second = stage.join()
    reader = Reader(frames(second)[0])
    assert reader.feed["state"] == "delayed"

    stage.status.trade_received(stage.mono_ms)
    stage.beat([make_print(2)], START_MS)
    for delta in frames(second):
        reader.read(delta)

    assert reader.feed["state"] == "live"
    assert frames(first)[-1]["feed"]["state"] == "live"


def test_equal_subscriptions_share_one_frame():
    """One stream, one epoch, and the very same text for each client."""
    stage = Stage()
    one, two = stage.join(Subscription(limit=9)), stage.join(Subscription(limit=9))
    other = stage.join(Subscription(limit=8))
    epochs = [frames(subscriber)[0]["epoch"] for subscriber in (one, two, other)]

    stage.beat([make_print(1)], START_MS)

    (first,), (second,) = texts(one), texts(two)
    assert first is second
    assert epochs[0] == epochs[1] != epochs[2]
    assert stage.fresh(Subscription(limit=9))["epoch"] not in epochs


def test_clients_are_counted_and_leave():
    """Who has left gets nothing more; leaving twice is harmless."""
    stage = Stage()
    one, _two = stage.join(), stage.join(Subscription())
    assert stage.hub.clients == 2
    frames(one)

    stage.hub.leave(one)
    stage.hub.leave(one)
    stage.beat([make_print(1)], START_MS)

    assert stage.hub.clients == 1
    assert texts(one) == []


def test_a_subscriber_has_one_stream():
    """The next takes the place of the last."""
    stage = Stage()
    subscriber = stage.join()
    stage.hub.join(subscriber, Subscription(window="1m"), 7)
    stage.beat([make_print(1)], START_MS)

    snapshot, delta = frames(subscriber)

    assert stage.hub.clients == 1
    assert (snapshot["id"], snapshot["window"]) == (7, "1m")
    assert (delta["window"], delta["offset"]) == ("1m", snapshot["offset"] + 1)


def test_a_stream_outlives_its_last_client_by_five_minutes():
    """Who comes back sooner finds the same epoch, later a new one."""
    stage = Stage()
    epochs = []
    for away_ms in (0, IDLE_MS - 1, IDLE_MS):
        stage.mono_ms += away_ms
        stage.hub.tick()
        subscriber = stage.join()
        epochs.append(frames(subscriber)[0]["epoch"])
        stage.hub.leave(subscriber)

    assert epochs[0] == epochs[1] != epochs[2]


def test_there_are_only_so_many_streams():
    """One too many is refused; who had another stream keeps it."""
    stage = Stage()
    clients = [
        stage.join(Subscription(limit=limit)) for limit in range(1, STREAMS_MAX + 1)
    ]
    last = clients[-1]
    frames(last)

    with pytest.raises(TooManyStreams, match="200 different subscriptions"):
        stage.hub.join(last, Subscription(window="1m"))
    stage.beat([make_print(1)], START_MS)

    assert frames(last)[0]["type"] == "delta"
    assert stage.hub.clients == STREAMS_MAX
    stage.join(Subscription(limit=1))  # One that others use is no new one.
    for client in clients[:2]:
        stage.hub.leave(client)
    stage.mono_ms += IDLE_MS
    stage.hub.tick()
    stage.join(Subscription(window="1m"))


def test_a_slow_client_gets_one_snapshot_and_others_everything():
    """Its buffer is dropped when full; from the snapshot on offsets have no hole."""
    stage = Stage()
    slow, quick = stage.join(), stage.join()
    read = frames(quick)
    for seq in range(1, 3 * FRAMES_MAX):
        stage.beat([make_print(seq)], START_MS + seq)
        read += frames(quick)

    stage.beat([make_print(3 * FRAMES_MAX)], START_MS + 3 * FRAMES_MAX)
    read += frames(quick)
    waiting = frames(slow)
    stage.beat([make_print(3 * FRAMES_MAX + 1)], START_MS + 3 * FRAMES_MAX + 1)
    waiting += frames(slow)

    assert [frame["offset"] for frame in read] == list(range(3 * FRAMES_MAX + 1))
    assert [frame["type"] for frame in waiting] == ["snapshot", "delta"]
    reader = Reader(waiting[0])
    reader.read(waiting[1])
    reader.assert_equals(stage.fresh(EVERYTHING))


async def test_everybody_is_closed_when_the_server_restarts():
    """Those who watch, those who wait for the windows, and those who come now."""
    stage = Stage()
    watching, late = stage.join(), Subscriber()
    frames(watching)

    stage.hub.close()
    stage.hub.join(late, EVERYTHING)

    assert stage.hub.ready.is_set()
    for subscriber in (watching, late):
        assert await asyncio.wait_for(subscriber.next(), 5) is None
        assert subscriber.close_code == RESTARTING
