import json

import pytest

from flowboard import stream_messages as messages
from flowboard.frame_history import FrameHistory, Ring
from flowboard.prepared_frame import PreparedFrame
from flowboard.subscriber import ANSWERS_MAX, STALLED_MS, TOO_SLOW
from tests.stream_stage import new_subscriber, texts


class Script:
    """A stream of numbered deltas, each of one trade; its snapshots say what they are."""

    def __init__(self):
        self.ring = Ring()
        self.offset = 0
        self._history = FrameHistory(bytes_max=1_000)

    def snapshot(self, message_id=None, extra=None):
        fields = [*messages.answer_to(message_id), *(extra or [])]
        text = messages.frame("snapshot", [*fields, ("offset", self.offset)])
        return PreparedFrame(text, seq=self.offset, trades=self.offset)

    def delta(self, *clients):
        self.offset += 1
        text = messages.frame("delta", [("offset", self.offset)])
        frame = PreparedFrame(text, seq=self.offset, trades=self.offset)
        self._history.add(self.ring, frame, 0)
        for client in clients:
            client.push(frame)


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def client(script):
    """A client that was sent its first snapshot."""
    client = new_subscriber()
    client.begin(script)
    assert sent(client) == [("snapshot", 0)]
    return client


def sent(client):
    return [(f["type"], f.get("offset")) for f in map(json.loads, texts(client))]


def stuck(client):
    client.outlet.writable.clear()


def test_frames_and_answers_go_out_in_their_order(client, script):
    """A pong tells that everything before it was sent."""
    script.delta(client)
    client.reply(b'{"type":"pong"}')
    script.delta(client)
    client.resend(7)
    script.delta(client)

    expected = [("delta", 1), ("pong", None), ("delta", 2), ("snapshot", 2)]
    assert sent(client) == [*expected, ("delta", 3)]


def test_a_slow_client_gets_one_snapshot_that_says_what_it_missed(client, script):
    """Made when it can be written to, not sooner; deltas go on from there."""
    script.delta(client)
    stuck(client)
    for _ in range(5):
        script.delta(client)
    client.look(0)
    assert sent(client) == [("delta", 1)]

    client.outlet.writable.set()
    script.delta(client)
    client.look(100)
    script.delta(client)

    snapshot, delta = map(json.loads, texts(client))
    assert (snapshot["type"], snapshot["offset"]) == ("snapshot", 7)
    assert snapshot["missed"] == {"from_seq": 2, "to_seq": 7, "trades": 6}
    assert (delta["type"], delta["offset"]) == ("delta", 8)
    assert client.conflations == 1


def test_what_a_slow_client_asked_for_is_answered_by_that_snapshot(client, script):
    """One snapshot, with the id of the last message that wanted one."""
    stuck(client)
    client.resend(1)
    script.delta(client)
    client.resend(2)
    client.outlet.writable.set()
    client.look(0)

    (snapshot,) = map(json.loads, texts(client))
    assert (snapshot["id"], snapshot["offset"]) == (2, 1)


def test_a_slow_client_that_changes_its_stream_is_sent_the_new_one_later(client):
    """Nothing of a large snapshot is written while the old frames still wait."""
    other = Script()
    stuck(client)
    client.begin(other, 9)
    other.delta(client)
    assert sent(client) == []

    client.outlet.writable.set()
    client.look(0)

    (snapshot,) = map(json.loads, texts(client))
    assert (snapshot["id"], snapshot["offset"]) == (9, 1)
    assert "missed" not in snapshot


def test_a_client_that_takes_nothing_for_ten_seconds_is_closed(client, script):
    """With a code that says so, and nothing is sent after it."""
    stuck(client)
    client.look(1_000)
    client.look(1_000 + STALLED_MS - 1)
    assert client.codes == []

    client.look(1_000 + STALLED_MS)
    client.outlet.writable.set()
    script.delta(client)
    client.reply(b"{}")
    client.look(1_000 + 2 * STALLED_MS)

    assert client.codes == [TOO_SLOW]
    assert sent(client) == []


