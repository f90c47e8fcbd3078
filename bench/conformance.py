"""Recordings of the real exchange, held against our decoder and our simulator.

    python -m bench.conformance FOLDER [--why]

For each type of message: how many there are, how many our client's decoder reads and
refuses, how many are as the table of facts says that the simulator's are, and (trades)
how many the simulator would take as a tape. Recordings may be older than the table.
`--why` adds the first few reasons of each kind.

A second table counts the markets, events and series, inside whatever answer they came,
and what is lost of them on the way to the board and the disk.
"""

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path

import orjson

from bench.listed_objects import ObjectReport, kept_wrongly
from bench.recordings import FOREIGN, Message, bodies, messages
from flowboard.errors import BadFrame
from flowboard.kalshi.messages import Decoder, OldTradeFrame, TradeFrame, UnknownFrame
from flowboard.kalshi.trade_rows import PageReader
from flowboard.simulator.tape import print_of_object
from tests.shapes.checker import problems
from tests.shapes.facts import SHAPES

REASONS_SHOWN = 3
COLUMNS = (
    "read",
    "refused",
    "read over",
    "as told",
    "not as told",
    "as tape",
    "no tape",
)


class Report:
    """Counts by type of message."""

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter()
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: dict[str, Counter[str]] = defaultdict(Counter)
        self._decoder = Decoder()
        self._pages = PageReader()

    def add(self, message: Message) -> None:
        """Hold one message against everything that has an opinion on it."""
        kind = message.kind
        self.messages[kind] += 1
        if kind == FOREIGN:
            return
        if message.is_frame:
            self._decode(message)
        elif kind == "rest.trade":
            self._read_row(message)
            self._as_tape(message)
        self._as_told(message)

    def _decode(self, message: Message) -> None:
        try:
            frame = self._decoder.decode(orjson.dumps(message.content))
            if isinstance(frame, UnknownFrame):
                self._count(message, "read over")
                return
            if isinstance(frame, TradeFrame):
                self._decoder.trade(frame, 0)
            elif isinstance(frame, OldTradeFrame):
                self._decoder.old_trade(frame, 0)
        except BadFrame as error:
            self._count(message, "refused", str(error))
            return
        self._count(message, "read")

    def _read_row(self, message: Message) -> None:
        body = orjson.dumps({"cursor": "", "trades": [message.content]})
        page = self._pages.read(body, 0, "backfill")
        self._count(message, "refused" if page.refused else "read", page.why)

    def _as_tape(self, message: Message) -> None:
        try:
            print_of_object(message.content)
        except ValueError as error:
            self._count(message, "no tape", str(error))
            return
        self._count(message, "as tape")

    def _as_told(self, message: Message) -> None:
        if message.kind not in SHAPES:
            return
        found = problems(message.kind, message.content, today=False)
        self._count(message, "not as told" if found else "as told", *found[:1])

    def _count(self, message: Message, verdict: str, *reasons: str | None) -> None:
        self.counts[message.kind][verdict] += 1
        for reason in reasons:
            if reason:
                text = f"{verdict}: {message.file}: {reason[:110]}"
                self.reasons[message.kind][text] += 1

    def lines(self, *, why: bool) -> list[str]:
        """Return the table."""
        head = f"{'type':24}{'messages':>10}" + "".join(f"{c:>13}" for c in COLUMNS)
        out = [head]
        for kind, number in sorted(self.messages.items()):
            counts = self.counts[kind]
            figures = "".join(f"{counts.get(c, ''):>13}" for c in COLUMNS)
            out.append(f"{kind:24}{number:>10}{figures}".rstrip())
            if why:
                some = self.reasons[kind].most_common(REASONS_SHOWN)
                out += [f"    {number} x {text}" for text, number in some]
        return out


def main() -> int:
    """Print the table; 1 if the folder holds no message."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--why", action="store_true", help="show some reasons")
    options = parser.parse_args()
    report = Report()
    for message in messages(options.folder):
        report.add(message)
    if not report.messages:
        print(
            f"{options.folder} holds no recordings: name a folder with .jsonl, "
            ".jsonl.gz or .json files (make conformance DIR=...)",
            file=sys.stderr,
        )
        return 1
    print("\n".join(report.lines(why=options.why)))
    objects = ObjectReport()
    for body in bodies(options.folder):
        objects.add(body)
    wrong = kept_wrongly(objects)
    print("\n" + "\n".join(objects.lines(wrong)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
