"""An exchange on loopback that speaks Kalshi's REST and WebSocket.

    tape | generator      prints, each with the moment at which it is due     (sources)
    agenda, turnovers     quotes that move and events that end, between them
      -> exchange         one pump lets them happen, at their time
        -> spool          the log of trades on disk: REST pages, /simulator/trades
        -> change_log     the logs of tickers and of lives, in memory
        -> session        one per WebSocket: reads the logs at its own pace

Nothing is pushed into a reader: each takes from the logs what it can, so a slow one
costs no memory and holds nobody up. Faults spoil what is delivered; what is traded they
can date back or put off, and all of it is in the log. It shares no code with the client
but the fixed-point types: a shape that is wrong here would otherwise be wrong there as
well, and agree.

What is listed:

    catalogue             series, events, markets: values
    topics                what the generated exchange is about
    planner               seed, size and day -> what is listed, a model behind each price
    combos                markets on several outcomes
    price_models          how the fair prices of an event move, and how they end
    grids                 which prices can be quoted
    tape_catalogue        tickers of a tape -> what is listed
    hostile_titles        what things are called, and how an attacker would call them

What happens:

    generator             a seed -> prints without end
    slots                 which market trades in the place of which rank
    agenda                what happens between prints
    turnovers             events that end, and those that take their places
    life_events           the steps in the lives of markets: values
    tape                  a file of trades -> prints
    sources               the generator and the tape, behind one seam
    exchange              the pump
    prints                one trade, and the texts that it is sent as
    market_tally          what has been traded in a market
    quotes                best bid and ask of each market
    lives                 where each market is in its life

What is told:

    spool                 all trades, on disk
    change_log            changes in order, for readers at their own pace
    tickers               figures of markets when they change
    lifecycle_frames      steps in the lives of markets -> frames
    frames                what is sent over a WebSocket
    subscription          one sid of trades, with its faults
    change_subscriptions  one sid of tickers, or of lives
    commands              what a client asks for
    command_desk          one client's commands -> its subscriptions and the answers
    session               one signed-in client
    connection            one WebSocket, below its messages
    market_json           markets -> JSON
    listing               series, events and markets, as they are now
    listing_api           REST of them
    trades_api            REST of trades
    exchange_hours        when it trades
    rest                  every route
    queries, replies      what REST is asked, and what it answers with

Around it:

    server, listener      one port, from its start to its end
    front_door            outages, signatures, rate limits, dates
    auth, keys            who may come in
    rate_limit            how often one may ask
    options               what it can be told
    control               the endpoints for tests
    faults, fault_kinds   failures that a test asks for
"""

from flowboard.simulator.options import SimulatorOptions
from flowboard.simulator.server import Simulator, run

__all__ = ["Simulator", "SimulatorOptions", "run"]
