"""An exchange on loopback that speaks Kalshi's REST and WebSocket.

    tape | generator      prints, each with the moment at which it is due     (sources)
      -> exchange         one pump appends them to the log, at their time
        -> spool          the log on disk: REST pages, /simulator/trades
        -> session        one per WebSocket: reads the log at its own pace

Nothing is pushed into a reader: each takes from the log what it can, so a slow one
costs no memory and holds nobody up. Faults spoil what is delivered; what is traded they
can date back or put off, and all of it is in the log. It shares no code with the client
but the fixed-point types: a shape that is wrong here would otherwise be wrong there as
well, and agree.
"""

from flowboard.simulator.options import SimulatorOptions
from flowboard.simulator.server import Simulator, run

__all__ = ["Simulator", "SimulatorOptions", "run"]
