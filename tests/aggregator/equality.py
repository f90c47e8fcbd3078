"""An aggregator against the oracle, every figure of every window."""

import msgspec

from tests import oracle


def assert_equals_oracle(aggregator, prints):
    """Compare all that an aggregator tells with sums over `prints`."""
    board_ms = aggregator.board_ms
    tickers = aggregator.markets.tickers
    for window in oracle.SPANS:
        assert aggregator.span(window) == oracle.span(window, board_ms)
        assert aggregator.totals(window) == oracle.totals(prints, window, board_ms)
        shown = {}
        for row in aggregator.rows(window, range(len(tickers))):
            shown[tickers[row.market]] = msgspec.structs.asdict(row)
            del shown[tickers[row.market]]["market"]
        figures = {
            ticker: row
            for ticker in tickers
            if (row := oracle.figures(prints, ticker, window, board_ms)) is not None
        }
        assert shown == figures, window
        if window != "24h":
            # Heat is too coarse to show a dollar that is lost.
            kept = aggregator._windows[window].baseline_e6[: len(tickers)].tolist()
            assert kept == [
                oracle.baseline(prints, ticker, window, board_ms) for ticker in tickers
            ], window
        for sort in ("notional", "volume", "net_flow", "heat"):
            for limit, combos in ((2, True), (3, False), (50, True)):
                top = aggregator.top(window, sort, limit, combos)
                assert [tickers[market] for market in top] == oracle.ranked(
                    prints, window, board_ms, sort, limit, combos
                )
