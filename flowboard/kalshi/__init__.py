"""The exchange's side of the wire: everything that knows Kalshi's protocol.

endpoints          which URLs may be talked to
auth               a key signs a request
fields             one field's text -> a checked integer, id or ticker
messages           a WebSocket frame -> a `Trade`, a `Quote`, an answer or an error
lifecycle_messages  steps in the lives of markets and events, read tolerantly
older_forms        a trade or a quote of any form that was ever published
trade_rows         a page of REST trades -> `Trade`s
backoff            how long to wait before the next try
request_pacer      how fast REST may be asked
patient_pacer      how fast by those who stand behind all others
handshake          one signed connection, or why there is none
subscription       the subscription to trades: answers, numbers, errors
side_channels      the subscriptions beside it: quotes, the lives of markets
frame_reader       the frames of one connection -> trades, and what else they mean
connection_watch   is there still somebody at the other end?
silence_watch      no trade comes: does nobody trade, or has the feed died?
tries              how the last tries ended -> how long to wait before the next
websocket_client   the feed, kept alive for ever
polling            the newest trades by REST, once a second
rest_client        what was traded before; any route, at a pace
listing            which markets, events and series there are, and their quotes
market_objects     REST's JSON of one of them -> what is kept of it
lifecycle_changes  what is known of one, and a message -> what is known then
"""
