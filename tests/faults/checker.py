"""The checker that every fault test ends with: the exchange's truth T, the rows D on
disk, what a client saw C. Lost = T without D, doubled, invented, altered: none of any."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

Row = tuple[Any, ...]  # As `stored.rows_of` and `made_tape.row_of`: the id comes first.
NAMED = 5  # Of what is wrong, so many are named.


class Verdict(NamedTuple):
    """What the checker found; empty lists are what a test wants.

    Attributes:
        traded: How many trades the exchange made.
        stored: How many rows there are.
        seen: How many trades the client was shown.
        lost: Traded, and on no row.
        doubled: On two rows, or told to the client as new twice.
        invented: On a row, and never traded.
        altered: On a row that says something else than the exchange.
        unstored: Shown to the client, and on no row.
        windows: Figures of windows that are no sums over the rows.
    """

    traded: int
    stored: int
    seen: int
    lost: list[str]
    doubled: list[str]
    invented: list[str]
    altered: list[str]
    unstored: list[str]
    windows: list[str]

    @property
    def faults(self) -> dict[str, list[str]]:
        """What is wrong, by kind; empty when nothing is."""
        kinds = self._asdict()
        return {name: found for name, found in kinds.items() if found and name in KINDS}

    def __str__(self) -> str:
        counts = f"{self.traded} traded, {self.stored} stored, {self.seen} seen"
        wrong = [
            f"{len(found)} {name}: {', '.join(found[:NAMED])}"
            for name, found in self.faults.items()
        ]
        return "; ".join([counts, *(wrong or ["nothing lost, nothing doubled"])])


KINDS = ("lost", "doubled", "invented", "altered", "unstored", "windows")


def judged(
    truth: Mapping[str, Row],
    rows: Sequence[Row],
    deltas: Mapping[str, int],
    shown: Iterable[str],
    windows: Sequence[str] = (),
) -> Verdict:
    """Hold the three against each other.

    Args:
        truth: What the exchange made, by id.
        rows: What is on disk.
        deltas: How often each trade came to the client as a new one.
        shown: Ids of all trades that the client was shown.
        windows: What is wrong with the windows; see `stored.windows_differ`.
    """
    copies = Counter(row[0] for row in rows)
    seen = set(shown)
    return Verdict(
        traded=len(truth),
        stored=len(rows),
        seen=len(seen),
        lost=[trade_id for trade_id in truth if trade_id not in copies],
        doubled=sorted(
            {trade_id for trade_id, n in copies.items() if n > 1}
            | {trade_id for trade_id, n in deltas.items() if n > 1}
        ),
        invented=[trade_id for trade_id in copies if trade_id not in truth],
        altered=[row[0] for row in rows if truth.get(row[0], row) != row],
        unstored=sorted(seen - copies.keys()),
        windows=list(windows),
    )


def claims_broken(
    spans: Iterable[Mapping[str, int]], truth: Mapping[str, Row], rows: Iterable[Row]
) -> list[str]:
    """Return trades of spans that the board called complete, and that it has not.

    Args:
        spans: Of `/api/coverage`: `from_ms` on, and before `to_ms`.
        truth: What the exchange made, by id.
        rows: What is on disk, read after the spans were told.
    """
    stored = {row[0] for row in rows}
    claimed = [(span["from_ms"], span["to_ms"]) for span in spans]
    return [
        trade_id
        for trade_id, row in truth.items()
        if trade_id not in stored
        and any(from_ms <= row[-1] < to_ms for from_ms, to_ms in claimed)
    ]
