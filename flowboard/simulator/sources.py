"""The two sources behind the exchange's one seam: a tape, and the generator."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from flowboard.errors import ConfigError
from flowboard.simulator.agenda import Agenda
from flowboard.simulator.exchange import Happening
from flowboard.simulator.generator import Generator
from flowboard.simulator.planner import plan_exchange
from flowboard.simulator.prints import Print
from flowboard.simulator.quotes import QuoteMove
from flowboard.simulator.tape import TapeTimes, read_tape
from flowboard.simulator.tape_catalogue import catalogue_of
from flowboard.simulator.turnovers import Turnovers


class GeneratorSource:
    """Trades made up from a seed; the first one happens `history_ms` before now.

    Args:
        markets: How many to list.
        rate: Trades a second.
        seed: Decides markets and trades.
        history_ms: How long it has been trading already.
        now_us: The machine's clock.
        quote_rate: How many quotes a second move without a trade; from now on.
        lifecycle_rate: How many events end an hour; from now on.
    """

    waits_for_client = False
    waits_for_readers = False
    tape_time = False

    def __init__(
        self,
        markets: int,
        rate: float,
        seed: int,
        history_ms: int,
        now_us: Callable[[], int],
        quote_rate: float = 0.0,
        lifecycle_rate: float = 0.0,
    ) -> None:
        self._now_us = now_us
        self._seed = seed
        self._quote_rate = quote_rate
        self._lifecycle_rate = lifecycle_rate
        self._history_us = history_ms * 1000
        today = datetime.fromtimestamp(now_us() // 1_000_000, UTC)
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        plan = plan_exchange(markets, seed, midnight)
        self.catalogue = plan.catalogue
        self._plan = plan
        self._generator = Generator(plan, rate, seed)

    def happenings(self) -> Iterator[tuple[int, Happening]]:
        """Yield what happens for ever, each due at its own time."""
        begin_us = self._now_us()
        slots = self._generator.slots
        turnovers = None
        if self._lifecycle_rate:
            # What is created is for the exchange to list, when it is time.
            turnovers = Turnovers(
                self._plan, slots, self._lifecycle_rate, self._seed, begin_us
            )
        agenda = Agenda(slots, self._seed, self._quote_rate, begin_us, turnovers)
        origin_us = begin_us - self._history_us
        for trade in self._generator.prints(origin_us, agenda):
            yield from agenda.due()
            yield trade.created_us, trade

    def tape_now_us(self) -> int:
        """Return the machine's clock: generated trades happen now."""
        return self._now_us()


class TapeSource:
    """Trades of a file.

    Args:
        path: JSON lines or ``.gz``; read whole once, to check it and to list markets.
        speed: Factor on its time; None is as fast as readers take it.
        keep_times: Whether trades keep their own times.
        start_now: Whether it starts without waiting for a client.
        now_us: The machine's clock.
        quote_rate: How many quotes a second move without a trade, where trades have
            the machine's times.

    Raises:
        ConfigError: The file cannot be read or is no tape.
    """

    def __init__(
        self,
        path: Path,
        speed: float | None,
        keep_times: bool,
        start_now: bool,
        now_us: Callable[[], int],
        quote_rate: float = 0.0,
    ) -> None:
        self._quote_rate = 0.0 if keep_times or speed is None else quote_rate
        self.waits_for_client = not start_now
        self.waits_for_readers = speed is None
        self.tape_time = keep_times
        self._path = path
        self._speed = speed
        self._keep_times = keep_times
        self._now_us = now_us
        self.catalogue, first_us = catalogue_of(read_tape(path))
        if first_us is None:
            raise ConfigError(
                "--tape", f"{path} holds no trade", "give a file with trades in it"
            )
        self._first_us = first_us
        # Tape time is this plus `_pace` for every microsecond since `_anchor_us`.
        self._tape_us = self._first_us
        self._pace = 0.0
        self._anchor_us = now_us()

    def happenings(self) -> Iterator[tuple[int, Happening]]:
        """Yield the tape's prints from now on, and quotes that move between them."""
        if not self._quote_rate:
            yield from self._prints()
            return
        rng = Random("quotes of a tape")  # noqa: S311 (play, not secrets)
        gap_us = int(1_000_000 / self._quote_rate)
        seen: list[str] = []
        traded: set[str] = set()
        move_us = self._now_us() + gap_us
        for due_us, trade in self._prints():
            while move_us <= due_us:
                if seen:
                    move = QuoteMove(move_us, rng.choice(seen), rng.random(), None)
                    yield move_us, move
                move_us += gap_us
            if trade.ticker not in traded:
                traded.add(trade.ticker)
                seen.append(trade.ticker)
            yield due_us, trade

    def _prints(self) -> Iterator[tuple[int, Print]]:
        times = TapeTimes(self._first_us, self._speed, self._keep_times, self._now_us)
        self._set_clock(self._tape_us, self._speed or 0.0)
        for trade in read_tape(self._path):
            due_us = times.place(trade)
            if self._speed is None:
                # At full speed the tape's clock jumps from trade to trade.
                self._tape_us = max(self._tape_us, trade.created_us)
            yield due_us, trade
        # It has ended: from here its clock goes on like any clock.
        self._set_clock(self.tape_now_us(), 1.0)

    def _set_clock(self, tape_us: int, pace: float) -> None:
        self._tape_us, self._pace = tape_us, pace
        self._anchor_us = self._now_us()

    def tape_now_us(self) -> int:
        """Return what time it is on the tape."""
        elapsed_us = self._now_us() - self._anchor_us
        return self._tape_us + round(elapsed_us * self._pace)
