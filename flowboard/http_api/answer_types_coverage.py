"""What `/api/coverage` answers with, as types; see `answer_types`."""

from typing import Literal

from msgspec import Struct

from flowboard.stream_frames.values import Ms


class CoveredSpan(Struct, frozen=True):
    """Exchange time of which nothing is missing.

    Attributes:
        from_ms: The first millisecond.
        to_ms: The first that is not of it any more.
    """

    from_ms: Ms
    to_ms: Ms


class GapReport(Struct, frozen=True, kw_only=True):
    """A span of exchange time of which trades may be missing, or were.

    Attributes:
        gap: Its number.
        cause: start, connect, disconnect, restart, seq, stall, sleep, audit, backfill;
            others may come.
        from_ms: The first millisecond that may be missing.
        to_ms: The first that is not; falls as the gap is walked. null: up to the newest.
        asked_to_ms: What `to_ms` was before.
        ticker: Of one market alone; null: of all.
        state: healing: being walked.
        background: Older than the installation, or asked for.
        noticed_ms: When it was noticed, by the server's clock.
        closed_ms: When it was closed; null while it is not.
        recovered: Trades that were missing.
        pages: That were asked for.
    """

    gap: int
    cause: str
    from_ms: Ms
    to_ms: Ms | None
    asked_to_ms: Ms | None
    ticker: str | None
    state: Literal["open", "healing", "closed"]
    background: bool
    noticed_ms: Ms
    closed_ms: Ms | None
    recovered: int
    pages: int


class AuditTotal(Struct, frozen=True, kw_only=True):
    """What came of comparing with the exchange, trade by trade.

    Attributes:
        ours: Trades here.
        exchange: Trades that the exchange has.
        missing: Of the exchange's, not here.
        extra: Here, not the exchange's.
        recovered: Missing when first compared, and healed.
        audited_ms: How much time was compared.
    """

    ours: int
    exchange: int
    missing: int
    extra: int
    recovered: int
    audited_ms: int


class AuditedHour(AuditTotal, frozen=True, kw_only=True):
    """An hour of the clock, compared with the exchange.

    Attributes:
        from_ms: Where it begins.
        whole: Whether all of it was compared.
        digest: Of the ids of our trades, 32 hex digits.
        exchange_digest: Of the exchange's.
    """

    from_ms: Ms
    whole: bool
    digest: str
    exchange_digest: str


class CoverageReport(Struct, frozen=True, kw_only=True):
    """Which of the exchange's trades are here, and how that is known.

    Attributes:
        since_ms: Where the tape begins; null before the first start.
        complete_to_ms: Up to here nothing is missing, but for what is filled in.
        audited_from_ms: Where what was compared in 24 hours begins; null: nothing was.
        audited_to_ms: Where it ends.
        spans: Of which nothing is missing, oldest first.
        gaps: Newest first; at most 200, the open ones among them.
        last_24h: All comparisons of 24 hours.
        hours: Of the clock, newest first.
        reconnects: How often the link to the exchange came back since the start.
        timestamp: The server's wall clock, ISO 8601, UTC.
    """

    since_ms: Ms | None
    complete_to_ms: Ms | None
    audited_from_ms: Ms | None
    audited_to_ms: Ms | None
    spans: tuple[CoveredSpan, ...]
    gaps: tuple[GapReport, ...]
    last_24h: AuditTotal
    hours: tuple[AuditedHour, ...]
    reconnects: int
    timestamp: str
