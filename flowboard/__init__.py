"""The board of Kalshi's trade flow. The path of one trade, file by file.

kalshi/websocket_client   the exchange's frames, signed for and kept alive
kalshi/messages           a frame becomes a `Trade`
kalshi/polling            or the newest trades, asked for once a second
feed                      which of the two, and the seam between them
coverage                  what is missing, and up to where nothing is
healer, auditor           what is missing is fetched; what is here is compared
metadata_reader           what markets are called, when they end, how they ended
trade_processor           one beat: stored, then counted, then shown
database                  SQLite; the authority on which trades are new
aggregator, whales        totals per market over five windows; the largest prints
directory, markets        markets, events and series, by ticker and by id
quote_book, quote_tape    the touch of each market, now and as it was
board                     what everybody is shown, in one place
events                    markets that ask about the same thing, and where they lean
hub, stream               changed rows -> one frame -> every subscriber
subscriber, outlet        each at its own pace: live, catching up, or behind
wire                      the frame's bytes, straight to a client's socket
websocket_handler         one subscription -> one browser, over /ws/stream
tape_reader               what a client missed, from memory or disk
client                    the other end: a stream that goes on where it stopped
http_api                  the same board as JSON, /health, and the page itself
"""

__version__ = "0.1.0"
