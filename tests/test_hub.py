import asyncio

import pytest

from flowboard.hub import IDLE_MS, RESTARTING, STREAMS_MAX, TooManyStreams
from flowboard.subscription import Subscription
from tests.stream_stage import (
    EVERYTHING,
    Reader,
    Stage,
    frames,
    new_subscriber,
    texts,
)
from tests.trade_batches import START_MS, make_print


def test_a_joiner_knows_what_the_stream_knows():
    """Nobody is called because of it: its snapshot is the state of the last delta."""
    stage = Stage()
    first = stage.join()
    stage.beat([make_print(1)], START_MS)
    _, delta = frames(first)
    stage.fold([make_print(2)], START_MS)

    second = stage.join()

    assert frames(first) == []
    (snapshot,) = frames(second)
    assert snapshot["offset"] == delta["offset"] == 1
    assert snapshot["seq"] == delta["seq"] == 1
    assert snapshot["hot_markets"] == delta["hot_markets"]
    assert snapshot["recent_trades"] == delta["trades"]
    stage.beat([], START_MS)
    assert texts(first) == texts(second) != []


def test_a_stream_has_no_more_deltas_than_it_wants():
    """Beats may be faster: what they bring comes together, at the stream's tick."""
    stage = Stage()
    quick, usual, slow = (stage.join(Subscription(tick_ms=ms)) for ms in (25, 100, 250))
    for client in (quick, usual, slow):
        frames(client)
    assert stage.hub.tick_ms == 25

    for seq in range(1, 42):
        stage.mono_ms += 25
        stage.fold([make_print(seq)], START_MS + seq)
        stage.hub.publish()

    told = {client: frames(client) for client in (quick, usual, slow)}
    assert [len(deltas) for deltas in told.values()] == [41, 11, 5]
    for deltas in told.values():
        seqs = [trade["seq"] for delta in deltas for trade in delta["trades"]]
        assert seqs == list(range(1, deltas[-1]["seq"] + 1))
    stage.mono_ms += 250
    assert not stage.hub.publish_due()
    assert frames(slow)[-1]["seq"] == 41


async def test_what_waits_for_its_tick_is_sent_without_another_beat():
    """The last trade of a burst is not held until the next one comes."""
    stage = Stage()
    client = stage.join()
    stage.beat([make_print(1)], START_MS)
    stage.fold([make_print(2)], START_MS)
    stage.hub.publish()
    assert frames(client)[-1]["seq"] == 1

    running = asyncio.create_task(stage.hub.run())
    stage.mono_ms += 100
    async with asyncio.timeout(5):
        while not client.outlet.sent:
            await asyncio.sleep(0.001)
    running.cancel()

    assert frames(client)[-1]["seq"] == 2


async def test_news_wait_for_a_trade_or_the_end():
    """A later trade than the one that is known; at the close nobody waits any more."""
    stage = Stage()
    await asyncio.wait_for(stage.hub.news(-1), 5)
    waiting = asyncio.create_task(stage.hub.news(1))
    for seq in (1, 2):
        await asyncio.sleep(0)
        assert not waiting.done()
        stage.beat([make_print(seq)], START_MS)
    await asyncio.wait_for(waiting, 5)

    endless = asyncio.create_task(stage.hub.news(2))
    await asyncio.sleep(0)
    stage.hub.close()
    await asyncio.wait_for(endless, 5)


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

    _, snapshot, delta = frames(subscriber)

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


def test_idle_streams_make_room():
    """The one that nobody has used for longest goes, not the newcomer."""
    stage = Stage()
    epochs = {}
    for limit in range(1, STREAMS_MAX + 1):
        client = stage.join(Subscription(limit=limit))
        epochs[limit] = frames(client)[0]["epoch"]
        stage.hub.leave(client)
        stage.mono_ms += 1

    stage.join(Subscription(window="1m"))

    last = stage.join(Subscription(limit=STREAMS_MAX))
    assert frames(last)[0]["epoch"] == epochs[STREAMS_MAX]
    first = stage.join(Subscription(limit=1))
    assert frames(first)[0]["epoch"] != epochs[1]


def test_a_slow_client_gets_one_snapshot_and_others_everything():
    """It says what was missed; from the snapshot on offsets have no hole."""
    stage = Stage()
    slow, quick = stage.join(), stage.join()
    frames(slow)
    read = frames(quick)
    slow.outlet.writable.clear()
    for seq in range(1, 11):
        stage.beat([make_print(seq)], START_MS + seq)
        stage.hub.tick()
    assert texts(slow) == []

    slow.outlet.writable.set()
    stage.hub.tick()
    stage.beat([make_print(11)], START_MS + 11)
    read += frames(quick)
    snapshot, delta = frames(slow)

    assert [frame["offset"] for frame in read] == list(range(12))
    assert snapshot["missed"] == {"from_seq": 1, "to_seq": 10, "trades": 10}
    reader = Reader(snapshot)
    reader.read(delta)
    reader.assert_equals(stage.fresh(EVERYTHING))


