import asyncio
import json

import pytest

from flowboard.subscriber import ANSWERS_MAX, CHARS_MAX, FRAMES_MAX, Subscriber
from tests.stream_stage import texts


class Snapshots:
    """Counts the snapshots that were made; each says whom it answers."""

    def __init__(self):
        self.made = 0

    def __call__(self, message_id=None):
        self.made += 1
        return snapshot(self.made, message_id)


def snapshot(number, message_id=None):
    return json.dumps(["snapshot", number, message_id])


@pytest.fixture
def client():
    """A client that was sent its first snapshot."""
    client = Subscriber()
    client.begin(Snapshots())
    assert texts(client) == [snapshot(1)]
    return client


def fill(client):
    for number in range(FRAMES_MAX):
        client.push(f"delta {number}")


def test_frames_and_answers_go_out_in_their_order(client):
    """A pong tells that everything before it was sent."""
    client.push("one")
    client.reply("pong")
    client.push("two")
    client.resend(7)
    client.push("three")

    assert texts(client) == ["one", "pong", "two", snapshot(2, 7), "three"]


def test_a_full_buffer_becomes_one_snapshot(client):
    """Made when its turn comes, not sooner; what comes after that is sent again."""
    fill(client)
    assert client.conflations == 0

    for _ in range(3 * FRAMES_MAX):
        client.push("too much")
    assert client._snapshot.made == 1
    assert client.conflations == 1

    assert texts(client) == [snapshot(2)]
    client.push("next")
    assert texts(client) == ["next"]


def test_characters_count_as_well_as_frames(client):
    """Few frames that are large fill the buffer; once sent they are forgotten."""
    half = "x" * (CHARS_MAX // 2)
    for _ in range(3):
        client.push(half)
        client.push(half)
        assert texts(client) == [half, half]

    for _ in range(3):
        client.push(half)

    assert texts(client) == [snapshot(2)]
    client.push(half)
    client.push(half)
    assert texts(client) == [half, half]


def test_a_frame_larger_than_the_buffer_goes_out_alone(client):
    """Nobody could ever be sent it otherwise."""
    large = "x" * (CHARS_MAX + 1)

    client.push(large)

    assert texts(client) == [large]


def test_answers_outlive_a_full_buffer(client):
    """Those from before the fall come before the snapshot, later ones after it."""
    client.reply("pong 1")
    fill(client)
    client.reply("pong 2")
    client.push("too much")
    client.reply("pong 3")

    assert texts(client) == ["pong 1", "pong 2", snapshot(2), "pong 3"]


async def test_answers_that_nobody_reads_are_bounded(client):
    """Who sends and does not read cannot fill the memory; the stream is untouched."""
    for number in range(2 * ANSWERS_MAX):
        client.reply(f"pong {number}")
    client.push("delta")

    read = [await client.next() for _ in range(ANSWERS_MAX + 1)]

    assert read == [*(f"pong {number}" for number in range(ANSWERS_MAX)), "delta"]
    client.reply("pong")
    assert texts(client) == ["pong"]


@pytest.mark.parametrize("ask", ["before", "by falling", "after"])
def test_a_question_is_answered_even_so(client, ask):
    """The snapshot that takes the place of all has the id of the one asked for."""
    if ask == "before":
        client.resend(5)
    fill(client)
    if ask == "by falling":
        client.resend(5)
    client.push("too much")
    if ask == "after":
        client.resend(5)
        client.resend()

    (last,) = texts(client)

    assert json.loads(last)[2] == 5
    fill(client)
    client.push("too much")
    assert json.loads(texts(client)[0])[2] is None


def test_a_new_stream_takes_the_place_of_the_old(client):
    """Its snapshot comes first, also for a client that had fallen behind."""
    other = Snapshots()
    client.push("old")
    client.reply("pong")
    client.begin(other, 1)
    assert texts(client) == ["pong", snapshot(1, 1)]

    fill(client)
    client.push("too much")
    client.begin(other, 2)
    client.push("new")

    assert texts(client) == [snapshot(2, 2), "new"]


async def test_a_close_comes_after_what_waits(client):
    """And the first reason stays the reason."""
    client.push("last")
    client.close(1012)
    client.close(1008)

    assert await client.next() == "last"
    assert await client.next() is None
    assert client.close_code == 1012


@pytest.mark.parametrize(
    ("wake", "expected"),
    [
        (lambda client: client.push("frame"), "frame"),
        (lambda client: client.reply("pong"), "pong"),
        (lambda client: client.resend(), snapshot(2)),
        (lambda client: client.close(1000), None),
    ],
)
async def test_who_waits_is_woken(client, wake, expected):
    """By whatever there is to do."""
    waiting = asyncio.create_task(client.next())
    await asyncio.sleep(0)
    assert not waiting.done()

    wake(client)

    assert await asyncio.wait_for(waiting, 5) == expected
