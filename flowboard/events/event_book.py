"""The events of a window, ranked: a few steps over arrays, however many markets."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from msgspec.json import encode

from flowboard.aggregator.cells import NO_COUNT, NO_FLOW, TRADES, YES_COUNT, YES_FLOW
from flowboard.aggregator.ranking import largest
from flowboard.board import Board
from flowboard.events.event_flow import EventFlow, flows_of
from flowboard.events.event_objects import event_object
from flowboard.events.members import ids_by_event, members_of
from flowboard.markets import Markets
from flowboard.models import Ints

SORTS = ("notional", "trades", "flow")
ROOM = 256

Number = TypeVar("Number", bound=np.generic)


class EventBook:
    """The events of a board.

    Args:
        board: The figures.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._sides = _Sides(board.markets)
        self._state: object = None
        self._rendered: dict[str, dict[int, bytes]] = {}

    def objects(
        self,
        window: str,
        sort: str,
        limit: int,
        among: npt.NDArray[np.bool_] | None = None,
    ) -> dict[str, bytes]:
        """Return the first events as JSON by ticker, in their order; see `ranked`.

        Each is rendered once for all who ask until something changes.
        """
        board, markets = self._board, self._board.markets
        state = (
            board.seq,
            board.board_ms,
            board.quotes.version,
            markets.version,
            markets.directory.version,
        )
        if state != self._state:
            self._state, self._rendered = state, {}
        ranking = self._ranking(window, sort, limit, among)
        rendered = self._rendered.setdefault(window, {})
        missing = [event for event in ranking if event not in rendered]
        for event, flow in zip(missing, flows_of(board, missing, window), strict=True):
            rendered[event] = encode(event_object(board, flow, window))
        return {markets.events[event]: rendered[event] for event in ranking}

    def ranked(
        self,
        window: str,
        sort: str,
        limit: int,
        among: npt.NDArray[np.bool_] | None = None,
    ) -> list[EventFlow]:
        """Return the first events of `window` by `sort`, ties by ticker.

        An event is in it when one of its markets was traded in the window and not all
        of them are over. Its figures are those of all its markets, whatever `among` is.

        Args:
            window: Key of `models.WINDOWS_MS`.
            sort: notional, trades or flow: what to rank by, largest first.
            limit: How many at most.
            among: Of which markets an event needs a traded one, by id; any, if not
                given.
        """
        ranking = self._ranking(window, sort, limit, among)
        return flows_of(self._board, ranking, window)

    def _ranking(
        self,
        window: str,
        sort: str,
        limit: int,
        among: npt.NDArray[np.bool_] | None,
    ) -> list[int]:
        board, markets = self._board, self._board.markets
        sums = board.aggregator.sums(window)[:, : len(markets)]
        traded = sums[TRADES].nonzero()[0]
        events = self._listed(traded if among is None else traded[among[traded]])
        known = len(markets.events)
        figures, of = sums[:, traded], markets.event[traded]
        if sort == "notional":
            values = _per_event(of, figures[YES_FLOW] + figures[NO_FLOW], known)
        elif sort == "trades":
            values = _per_event(of, figures[TRADES], known)
        elif sort == "flow":
            net_e2 = figures[YES_COUNT] - figures[NO_COUNT]
            values = self._sides.flow_sizes(traded, of, net_e2)
        else:
            raise ValueError(f"no such sort: {sort!r}")
        return largest(events, values[events], limit, markets.events)

    def _listed(self, traded: Ints) -> Ints:
        """Return the events of markets, without those that are over altogether."""
        markets = self._board.markets
        listed = np.zeros(len(markets.events), np.bool_)
        listed[markets.event[traded]] = True
        alive = np.zeros_like(listed)
        alive[markets.event[~markets.over]] = True
        return (listed & alive).nonzero()[0]


class _Sides:
    """Which way each market's YES points, by id, kept up as its event becomes known."""

    def __init__(self, markets: Markets) -> None:
        self._markets = markets
        self._version = markets.version
        self._known = 0
        self._signs = np.zeros(ROOM, np.int64)
        self._sided = np.zeros(ROOM, np.bool_)  # By event: whether it has two sides.
        self._owners = np.zeros(
            0, np.int32
        )  # The event of each market, when looked at.

    def flow_sizes(self, traded: Ints, of: npt.NDArray[np.int32], net_e2: Ints) -> Ints:
        """Return `EventFlow.flow_size_e2` of every event.

        Args:
            traded: Market ids.
            of: The event of each.
            net_e2: Its net flow.
        """
        self._catch_up()
        events = len(self._markets.events)
        directed = np.abs(_per_event(of, net_e2 * self._signs[traded], events))
        strongest = np.zeros(events, np.int64)
        np.maximum.at(strongest, of, np.abs(net_e2))
        return np.where(self._sided[:events], directed, strongest)

    def _catch_up(self) -> None:
        markets, known = self._markets, self._known
        if self._version == markets.version and known == len(markets):
            return
        changed = markets.changed_since(self._version)
        events: list[int] = list(range(len(markets.events)))
        if changed is not None:
            touched = [*changed, *range(known, len(markets))]
            left = self._owners[[market for market in changed if market < known]]
            events = np.unique(np.append(markets.event[touched], left)).tolist()
        self._version, self._known = markets.version, len(markets)
        self._owners = markets.event.copy()
        self._signs = _with_room(self._signs, len(markets))
        self._sided = _with_room(self._sided, len(markets.events))
        for event, ids in ids_by_event(markets, events).items():
            members = members_of(markets, markets.events[event], ids)
            self._sided[event] = members.shape.plus is not None
            for market, sign in zip(members.ids, members.shape.signs, strict=True):
                if market is not None:
                    self._signs[market] = sign


def _per_event(of: npt.NDArray[np.int32], values: Ints, events: int) -> Ints:
    """Return sums by event; floats are exact here: no window holds so many dollars."""
    return np.bincount(of, values, events).astype(np.int64)


def _with_room(column: npt.NDArray[Number], count: int) -> npt.NDArray[Number]:
    return np.pad(column, (0, max(0, 2 * count - len(column))))
