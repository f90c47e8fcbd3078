"""Our ids of a span and the exchange's -> what is missing and what is extra: pure.

One trade may be a moment apart in two feeds, so trades are matched by their ids alone.
Which span a trade belongs to is told by our time, or by the exchange's if we have none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from flowboard.coverage import Span
from flowboard.digest import EMPTY, added, digest_of

MARGIN_MS = 2_000  # Further apart one trade is not in two feeds: a second, and some.
EXAMPLES_MAX = 3


class Audit(NamedTuple):
    """One closed span, compared with the exchange trade by trade.

    Attributes:
        from_ms: Exchange time; `to_ms` is the first millisecond behind it.
        ours: Trades here; `exchange`: trades there.
        missing: Of the exchange's, not here; `extra`: here, not the exchange's.
        ours_digest: Of the ids of `ours`, see `digest`; `exchange_digest` likewise.
        recovered: Trades that were missing at first and were healed.
        audited_ms: Wall clock.
    """

    from_ms: int
    to_ms: int
    ours: int
    exchange: int
    missing: int
    extra: int
    ours_digest: bytes
    exchange_digest: bytes
    recovered: int
    audited_ms: int


@dataclass(frozen=True)
class Comparison:
    """What came of comparing a span.

    Attributes:
        ours: Trades here; `exchange`: trades there, unreadable ones too.
        missing: Of the exchange's, not here; `extra`: here, not the exchange's.
        ours_digest: Of our ids, see `digest`; `exchange_digest` of those it told.
        missing_ids: A few of what is missing, for people; `extra_ids` likewise.
    """

    ours: int = 0
    exchange: int = 0
    missing: int = 0
    extra: int = 0
    ours_digest: bytes = EMPTY
    exchange_digest: bytes = EMPTY
    missing_ids: tuple[bytes, ...] = ()
    extra_ids: tuple[bytes, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether both have the same trades."""
        return not (self.missing or self.extra)


def compared(
    ours: Mapping[bytes, int],
    theirs: Mapping[bytes, int],
    span: Span,
    unreadable: int = 0,
) -> Comparison:
    """Return how the trades of a span differ.

    Args:
        ours: Ids and times in ms, of the span and `MARGIN_MS` on either side.
        theirs: Likewise, the exchange's.
        span: Which trades to count.
        unreadable: Rows of the exchange that are no trade we know to read. Nobody can
            say that we have those, so they count as missing.
    """
    from_ms, to_ms = span
    here = {t for t, ts_ms in ours.items() if from_ms <= ts_ms < to_ms}
    missing = {
        t for t, ts_ms in theirs.items() if from_ms <= ts_ms < to_ms and t not in ours
    }
    extra = {t for t in here if t not in theirs}
    ours_digest = digest_of(here)
    exchange_digest = ours_digest
    if missing or extra:
        exchange_digest = digest_of(chain(here - extra, missing))
    return Comparison(
        ours=len(here),
        exchange=len(here) - len(extra) + len(missing) + unreadable,
        missing=len(missing) + unreadable,
        extra=len(extra),
        ours_digest=ours_digest,
        exchange_digest=exchange_digest,
        missing_ids=tuple(sorted(missing)[:EXAMPLES_MAX]),
        extra_ids=tuple(sorted(extra)[:EXAMPLES_MAX]),
    )


def summed(parts: Iterable[Comparison]) -> Comparison:
    """Return the comparison of a span from those of its parts."""
    parts = list(parts)
    return Comparison(
        ours=sum(part.ours for part in parts),
        exchange=sum(part.exchange for part in parts),
        missing=sum(part.missing for part in parts),
        extra=sum(part.extra for part in parts),
        ours_digest=added(part.ours_digest for part in parts),
        exchange_digest=added(part.exchange_digest for part in parts),
        missing_ids=_first(part.missing_ids for part in parts),
        extra_ids=_first(part.extra_ids for part in parts),
    )


def _first(examples: Iterable[tuple[bytes, ...]]) -> tuple[bytes, ...]:
    return tuple(islice(chain.from_iterable(examples), EXAMPLES_MAX))
