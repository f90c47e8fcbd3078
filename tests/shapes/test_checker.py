"""The checker finds what is wrong, and lets pass what is right."""

from typing import Any

import pytest

from tests.shapes.checker import FORMATS, problems, shape_of_frame
from tests.shapes.facts import SHAPES


def a_trade_frame() -> dict[str, Any]:
    return {
        "type": "trade",
        "sid": 2,
        "seq": 41,
        "msg": {
            "trade_id": "3f0c1a52-7b1d-4d0e-0b6a-91c2d7e5aa10",
            "market_ticker": "KXDEMO-26NOV21-T50",
            "yes_price_dollars": "0.3600",
            "no_price_dollars": "0.6400",
            "count_fp": "136.00",
            "taker_outcome_side": "no",
            "taker_book_side": "ask",
            "is_block_trade": False,
            "ts_ms": 1_795_219_200_123,
        },
        "sending_ts_ms": 1_795_219_200_127,
    }


def test_a_right_frame_has_no_problems() -> None:
    """A frame of today's form passes, with or without the deprecated keys."""
    frame = a_trade_frame()

    assert problems("trade", frame) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("yes_price_dollars", 0.36),
        ("yes_price_dollars", "0.36"),
        ("count_fp", "136"),
        ("count_fp", "136.000"),
        ("trade_id", "5ac29930"),
        ("taker_outcome_side", "bid"),
        ("is_block_trade", "false"),
        ("ts_ms", 1_795_219_200),
        ("ts_ms", "1795219200123"),
        ("market_ticker", None),
    ],
)
def test_a_wrong_value_is_named(key: str, value: object) -> None:
    """A value of the wrong type or format is one problem, with its path."""
    frame = a_trade_frame()
    frame["msg"][key] = value

    [problem] = problems("trade", frame)
    assert problem.startswith(f"trade.msg.{key} ")


def test_missing_and_unknown_keys_are_named() -> None:
    """Today's frames have every key and no other."""
    frame = a_trade_frame()
    del frame["msg"]["count_fp"]
    frame["extra"] = 1

    assert problems("trade", frame) == [
        "trade.msg.count_fp is missing",
        "trade.extra is unknown",
    ]


def test_recordings_may_be_older_or_newer() -> None:
    """A recording may lack what came later and have what nobody described."""
    frame = a_trade_frame()
    del frame["msg"]["taker_outcome_side"]
    del frame["sending_ts_ms"]
    frame["extra"] = 1

    assert problems("trade", frame, today=False) == []


def test_every_rule_of_the_table_can_be_read() -> None:
    """A format or shape that a rule names exists."""
    for shape in SHAPES.values():
        for rule in shape.values():
            name = rule.rstrip("?~-").removesuffix(" or null").strip("[]")
            if name.startswith("="):
                continue
            known = SHAPES if name.startswith("@") else FORMATS
            assert name.removeprefix("@") in known


def test_frames_find_their_shape() -> None:
    """A frame's type names its shape; the answer to a listing is a shape of its own."""
    assert shape_of_frame(a_trade_frame()) == "trade"
    assert shape_of_frame({"type": "ok", "msg": []}) == "ok.list"
    assert shape_of_frame({"type": "news"}) is None
    assert shape_of_frame([1]) is None
