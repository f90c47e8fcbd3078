"""Hot rows as readers get them: rendered once for all streams of a window."""

from collections.abc import Sequence
from functools import cached_property

from flowboard import stream_messages as messages
from flowboard.board import Board
from flowboard.models import MarketFlow


class Row:
    """One market's row, in every form in which it is sent.

    Attributes:
        flow: What it was rendered from.
        title: Likewise.
        fields: Each value as JSON text.
    """

    def __init__(
        self, flow: MarketFlow, title: str | None, fields: messages.RowFields
    ) -> None:
        self.flow = flow
        self.title = title
        self.fields = fields
        # Most streams have the same row before it, so one change serves them all.
        self._change: tuple[messages.RowFields, bytes] | None = None

    @cached_property
    def whole(self) -> bytes:
        """The row as an object."""
        return messages.row_object(self.fields)

    def change(self, before: "Row") -> bytes:
        """Return its ticker and what differs from `before`; empty if nothing does."""
        if self._change is None or self._change[0] is not before.fields:
            changed = messages.row_change(self.fields, before.fields)
            told = messages.row_object(changed) if changed else b""
            self._change = before.fields, told
        return self._change[1]


class RowBook:
    """The rows of the board as it is, and of what it was before that.

    Args:
        board: The figures.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._state: object = None
        self._now: dict[str, dict[int, Row]] = {}
        self._before: dict[str, dict[int, Row]] = {}

    def rows(self, window: str, ranked: Sequence[int]) -> dict[int, Row]:
        """Return the rows of markets that have a trade in `window`, in that order.

        A row that has not changed is the same object as before.
        """
        board = self._board
        state = board.seq, board.board_ms, board.tape_from_ms
        if state != self._state:
            self._state = state
            self._before.update(self._now)
            self._now = {}
        known = self._now.setdefault(window, {})
        before = self._before.get(window, {})
        titles = board.markets.titles
        missing = [m for m in ranked if m not in known or known[m].title != titles[m]]
        for flow in board.aggregator.rows(window, missing):
            market = flow.market
            row, title = before.get(market), titles[market]
            if row is None or row.title != title or row.flow != flow:
                row = Row(flow, title, messages.row_fields(flow, board.markets))
            known[market] = row
        return {market: known[market] for market in ranked if market in known}
