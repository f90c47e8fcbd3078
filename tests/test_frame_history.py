from flowboard.frame_history import KEPT_MS, REPLAY_BYTES_MAX, FrameHistory, Ring
from flowboard.prepared_frame import PreparedFrame


def frames(count, size=10):
    return [PreparedFrame(b"x" * size) for _ in range(count)]


def filled(history, ring, made, mono_ms=0):
    for frame in made:
        history.add(ring, frame, mono_ms)


def test_a_delta_is_found_by_its_offset():
    """Offsets count from 1; what is not there, or not yet, is None."""
    history, ring, made = FrameHistory(), Ring(), frames(3)
    filled(history, ring, made)

    assert [ring.find(offset) for offset in range(5)] == [None, *made, None]


def test_all_after_an_offset_can_be_replayed_while_they_are_here():
    """From the very beginning, from the last one, but not from the future."""
    history, ring = FrameHistory(), Ring()
    filled(history, ring, frames(3))

    found = {offset for offset in range(-1, 6) if ring.can_replay(offset)}
    assert found == {0, 1, 2, 3}


def test_what_is_too_much_to_send_is_not_replayed():
    """A snapshot is smaller."""
    history, ring = FrameHistory(), Ring()
    filled(history, ring, frames(5, REPLAY_BYTES_MAX // 4))

    assert not ring.can_replay(0)
    assert ring.can_replay(2)


def test_the_oldest_of_all_streams_go_when_there_are_too_many_bytes():
    """However the bytes are divided among the streams."""
    history, one, two = FrameHistory(bytes_max=100), Ring(), Ring()
    filled(history, one, frames(4))
    filled(history, two, frames(6))

    assert history.bytes <= 100
    assert one.find(4) is not None
    assert one.find(1) is None
    assert two.can_replay(0)
    assert not one.can_replay(1)


def test_frames_go_after_five_minutes():
    """Also where nobody adds any more."""
    history, ring = FrameHistory(), Ring()
    filled(history, ring, frames(2))
    filled(history, ring, frames(1), 1_000)

    history.trim(KEPT_MS)
    assert ring.can_replay(1)
    history.trim(KEPT_MS + 1)

    assert (ring.find(2), ring.find(3) is None) == (None, False)
    history.trim(KEPT_MS + 1_001)
    assert history.bytes == 0


def test_a_ring_that_begins_again_keeps_nothing_of_before():
    """Frames of another epoch are not taken for its own when they go."""
    history, ring = FrameHistory(bytes_max=60), Ring()
    filled(history, ring, frames(3))
    ring.restart()
    after = frames(2)
    filled(history, ring, after)

    filled(history, Ring(), frames(3))

    assert [ring.find(1), ring.find(2)] == after


def test_a_ring_that_forgot_everything_still_knows_its_last_offset():
    """Who has that one has missed nothing, however quiet it was since."""
    history, ring = FrameHistory(), Ring()
    filled(history, ring, frames(2))
    history.trim(KEPT_MS + 1)

    assert ring.can_replay(2)
    assert not ring.can_replay(1)
    assert not ring.can_replay(3)
