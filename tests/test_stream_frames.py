import json
import re
from pathlib import Path

import msgspec
import pytest

from flowboard import stream_frames as frames
from flowboard import stream_messages as messages
from flowboard.stream_frames import (
    ClientFrame,
    GetSnapshot,
    InForce,
    Ping,
    ServerFrame,
    Subscribe,
    Wanted,
    read_frame,
    write_frame,
)
from flowboard.subscription import KEYS, SORTS, Subscription, parse
from tests.stream_stage import Stage, texts
from tests.trade_batches import START_MS, make_print

HERE = frames.__name__
MODULES = (frames.from_server, frames.to_server, frames.values)
PAGE = (Path(__file__).parents[1] / "docs" / "stream.md").read_text("utf-8")
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", PAGE, re.S)]


def sent():
    """Return what the product sends, of each kind that it has without a socket."""
    stage = Stage()
    client = stage.join(Subscription(limit=1, window="24h"))
    stage.beat([make_print(1, ticker="KXOLD")], START_MS)
    large = [make_print(n, ticker="KXA", count_e2=10**6) for n in range(2, 5)]
    stage.beat(large, START_MS + 1)
    stage.mono_ms += 6_000
    stage.hub.tick()
    epoch = json.loads(texts(stage.join(Subscription(limit=1, window="24h")))[0])
    resumed = stage.join(
        Subscription(limit=1, window="24h"), epoch=epoch["epoch"], offset=1
    )
    trade = epoch["recent_trades"][0]
    return [
        *texts(client),
        texts(resumed)[0],
        messages.pong(7).decode(),
        messages.error("code", "why", "x").decode(),
        messages.tape_page([json.dumps(trade).encode()], 4, True).decode(),
    ]


def without_nothing(value):
    """Return `value` without empty lists, which may also be left out."""
    return {key: inner for key, inner in value.items() if inner != []}


def test_what_the_product_sends_is_read_and_written_again():
    """Every kind of frame, key for key: no key of the product's is unknown."""
    kinds = set()

    for text in sent():
        frame = read_frame(text)
        assert frame is not None
        kinds.add(frame.__struct_config__.tag)
        written = json.loads(write_frame(frame))
        assert without_nothing(written) == without_nothing(json.loads(text))

    assert kinds == set(frames.KINDS)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["type"])
def test_the_examples_of_the_document_are_frames(example):
    """Each is one of either way."""
    known = msgspec.json.decode(json.dumps(example), type=either(example["type"]))

    assert known.__struct_config__.tag == example["type"]


def either(kind):
    return ServerFrame if kind in frames.KINDS else ClientFrame


def test_types_that_are_not_known_are_read_over():
    """A later server may have more; one that is known has to be right."""
    assert read_frame('{"type":"later","offset":"seven"}') is None
    with pytest.raises(msgspec.ValidationError):
        read_frame('{"type":"heartbeat","offset":"seven"}')
    for text in ("{}", "[]", "null", '{"type":7}'):
        with pytest.raises(msgspec.ValidationError):
            read_frame(text)
    with pytest.raises(msgspec.DecodeError):
        read_frame("{")


def test_messages_to_the_server():
    """As docs/stream.md shows them, without what was left out."""
    subscribe = Subscribe(Wanted(window="1h", tickers=("KXA",)), id=9)

    assert [
        json.loads(write_frame(f)) for f in (Ping(7), GetSnapshot(), subscribe)
    ] == [
        {"type": "ping", "id": 7},
        {"type": "get_snapshot"},
        {
            "type": "subscribe",
            "id": 9,
            "subscription": {"window": "1h", "tickers": ["KXA"]},
        },
    ]


def test_a_subscription_has_the_keys_that_the_server_takes():
    """What may be asked for, and what a snapshot says of it."""
    assert set(Wanted.__struct_fields__) == set(KEYS)
    assert set(InForce.__struct_fields__) == {*KEYS, "limits"}
    assert set(frames.Sort.__args__) == set(SORTS)
    wanted = Wanted(sort="volume", min_notional=1_000, side="no", live_only=True)
    asked = msgspec.to_builtins(wanted)
    assert parse(asked, Subscription()).public()["min_notional"] == "1000.000000"


def test_each_field_is_described():
    """The docstring of a frame tells every key: the document is made of it."""
    named = [
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    ]
    described = {struct for struct in named if struct.__module__.startswith(HERE)}
    described.discard(frames.RowChange)  # Its keys are those of a hot row.

    assert len(described) > 15
    for struct in described:
        told = re.findall(r"^ {8}(\w+): ", struct.__doc__ or "", re.M)
        if not struct.__name__.startswith("_"):
            assert sorted(told) == sorted(struct.__struct_fields__), struct
