"""The golden sessions, read without a socket, and a socket's own ends."""

import json

import pytest
from msgspec.structs import replace

from flowboard.client.board import Board
from flowboard.client.position import Position
from flowboard.stream_frames import read_frame
from tests.client.golden import NAMES, assert_board, session

ACTIONS = {"take": None, "over": None}


@pytest.mark.parametrize("name", NAMES)
def test_a_session_is_read_as_it_says(name):
    """Board, place, new trades and action after every frame; what is asked for after
    every cut."""
    told = session(name)
    position = Position(told["since_seq"], every_trade=told["every_trade"])
    board = Board()

    for step in told["steps"]:
        if "connect" in step:
            assert position.reconnect() == step["connect"]
            continue
        frame = read_frame(json.dumps(step["frame"]))
        new, action = [], None
        if frame is not None:
            if position.judge(frame) == "take":
                new = position.take(frame)
            verdict = board.apply(frame)
            action = ACTIONS.get(verdict, verdict)

        assert action == step["action"]
        assert position.token == step["since"]
        assert position.seq == step["seq"]
        assert [trade.seq for trade in new] == step["new_trades"]
        assert_board(board, step["board"])


def test_every_frame_and_action_is_in_some_session():
    """What no session shows, nobody agrees on."""
    steps = [step for name in NAMES for step in session(name)["steps"]]
    frames = {step["frame"]["type"] for step in steps if "frame" in step}
    actions = {step["action"] for step in steps if "frame" in step}

    assert frames >= {"snapshot", "delta", "heartbeat", "resumed", "trades", "error"}
    assert actions == {None, "hole", "snapshot"}


def frames_of(name):
    steps = session(name)["steps"]
    return [read_frame(json.dumps(step["frame"])) for step in steps if "frame" in step]


def test_a_failed_try_does_not_forget_what_is_missing():
    """Behind, and the server is away as well: deltas alone are never asked for."""
    position = Position(every_trade=True)
    position.reconnect()
    for frame in frames_of("missed_every_trade")[:4]:
        position.take(frame)
    assert position.behind

    asked = [position.reconnect() for _ in range(3)]

    assert asked == 3 * [{"since_seq": "111"}]
    assert not position.behind


def test_a_snapshot_in_place_of_deltas_is_fetched_for():
    """One who began to want every trade in the middle has not asked for the tape."""
    snapshot, *_ = frames_of("missed")
    position = Position(every_trade=True)
    position.reconnect()
    position.take(snapshot)

    position.take(replace(snapshot, offset=9, seq=120))

    assert position.behind
    assert position.reconnect() == {"since_seq": "100"}


def test_the_same_hole_twice_is_not_gone_back_to():
    """What the server cannot give is made up for by a snapshot."""
    snapshot, *_ = frames_of("holes")
    position = Position()
    position.take(snapshot)

    position.note_hole()
    first = position.reconnect()
    position.note_hole()

    assert first == {"since": "gold1:5"}
    assert position.reconnect() == {}


def test_deltas_do_not_outrun_what_is_fetched():
    """While older trades are on their way, a newer one moves no number but its own."""
    snapshot, page, *_ = frames_of("since_seq")
    delta = frames_of("snapshot_and_deltas")[1]
    position = Position(90)
    position.reconnect()
    position.take(snapshot)

    new = position.take(delta)
    fetched = position.take(page)

    assert [trade.seq for trade in new] == [101]
    assert [trade.seq for trade in fetched] == [91, 92]
    assert position.seq == 93
    assert position.take(delta) == []
