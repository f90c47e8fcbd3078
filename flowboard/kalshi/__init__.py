"""The exchange's side of the wire: everything that knows Kalshi's protocol.

endpoints          which URLs may be talked to
auth               a key signs a request
fields             one field's text -> a checked integer, id or ticker
messages           a WebSocket frame -> a `Trade`, an answer or an error
older_forms        a trade of any form that was ever published -> a `Trade`
trade_rows         a page of REST trades -> `Trade`s
backoff            how long to wait before the next try
request_pacer      how fast REST may be asked
handshake          one signed connection, or why there is none
subscription       the one subscription of a connection: answers, numbers, errors
connection_watch   is there still somebody at the other end?
silence_watch      no trade comes: does nobody trade, or has the feed died?
tries              how the last tries ended -> how long to wait before the next
websocket_client   the feed, kept alive for ever
polling            the newest trades by REST, once a second
rest_client        what was traded before, and what the markets are called
"""
