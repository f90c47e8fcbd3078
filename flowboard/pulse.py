"""Ten times a second: what happens without a trade is told, and who hangs is noticed.

A silent feed makes no beat, a disk that hangs no error, a stage that hangs no noise.
"""

import asyncio

from flowboard.errors import FlowboardError
from flowboard.feed_status import FeedStatus
from flowboard.hub import Hub
from flowboard.loop_watch import LoopWatch
from flowboard.trade_processor import TradeProcessor

TICK_S = 0.1
HUNG_MS = 30_000
STUCK_MS = 1_500  # Told within two seconds.


class StageHung(FlowboardError):
    """A stage of the pipeline makes no step any more."""

    def __init__(self, stage: str, since_ms: int) -> None:
        super().__init__(stage, since_ms)
        self.stage = stage
        self.since_ms = since_ms

    def __str__(self) -> str:
        return f"{self.stage} has made no step for {self.since_ms / 1000:g} s"


class Pulse:
    """Runs until cancelled.

    Args:
        hub: Tells its subscribers, and sends heartbeats.
        processor: Must make a step a second, unless it waits for the store.
        status: Hears of a store that does not answer, and of the loop's lag.
        loop_watch: Measures that lag.
        hung_ms: Without a step for so long, a stage hangs.
    """

    def __init__(
        self,
        hub: Hub,
        processor: TradeProcessor,
        status: FeedStatus,
        loop_watch: LoopWatch,
        *,
        hung_ms: int = HUNG_MS,
    ) -> None:
        self._hub = hub
        self._processor = processor
        self._status = status
        self._loop_watch = loop_watch
        self._hung_ms = hung_ms
        self._step_ms = 0
        self._still = 0

    async def run(self) -> None:
        """Tick for ever.

        Raises:
            StageHung: The process can only be started again.
        """
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()

    def tick(self) -> None:
        """Look once, and tell."""
        wait_ms = self._processor.store_wait_ms
        self._status.loop_lag_ms = self._loop_watch.lag_ms
        self._status.store_stuck(wait_ms > STUCK_MS)
        self._hub.tick()
        # Ticks are counted, not time: while the whole process sleeps, nobody hangs.
        step_ms = self._processor.beaten_ms
        moved = wait_ms or step_ms != self._step_ms
        self._step_ms, self._still = step_ms, 0 if moved else self._still + 1
        if self._still * TICK_S * 1000 > self._hung_ms:
            raise StageHung("the processor", self._hung_ms)
