"""When each trade left the exchange, and how old it is at clients of the board."""

import statistics
import time
from array import array
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.fanout_clients import Client, Load, masked
from flowboard.kalshi.auth import load_signer

SUBSCRIBE = b'{"id":1,"cmd":"subscribe","params":{"channels":["trade"]}}'


class _Told(msgspec.Struct):
    trade_id: str


class _Frame(msgspec.Struct):
    type: str
    sending_ts_ms: int = 0
    msg: msgspec.Raw = msgspec.Raw()


class _Trade(msgspec.Struct):
    seq: int
    trade_id: str
    received_ts_ms: int


class _Delta(msgspec.Struct):
    type: str
    trades: list[_Trade] = []


class Spread(NamedTuple):
    """Ages in milliseconds.

    Attributes:
        p50, p99: From the exchange's frame to the client.
        trades: How many ages.
        in_p50, in_p99: From the exchange's frame to the board alone.
    """

    p50: float
    p99: float
    trades: int
    in_p50: float
    in_p99: float


class Exchange:
    """A client of the exchange itself: it notes when each frame was sent.

    Args:
        load: Reads for it.
        url: The exchange's WebSocket.
        keys: Folder of the key pair.
    """

    def __init__(self, load: Load, url: str, keys: Path) -> None:
        self.sent_ms: dict[str, int] = {}  # By trade.
        self._frame = msgspec.json.Decoder(_Frame).decode
        self._told = msgspec.json.Decoder(_Told).decode
        _, _, address, path = url.split("/", 3)
        signer = load_signer(
            (keys / "kalshi_key_id").read_text().strip(),
            keys / "kalshi_private_key.pem",
        )
        now_ms = time.time_ns() // 1_000_000
        headers = signer.headers("GET", f"/{path}", now_ms)
        (client,) = load.connect(
            int(address.rpartition(":")[2]),
            [f"/{path}"],
            heard=self._hear,
            hearing=(0,),
            headers="".join(f"{name}: {text}\r\n" for name, text in headers.items()),
            settled=False,
        )
        client.sock.send(masked(1, SUBSCRIBE))

    def _hear(self, _: Client, payload: bytes) -> None:
        frame = self._frame(payload)
        if frame.type == "trade":
            self.sent_ms[self._told(frame.msg).trade_id] = frame.sending_ts_ms


class Ages:
    """How long after the exchange's frame some clients had each trade.

    The exchange notes whole milliseconds, so an age is up to one too long.

    Args:
        exchange: Knows when it sent each.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._ms = array("f")
        self._way_in_ms = array("f")
        self._early: list[tuple[str, float]] = []  # Here before the exchange's frame.
        self._delta = msgspec.json.Decoder(_Delta).decode

    def hear(self, _: Client, payload: bytes) -> None:
        """Take a message of the stream."""
        now_ms = time.time_ns() / 1e6
        if not payload.startswith(b'{"type":"delta"'):
            return
        sent_ms = self._exchange.sent_ms
        for trade in self._delta(payload).trades:
            at_ms = sent_ms.get(trade.trade_id)
            if at_ms is None:
                self._early.append((trade.trade_id, now_ms))
            else:
                self._ms.append(now_ms - at_ms)
                self._way_in_ms.append(trade.received_ts_ms - at_ms)

    def forget(self) -> None:
        """Begin anew."""
        self._ms, self._way_in_ms, self._early = array("f"), array("f"), []

    def taken(self) -> Spread:
        """Return the ages since the last call, and begin anew."""
        sent_ms = self._exchange.sent_ms
        ages = [*self._ms]
        ages += [now - sent_ms[of] for of, now in self._early if of in sent_ms]
        way_in = statistics.quantiles(self._way_in_ms, n=100)
        self.forget()
        cuts = statistics.quantiles(ages, n=100)
        return Spread(cuts[49], cuts[98], len(ages), way_in[49], way_in[98])


class Tape:
    """A client that must have every trade once, combos too.

    Args:
        exchange: Knows what there was.

    Attributes:
        doubled: Trades that came twice.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.doubled = 0
        self._exchange = exchange
        self._seqs: set[int] = set()
        self._had: set[str] = set()
        self._before: set[str] = set()
        self._delta = msgspec.json.Decoder(_Delta).decode

    def hear(self, _: Client, payload: bytes) -> None:
        """Take a message of the stream."""
        if payload.startswith(b'{"type":"snapshot"'):
            if not self._had:  # Later ones come in place of deltas, which are lost.
                self._before = set(self._exchange.sent_ms)
            return
        if not payload.startswith(b'{"type":"delta"'):
            return
        for trade in self._delta(payload).trades:
            self.doubled += trade.trade_id in self._had or trade.seq in self._seqs
            self._seqs.add(trade.seq)
            self._had.add(trade.trade_id)

    @property
    def holes(self) -> int:
        """How many numbers between the first and the last `seq` never came."""
        seqs = self._seqs
        return max(seqs) - min(seqs) + 1 - len(seqs) if seqs else 0

    def lost(self, until_ms: int) -> int:
        """Return how many trades that the exchange sent before `until_ms` never came."""
        told = {t for t, at_ms in self._exchange.sent_ms.items() if at_ms < until_ms}
        return len(told - self._had - self._before)
