"""What the exchange sends over a WebSocket, as compact JSON that ends in a newline."""

from collections.abc import Sequence

import orjson

from flowboard.simulator.change_log import Change
from flowboard.simulator.prints import Print, render_payload, trade_payload

BIG_FRAME_BYTES = 9 * 1024 * 1024

ERRORS = {
    1: "Unable to process message",
    2: "Params required",
    3: "Channels required",
    4: "Subscription IDs required",
    5: "Unknown command",
    7: "Unknown subscription ID",
    8: "Unknown channel name",
    9: "Authentication required",
    10: "Channel error",
    11: "Invalid parameter",
    12: "Exactly one subscription ID is required",
    13: "Unsupported action",
    14: "Market Ticker required",
    15: "Action required",
    25: "Subscription buffer overflow",
}


def _frame(message: dict[str, object], sending_ts_ms: int) -> bytes:
    message["sending_ts_ms"] = sending_ts_ms
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)


def _reply(kind: str, command_id: int | None) -> dict[str, object]:
    return {"type": kind} if command_id is None else {"type": kind, "id": command_id}


def _numbered(sid: int, seq: int | None) -> dict[str, object]:
    """Return the sid and its next number; some channels have no numbers."""
    return {"sid": sid} if seq is None else {"sid": sid, "seq": seq}


def subscribed(command_id: int | None, channel: str, sid: int, now_ms: int) -> bytes:
    """Return the answer to the first subscribe to a channel."""
    message = _reply("subscribed", command_id)
    message["msg"] = {"channel": channel, "sid": sid}
    return _frame(message, now_ms)


def confirmed(
    command_id: int | None,
    sid: int,
    seq: int | None,
    market_tickers: Sequence[str] | None,
    now_ms: int,
) -> bytes:
    """Return ``ok`` with the whole list of markets; None leaves the list out."""
    message = _reply("ok", command_id) | _numbered(sid, seq)
    listed = {} if market_tickers is None else {"market_tickers": list(market_tickers)}
    message["msg"] = listed
    return _frame(message, now_ms)


def subscriptions(
    command_id: int | None, sids: Sequence[tuple[str, int]], now_ms: int
) -> bytes:
    """Return the answer to ``list_subscriptions``: an array of channel and sid."""
    message = _reply("ok", command_id)
    message["msg"] = [{"channel": channel, "sid": sid} for channel, sid in sids]
    return _frame(message, now_ms)


def unsubscribed(
    command_id: int | None, sid: int, seq: int | None, now_ms: int
) -> bytes:
    """Return the goodbye of one subscription."""
    message = _reply("unsubscribed", command_id) | _numbered(sid, seq)
    return _frame(message, now_ms)


def error(
    code: int,
    now_ms: int,
    command_id: int | None = None,
    sid: int | None = None,
    seq: int | None = None,
) -> bytes:
    """Return an error; one that belongs to a subscription bears its sid and a seq."""
    message = _reply("error", command_id)
    if sid is not None:
        message |= _numbered(sid, seq)
    message["msg"] = {"code": code, "msg": ERRORS[code]}
    return _frame(message, now_ms)


def trade_frames(
    trades: Sequence[Print], sid: int, first_seq: int, sending_ts_ms: int
) -> list[bytes]:
    """Return one frame a trade, numbered from `first_seq` on."""
    head = b'{"type":"trade","sid":%d,"seq":' % sid
    tail = b',"sending_ts_ms":%d}\n' % sending_ts_ms
    return [
        b'%b%d,"msg":%b%b' % (head, seq, trade.payload or trade_payload(trade), tail)
        for seq, trade in enumerate(trades, start=first_seq)
    ]


def trade_frame(
    trade: Print,
    sid: int,
    seq: int,
    sending_ts_ms: int,
    *,
    with_ts_ms: bool = True,
    with_unknown: bool = False,
) -> bytes:
    """Return one trade frame, whole or as a fault wants it."""
    payload = trade_payload(trade)
    if not with_ts_ms:
        payload = render_payload(trade, with_ts_ms=False)
    unknown = b""
    if with_unknown:
        payload = payload[:-1] + b',"matching_engine":{"lane":3},"tags":["x",null]}'
        unknown = b',"trace":"7f","shard":[1,2]'
    return b'{"type":"trade","sid":%d,"seq":%d,"msg":%b%b,"sending_ts_ms":%d}\n' % (
        sid,
        seq,
        payload,
        unknown,
        sending_ts_ms,
    )


def change_frame(
    change: Change, sid: int, seq: int | None, sending_ts_ms: int
) -> bytes:
    """Return the frame of a change; without a number on a channel that has none."""
    number = b"" if seq is None else b'"seq":%d,' % seq
    return b'{"type":"%b","sid":%d,%b"msg":%b,"sending_ts_ms":%d}\n' % (
        change.kind.encode(),
        sid,
        number,
        change.payload,
        sending_ts_ms,
    )


def unknown_frame(sid: int, sending_ts_ms: int) -> bytes:
    """Return a frame of a type that no client can know."""
    return (
        b'{"type":"market_weather","sid":%d,"msg":{"market_ticker":"KXNONE-0",'
        b'"mood":"calm","levels":[["0.1000",2],[]]},"sending_ts_ms":%d}\n'
    ) % (sid, sending_ts_ms)


def big_frame(sid: int, sending_ts_ms: int) -> bytes:
    """Return a frame of an unknown type, of `BIG_FRAME_BYTES`."""
    head = b'{"type":"market_chronicle","sid":%d,"msg":{"text":"' % sid
    tail = b'"},"sending_ts_ms":%d}\n' % sending_ts_ms
    return head + b"x" * (BIG_FRAME_BYTES - len(head) - len(tail)) + tail


def malformed_frame(trade: Print, turn: int, sid: int, sending_ts_ms: int) -> bytes:
    """Return a frame that cannot be read; `turn` chooses among the ways of that."""
    whole = trade_frame(trade, sid, 0, sending_ts_ms)
    broken = (
        whole[: len(whole) * 2 // 3],
        b'{"type":"trade","sid":"%d","seq":null,"msg":{"trade_id":17,'
        b'"market_ticker":null,"yes_price_dollars":0.36,"no_price_dollars":{},'
        b'"count_fp":[],"taker_outcome_side":true,"ts_ms":"soon"}}\n' % sid,
        b"",
        b'["trade",%d,{"type":"trade"}]\n' % sid,
        b'{"type":"trade","sid":%d,"msg":null}\n' % sid,
        b'{"sid":%d,"msg":{}}\n' % sid,
        b'{"type":7,"sid":%d,"seq":1e400}\n' % sid,
    )
    return broken[turn % len(broken)]
