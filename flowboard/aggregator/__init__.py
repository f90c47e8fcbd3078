"""Trades -> figures per market over five sliding windows; pure, integers only.

    cells        trades -> the sums of one market over one bucket (a second, a minute)
    blocks       the cells of each bucket, kept while any window needs them
    window       sums per market of what is inside one window; a heap of its buckets
    prices       first and last prices per bucket, of the markets that are shown
    ranking      the largest of a figure, ties by ticker
    windows      all of it behind one door: fold, advance, top, rows

A trade is counted once into its second and its minute; a window then gains and loses
whole buckets, so that nothing here grows with the number of trades. Every figure is a
function of the trades with from <= ts < to alone, in whatever order they came.
"""

from flowboard.aggregator.cells import Cells, cells_of
from flowboard.aggregator.windows import Aggregator, Totals

__all__ = ["Aggregator", "Cells", "Totals", "cells_of"]
