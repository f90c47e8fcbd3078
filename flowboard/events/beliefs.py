"""What a ladder's markets are thought to be worth, now and at a window's start."""

from collections.abc import Sequence

from msgspec import Struct

from flowboard.board import Board
from flowboard.events.distribution import Distribution, implied
from flowboard.events.event_flow import EventFlow, MemberFlow
from flowboard.market_info import Quote
from flowboard.money import DOLLAR_E4

# A book with one side alone tells a price where the room that it leaves is so narrow.
ROOM_MAX_E4 = 1_000


class Outlook(Struct, frozen=True):
    """What a ladder implied at one moment.

    Attributes:
        distribution: None where too few prices are known.
        quoted: How many of its markets' prices were quotes; the others were trades.
        priced: How many had a price.
    """

    distribution: Distribution | None
    quoted: int
    priced: int

    @property
    def median(self) -> float | None:
        """The median; None where it is not known."""
        return None if self.distribution is None else self.distribution.median


def outlook_now(board: Board, flow: EventFlow) -> Outlook:
    """Return what a ladder implies now: by results, else quotes, else last trades."""
    return _outlook(flow, [_belief_now(board, member) for member in flow.members])


def outlook_at_start(
    board: Board, flow: EventFlow, window: str, *, trades: bool
) -> Outlook:
    """Return what a ladder implied at the start of `window`.

    Args:
        board: Where its prices are.
        flow: The ladder.
        window: Key of `models.WINDOWS_MS`.
        trades: Whether the window's first trade stands in for a quote that is not known;
            looking it up costs more than all the rest.
    """
    mids = [
        None
        if member.market is None
        else board.quotes.first_mid_e4(window, member.market)
        for member in flow.members
    ]
    asked = [
        member.market
        for member, mid in zip(flow.members, mids, strict=True)
        if mid is None and member.market is not None and trades
    ]
    rows = board.aggregator.rows(window, asked) if asked else []
    first = {row.market: row.first_yes_price_e4 for row in rows}
    return _outlook(
        flow,
        [
            (mid, True)
            if mid is not None
            else (None if member.market is None else first.get(member.market), False)
            for member, mid in zip(flow.members, mids, strict=True)
        ],
    )


def _outlook(flow: EventFlow, beliefs: Sequence[tuple[int | None, bool]]) -> Outlook:
    prices = [price for price, _ in beliefs]
    return Outlook(
        implied(flow.shape.spans, prices) if flow.shape.spans else None,
        sum(quoted for price, quoted in beliefs if price is not None),
        sum(price is not None for price in prices),
    )


def _belief_now(board: Board, member: MemberFlow) -> tuple[int | None, bool]:
    """Return a price and whether it is a quote."""
    info, market = member.info, member.market
    if info is not None and info.result in ("yes", "no"):
        return (DOLLAR_E4 if info.result == "yes" else 0), False
    if market is None:
        return None, False
    quoted = _middle_e4(board.quotes.quote(market))
    if quoted is not None:
        return quoted, True
    last = board.aggregator.last_trade(market)
    return (None if last is None else last[1]), False


def _middle_e4(quote: Quote | None) -> int | None:
    """Return the mid; of one side alone the middle of the room that it leaves."""
    if quote is None:
        return None
    mid_e4 = quote.mid_e4
    if mid_e4 is not None:
        return mid_e4
    low_e4, high_e4 = max(quote.bid_e4, 0), min(quote.ask_e4, DOLLAR_E4)
    return (low_e4 + high_e4) // 2 if high_e4 - low_e4 <= ROOM_MAX_E4 else None
