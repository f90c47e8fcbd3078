"""Events as readers get them, over HTTP and on the stream."""

from flowboard.board import Board
from flowboard.events.beliefs import outlook_at_start, outlook_now
from flowboard.events.event_flow import EventFlow, MemberFlow
from flowboard.market_info import EndsBy
from flowboard.money import format_count_e2, format_dollars_e6, format_price_e4
from flowboard.stream_frames import Event, EventMarket, EventSide

TOP_MARKETS = 3


def event_object(board: Board, flow: EventFlow, window: str) -> Event:
    """Return an event's object.

    Args:
        board: Whose event it is.
        flow: Its figures over `window`.
        window: Key of `models.WINDOWS_MS`.
    """
    info, members, shape = flow.info, flow.members, flow.shape
    series_ticker, category, league = _places(board, flow)
    ends = _ends(flow)
    median = first_median = None
    if shape.kind == "ladder":
        median = outlook_now(board, flow).median
        first_median = outlook_at_start(board, flow, window, trades=False).median
    net_e2 = flow.net_flow_e2
    plus_e6, minus_e6, other_e6 = flow.sides_e6
    return Event(
        event_ticker=flow.ticker,
        title=(info.title or None) if info is not None else None,
        sub_title="" if info is None else info.sub_title,
        series_ticker=series_ticker,
        category=category,
        league=league,
        kind=shape.kind,
        ends_ts_ms=None if ends is None else ends[0],
        ends_by=None if ends is None else ends[1],
        market_count=len(members),
        traded_market_count=sum(member.trade_count > 0 for member in members),
        over_market_count=sum(member.is_over for member in members),
        notional_dollars=format_dollars_e6(flow.notional_e6),
        volume_fp=format_count_e2(flow.volume_e2),
        trade_count=flow.trade_count,
        plus_side=shape.plus,
        minus_side=shape.minus,
        net_flow_fp=None if net_e2 is None else format_count_e2(net_e2),
        flow_size_fp=format_count_e2(flow.flow_size_e2),
        plus_flow_dollars=format_dollars_e6(plus_e6),
        minus_flow_dollars=format_dollars_e6(minus_e6),
        other_flow_dollars=format_dollars_e6(other_e6),
        median=median,
        first_median=first_median,
        top_markets=tuple(
            _market_object(board, member) for member in flow.largest(TOP_MARKETS)
        ),
    )


def side_of(member: MemberFlow) -> EventSide | None:
    """Return to which side a market's YES points."""
    if not member.sign:
        return None
    return "plus" if member.sign > 0 else "minus"


def _market_object(board: Board, member: MemberFlow) -> EventMarket:
    last = None
    if member.market is not None:
        last = board.aggregator.last_trade(member.market)
    return EventMarket(
        market_ticker=member.ticker,
        outcome="" if member.info is None else member.info.outcome,
        side=side_of(member),
        is_over=member.is_over,
        yes_price_dollars=None if last is None else format_price_e4(last[1]),
        notional_dollars=format_dollars_e6(member.notional_e6),
        net_flow_fp=format_count_e2(member.net_flow_e2),
        trade_count=member.trade_count,
    )


def _places(board: Board, flow: EventFlow) -> tuple[str, str, str]:
    """Return series, category and league: a market's, which is where they are told."""
    directory, info = board.markets.directory, flow.info
    if flow.members:
        ticker = flow.members[0].ticker
        return (
            directory.series_of(ticker),
            directory.category_of(ticker),
            directory.league_of(ticker),
        )
    if info is None:
        return "", "", ""
    return info.series_ticker, info.category, info.league


def _ends(flow: EventFlow) -> tuple[int, EndsBy] | None:
    known = [
        (member.is_over, member.info.ends_ms)
        for member in flow.members
        if member.info is not None
    ]
    live = [ends for is_over, ends in known if ends is not None and not is_over]
    if live:
        return min(live)
    return max((ends for _, ends in known if ends is not None), default=None)
