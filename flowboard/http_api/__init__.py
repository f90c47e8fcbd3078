"""The board as JSON over HTTP, `/health`, and the page itself.

security    who may ask, and the headers of every answer
query       query strings -> checked values
answers     objects and refusals -> responses
markets     hot markets, one market's trades
board_lists newest trades, whale prints, stats
health      /health and /api/config
page        the built page and its assets
routing     paths -> all of these
"""

from flowboard.http_api.answers import exception_handlers
from flowboard.http_api.routing import routes
from flowboard.http_api.security import Guard

__all__ = ["Guard", "exception_handlers", "routes"]
