"""The board as JSON over HTTP, `/health`, and the page itself.

security   who may ask, and the headers of every answer
routing    paths -> what answers them, and which keys they know
query      a query string -> checked values
resources  what the answers are read from
markets    /api/markets/hot
trades     /api/trades/recent, /api/markets/{ticker}/trades
trade_stream  /api/trades/stream
whales     /api/whales
stats      /api/stats
health     /health
coverage   /api/coverage
config     /api/config
asyncapi   /asyncapi.json: /ws/stream for tools
frame_examples  a frame of each kind, for that
control    /api/feed, /api/backfill: what changes something
token_gate  who may change something
page       / and /assets/
answers    objects -> JSON responses
refusals   errors -> JSON responses: every code
"""

from flowboard.http_api.control import Control, control_routes
from flowboard.http_api.refusals import exception_handlers
from flowboard.http_api.routing import routes
from flowboard.http_api.security import Guard

__all__ = ["Control", "Guard", "control_routes", "exception_handlers", "routes"]