def test_a_client_that_takes_something_now_and_then_is_kept(client):
    """Slow is no fault: the ten seconds begin again."""
    for mono_ms in range(0, 5 * STALLED_MS, STALLED_MS // 2):
        stuck(client)
        client.look(mono_ms)
        client.outlet.writable.set()
        client.look(mono_ms + STALLED_MS // 4)

    assert client.codes == []


def test_a_client_that_reads_slowly_is_kept(client, script):
    """As long as what waits for it grows less, however long that takes."""
    stuck(client)
    for second in range(60):
        client.outlet.waiting_bytes -= 1_000
        client.look(1_000 * second)
    assert client.codes == []

    for second in range(60, 71):
        client.look(1_000 * second)
    assert client.codes == [TOO_SLOW]


def test_what_was_asked_for_while_held_is_answered_in_the_end(client, script):
    """Also where the ring forgot the deltas and everything began again."""
    client.hold()
    client.resend(5)
    for _ in range(200):
        script.delta(client)
    assert not client.replay()
    texts(client)

    assert client.replay()
    replay(client)

    (answer,) = map(json.loads, texts(client))
    assert (answer["type"], answer["id"]) == ("snapshot", 5)


def test_answers_to_one_who_does_not_read_are_bounded(client):
    """And it has its answers again once it reads."""
    stuck(client)
    for _ in range(3 * ANSWERS_MAX):
        client.reply(b"{}")
    assert len(texts(client)) == ANSWERS_MAX

    client.outlet.writable.set()
    client.reply(b"{}")
    assert len(texts(client)) == 1


def resumed(script, offset):
    client = new_subscriber()
    client.resume(script, offset, PreparedFrame(b'{"type":"resumed"}', seq=offset))
    return client


def replay(client, at_most=1_000):
    for _ in range(at_most):
        frame = client.next_missed()
        if frame is None:
            return
        client.outlet.send_frame(frame)


def test_who_comes_back_gets_exactly_what_it_missed(script):
    """From the ring; what is published meanwhile comes in its turn, once."""
    for _ in range(5):
        script.delta()
    client = resumed(script, 2)
    replay(client, 2)
    script.delta(client)

    replay(client)
    script.delta(client)

    offsets = [("delta", offset) for offset in (3, 4, 5, 6, 7)]
    assert sent(client) == [("resumed", None), *offsets]


def test_a_snapshot_asked_for_in_a_replay_comes_after_it(script):
    """Its turn comes when the client has everything."""
    script.delta()
    client = resumed(script, 0)
    client.resend()
    replay(client)

    assert sent(client) == [("resumed", None), ("delta", 1), ("snapshot", 1)]


def test_a_replay_that_the_ring_has_outrun_ends_in_a_snapshot(script):
    """It says what was missed, as for any client that is too slow."""
    script.delta()
    script.delta()
    client = resumed(script, 1)
    replay(client, 1)
    for _ in range(200):
        script.delta(client)
    replay(client)
    client.look(0)

    (*_, snapshot) = map(json.loads, texts(client))
    assert snapshot["missed"] == {"from_seq": 3, "to_seq": 202, "trades": 200}


def test_one_that_is_held_gets_its_deltas_afterwards(client, script):
    """Trades from the tape go first; no delta is between them, none is lost."""
    client.hold()
    script.delta(client)
    script.delta(client)
    assert client.is_held
    assert sent(client) == []

    assert client.replay()
    replay(client)
    script.delta(client)

    assert sent(client) == [("delta", 1), ("delta", 2), ("delta", 3)]


def test_one_that_is_held_for_too_long_begins_again(client, script):
    """The ring has gone on without it: a fresh snapshot, and held again."""
    client.hold()
    for _ in range(200):
        script.delta(client)

    assert not client.replay()

    assert client.is_held
    assert sent(client) == [("snapshot", 200)]
    assert client.seq == 200


def test_a_client_is_closed_once(client):
    """The first code is the one that counts."""
    client.close(1008)
    client.close(1012)

    assert client.codes == [1008]
    assert client.close_code == 1008
