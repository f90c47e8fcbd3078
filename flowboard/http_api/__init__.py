"""The board as JSON over HTTP, `/health`, and the page itself.

security   who may ask, and the headers of every answer
cross_origin  whose pages may read this board
routing    paths -> what answers them, and which keys they know
endpoint   one address: what answers it, and what the documents say of it
answer_types  what each endpoint answers with, as types
answer_types_coverage  the same of /api/coverage
answer_types_whale  the same of KalshiWhale's endpoints
answer_types_market  the market object
query      a query string -> checked values
query_keys  what every key may be, and means
resources  what the answers are read from
answer_types_history  the same of lists of markets, candles, trades, quotes
answer_types_page  the same of /api/markets/{ticker}
market_ids  a ticker -> a UUID
market_objects  a market -> what every answer says of it
market_index  all known markets as columns, to be filtered and ranked
markets    /api/markets/hot
search     /api/markets
categories  /api/categories
market_pages  /api/markets/{ticker}
market_rules  what REST said of a market -> its rules
candles    /api/markets/{ticker}/candles
quotes     /api/v1/markets
trades     /api/trades, /api/trades/recent, /api/markets/{ticker}/trades
trade_stream  /api/trades/stream
events     /api/events, /api/events/{event_ticker}
answer_types_event  the same of /api/events
whales     /api/whales
kalshi_whale  /api/status, /api/top-markets, /api/whale-alerts
whale_socket  /ws: one client of KalshiWhale
whale_room  what all clients of /ws are told
stats      /api/stats
usual      /api/usual
usual_dollars  what was paid at this hour on days before
health     /health
coverage   /api/coverage
config     /api/config
asyncapi   /asyncapi.json: /ws/stream for tools
frame_examples  a frame of each kind, for that
struct_schemas  types -> JSON schemas
openapi    /openapi.json: this API for tools
llms       /llms.txt: this API for programs that read prose
documents  where these are served
docs_page  /docs: this API for people
control    /api/feed, /api/backfill, /api/refresh: what changes something
refresh    /api/refresh: the markets are read anew
token_gate  who may change something
page       / and /assets/
answers    objects -> JSON responses
kept_answers  encoded once for all who ask
refusals   errors -> JSON responses: every code
"""

from flowboard.http_api.control import Control, control_routes
from flowboard.http_api.cross_origin import middleware
from flowboard.http_api.kept_answers import KeptAnswers
from flowboard.http_api.refusals import exception_handlers
from flowboard.http_api.routing import routes
from flowboard.http_api.security import Guard

__all__ = [
    "Control",
    "Guard",
    "KeptAnswers",
    "control_routes",
    "exception_handlers",
    "middleware",
    "routes",
]