def test_a_client_that_does_not_read_is_closed():
    """After ten seconds, by the hub's own tick."""
    stage = Stage()
    client = stage.join()
    client.outlet.writable.clear()

    for _ in range(102):
        stage.hub.tick()
        stage.mono_ms += 100

    assert client.codes == [4008]


def test_everybody_is_closed_when_the_server_restarts():
    """Those who watch, those who wait for the windows, and those who come now."""
    stage = Stage()
    watching, late = stage.join(), new_subscriber()

    stage.hub.close()
    stage.hub.join(late, EVERYTHING)

    assert stage.hub.ready.is_set()
    assert watching.codes == late.codes == [RESTARTING]


def since(frame):
    return {"epoch": frame["epoch"], "offset": frame["offset"]}


def test_a_place_that_is_not_known_gets_a_snapshot_that_says_so():
    """Of another process, of the future, too old, or of another subscription."""
    stage = Stage()
    watching = stage.join()
    (first,) = frames(watching)
    other = frames(stage.join(Subscription(window="1m")))[0]
    for seq in range(1, 4):
        stage.beat([make_print(seq)], START_MS)

    for place in (
        {"epoch": "elsewhere", "offset": 1},
        {"epoch": first["epoch"], "offset": 4},
        since(other),
        {"is_lost": True},
        {"seq": 4},
    ):
        (snapshot,) = frames(stage.join(**place))
        assert (snapshot["type"], snapshot["recovered"]) == ("snapshot", False)
    (snapshot,) = frames(stage.join(seq=3))
    assert "recovered" not in snapshot


def test_who_wants_the_tape_is_held():
    """Until it was sent the trades; a place in the stream goes before that."""
    stage = Stage()
    (first,) = frames(stage.join())

    assert stage.join(seq=0).is_held
    both = stage.join(**since(first), seq=0)

    assert not both.is_held
    assert frames(both)[0]["type"] == "resumed"
    assert not stage.join(**since(first)).is_held


def test_who_knows_more_than_the_stream_makes_it_tell():
    """Its number is of another stream, or of HTTP: it is no number of the future."""
    stage = Stage()
    slow = Subscription(tick_ms=1_000)
    other = stage.join(slow)
    stage.beat([make_print(1)], START_MS)
    stage.beat([make_print(2)], START_MS)
    frames(other)

    client = stage.join(slow, seq=2)

    (snapshot,) = frames(client)
    assert "recovered" not in snapshot
    assert snapshot["seq"] == 2
    assert frames(other)[-1]["seq"] == 2


def test_what_waits_for_its_tick_is_told_before_the_end():
    """Everything that was stored is shown, also to those who want it seldom."""
    stage = Stage()
    client = stage.join(Subscription(tick_ms=1_000))
    stage.beat([make_print(1)], START_MS)
    stage.beat([make_print(2)], START_MS)

    stage.hub.close()

    assert frames(client)[-1]["seq"] == 2
    assert client.codes == [RESTARTING]


def test_nobody_waits_in_a_stream_that_all_have_left():
    """The hub does not look after it several times a second."""
    stage = Stage()
    client = stage.join(Subscription(tick_ms=1_000))
    stage.beat([make_print(1)], START_MS)
    stage.beat([make_print(2)], START_MS)

    stage.hub.leave(client)

    assert not stage.hub.publish_due()


def test_streams_that_were_changed_for_others_make_room_first():
    """One client that tries everything takes nobody's place in a stream from him."""
    stage = Stage()
    patient = stage.join(Subscription(limit=500))
    epoch = frames(patient)[0]["epoch"]
    stage.hub.leave(patient)
    restless = stage.join(Subscription(limit=1))

    for limit in range(2, STREAMS_MAX + 50):
        stage.mono_ms += 1
        stage.hub.join(restless, Subscription(limit=limit))

    again = stage.join(Subscription(limit=500))
    assert frames(again)[0]["epoch"] == epoch


def test_a_feed_that_changed_in_silence_is_told_to_those_who_come_back():
    """It comes in a delta, which is kept, and not in a heartbeat, which is not."""
    stage = Stage()
    client = stage.join()
    (first,) = frames(client)
    stage.status.coverage.advance(START_MS)
    stage.status.connected(stage.mono_ms)
    stage.mono_ms += 5_000
    stage.hub.tick()

    told = frames(client)
    resumed = stage.join(**since(first))
    frames(resumed)
    missed = resumed.next_missed()

    assert [frame["type"] for frame in told] == ["delta"]
    assert missed.text.encode() == missed.payload
    assert '"feed"' in missed.text
