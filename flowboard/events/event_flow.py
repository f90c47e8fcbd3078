"""An event's figures over a window, as sums of its markets'.

Contracts give direction, dollars give size: as everywhere on the board. Markets that are
over count as long as their trades are in the window, and are marked.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from flowboard.aggregator.cells import (
    FIGURES,
    NO_COUNT,
    NO_FLOW,
    TRADES,
    YES_COUNT,
    YES_FLOW,
)
from flowboard.board import Board
from flowboard.events.direction import Shape
from flowboard.events.members import Members, ids_by_event, members_of
from flowboard.market_info import EventInfo, MarketInfo

NOTHING = (0,) * FIGURES


class MemberFlow(Struct, frozen=True, gc=False):
    """One market of an event over the window; zeros where it was not traded in it.

    Attributes:
        ticker: The market.
        market: Its id; None where it was never traded or quoted.
        info: What is known of it.
        sign: 1 where its YES points to the plus side, -1 to the minus side, 0 nowhere.
        is_over: Whether nobody can trade it any more.
        yes_count_e2, no_count_e2: Contracts by the taker's side.
        yes_flow_e6, no_flow_e6: Dollars by the taker's side.
    """

    ticker: str
    market: int | None
    info: MarketInfo | None
    sign: int
    is_over: bool
    trade_count: int
    yes_count_e2: int
    no_count_e2: int
    yes_flow_e6: int
    no_flow_e6: int

    @property
    def notional_e6(self) -> int:
        """Dollars paid by all takers."""
        return self.yes_flow_e6 + self.no_flow_e6

    @property
    def volume_e2(self) -> int:
        """Contracts of all takers."""
        return self.yes_count_e2 + self.no_count_e2

    @property
    def net_flow_e2(self) -> int:
        """Contracts of YES takers less those of NO takers."""
        return self.yes_count_e2 - self.no_count_e2


class EventFlow(Struct, frozen=True):
    """One event over the window.

    Attributes:
        ticker: The event.
        info: What is known of it.
        shape: How its members hang together, in their order.
        members: Every known market of it: a ladder's by strike, others by ticker.
    """

    ticker: str
    info: EventInfo | None
    shape: Shape
    members: tuple[MemberFlow, ...]

    @property
    def trade_count(self) -> int:
        """Trades."""
        return sum(member.trade_count for member in self.members)

    @property
    def volume_e2(self) -> int:
        """Contracts of all takers."""
        return sum(member.volume_e2 for member in self.members)

    @property
    def notional_e6(self) -> int:
        """Dollars paid by all takers."""
        return sum(member.notional_e6 for member in self.members)

    @property
    def net_flow_e2(self) -> int | None:
        """Contracts towards the plus side less those towards the minus side.

        None where the event has no sides.
        """
        if self.shape.plus is None:
            return None
        return sum(member.sign * member.net_flow_e2 for member in self.members)

    @property
    def flow_size_e2(self) -> int:
        """How strong its direction is: without sides that of its strongest market."""
        net_e2 = self.net_flow_e2
        if net_e2 is not None:
            return abs(net_e2)
        return max((abs(member.net_flow_e2) for member in self.members), default=0)

    @property
    def sides_e6(self) -> tuple[int, int, int]:
        """Dollars of takers towards the plus side, the minus side, and neither."""
        plus = minus = neither = 0
        for member in self.members:
            if member.sign > 0:
                plus, minus = plus + member.yes_flow_e6, minus + member.no_flow_e6
            elif member.sign < 0:
                plus, minus = plus + member.no_flow_e6, minus + member.yes_flow_e6
            else:
                neither += member.notional_e6
        return plus, minus, neither

    def largest(self, limit: int) -> list[MemberFlow]:
        """Return the traded members with the most dollars, ties by ticker."""
        traded = [member for member in self.members if member.trade_count]
        traded.sort(key=lambda member: (-member.notional_e6, member.ticker))
        return traded[:limit]


def flow_of(board: Board, event_ticker: str, window: str) -> EventFlow | None:
    """Return an event's figures over `window`; None where nothing is known of it."""
    event = board.markets.event_id(event_ticker)
    if event is not None:
        return flows_of(board, [event], window)[0]
    members = members_of(board.markets, event_ticker, ())
    if members.event is None and not members.tickers:
        return None
    return _flow(members, {})


def flows_of(board: Board, events: Sequence[int], window: str) -> list[EventFlow]:
    """Return the figures of events over `window`, in the order asked.

    Args:
        board: Where they are.
        events: Places in `Markets.events`, each once.
        window: Key of `models.WINDOWS_MS`.
    """
    markets = board.markets
    ids = ids_by_event(markets, events)
    sums = board.aggregator.sums(window)
    # Markets that have come since the last trade have no column yet.
    known = [market for each in ids.values() for market in each]
    known = [market for market in known if market < sums.shape[1]]
    figures = dict(zip(known, sums[:, known].T.tolist(), strict=True))
    return [
        _flow(members_of(markets, markets.events[event], ids[event]), figures)
        for event in events
    ]


def _flow(members: Members, figures: Mapping[int, Sequence[int]]) -> EventFlow:
    flows: list[MemberFlow] = []
    columns = zip(
        members.tickers, members.ids, members.infos, members.shape.signs, strict=True
    )
    for ticker, market, info, sign in columns:
        sums = NOTHING if market is None else figures.get(market, NOTHING)
        flows.append(
            MemberFlow(
                ticker=ticker,
                market=market,
                info=info,
                sign=sign,
                is_over=info is not None and info.is_over,
                trade_count=sums[TRADES],
                yes_count_e2=sums[YES_COUNT],
                no_count_e2=sums[NO_COUNT],
                yes_flow_e6=sums[YES_FLOW],
                no_flow_e6=sums[NO_FLOW],
            )
        )
    return EventFlow(members.event_ticker, members.event, members.shape, tuple(flows))
