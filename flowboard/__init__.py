"""The board of Kalshi's trade flow. The path of one trade, file by file.

kalshi/websocket_client   the exchange's frames, signed for and kept alive
kalshi/messages           a frame becomes a `Trade`
kalshi/polling            or the newest trades, asked for once a second
feed                      which of the two, and the seam between them
coverage                  what is missing, and up to where nothing is
healer, auditor           what is missing is fetched; what is here is compared
trade_processor           one beat: stored, then counted, then shown
database                  SQLite; the authority on which trades are new
aggregator, whales        totals per market over five windows; the largest prints
board                     what everybody is shown, in one place
hub, stream_messages      changed rows -> one frame -> every subscriber
websocket_handler         one subscription -> one browser, over /ws/stream
http_api                  the same board as JSON, /health, and the page itself
"""

__version__ = "0.1.0"
