-- The quotes of some minutes, as the beats brought them, a beat's in one text: so they
-- cost the beats next to nothing.
CREATE TABLE quote_journal (
    n INTEGER PRIMARY KEY,
    newest_ms INTEGER NOT NULL,      -- the latest time among them
    rows TEXT NOT NULL               -- JSON: [[market, [ts_ms, bid_e4, ...]], ...]
) STRICT;

CREATE VIEW quote_waiting AS
SELECT
    n,
    json_extract(value, '$[1][0]') AS ts_ms,
    json_extract(value, '$[0]') AS market,
    iif(json_extract(value, '$[1][6]') = 'ws', 0, 1) AS source,
    json_extract(value, '$[1][1]') AS bid_e4,
    json_extract(value, '$[1][2]') AS ask_e4,
    json_extract(value, '$[1][3]') AS bid_size_e2,
    json_extract(value, '$[1][4]') AS ask_size_e2,
    json_extract(value, '$[1][5]') AS open_interest_e2
-- A text that is no JSON stops nothing.
FROM quote_journal, json_each(iif(json_valid(rows), rows, '[]'));

-- Those of buckets of 4.4 minutes that are over, moved here sorted, a market's together:
-- so pages are full, and a market's quotes on few of them. A row that is here is not
-- counted in the journal, should it be there still.
CREATE TABLE quote_rows (
    bucket INTEGER NOT NULL,         -- ts_ms >> 18, of exchange time
    market INTEGER NOT NULL,
    ms INTEGER NOT NULL,             -- ts_ms & 262143
    source INTEGER NOT NULL,         -- 0 ws, 1 poll
    bid_e4 INTEGER NOT NULL,         -- 0: none
    ask_e4 INTEGER NOT NULL,         -- 10000: none
    bid_size_e2 INTEGER NOT NULL,
    ask_size_e2 INTEGER NOT NULL,
    open_interest_e2 INTEGER NOT NULL,
    PRIMARY KEY (bucket, market, ms, source)
) STRICT, WITHOUT ROWID;

-- Where every quote that the exchange told is stored, by exchange time.
CREATE TABLE quote_spans (
    source INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    PRIMARY KEY (source, from_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE quote_state (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    rows INTEGER NOT NULL,           -- in quote_rows
    kept_from_ms INTEGER NOT NULL    -- what is older was deleted for want of room or use
) STRICT;
INSERT INTO quote_state VALUES (0, 0, 0);

CREATE VIEW quotes AS
SELECT
    m.ticker AS market_ticker,
    ts_ms,
    bid_e4 AS yes_bid_e4,
    ask_e4 AS yes_ask_e4,
    bid_size_e2 AS yes_bid_size_e2,
    ask_size_e2 AS yes_ask_size_e2,
    open_interest_e2,
    iif(source = 0, 'ws', 'poll') AS source,
    ts_ms AS sequence,               -- The exchange numbers no quotes.
    strftime('%Y-%m-%dT%H:%M:%S', ts_ms / 1000, 'unixepoch')
        || printf('.%03dZ', ts_ms % 1000) AS time,
    iif(bid_e4 > 0, bid_e4 / 10000.0, NULL) AS yes_bid,
    iif(ask_e4 < 10000, ask_e4 / 10000.0, NULL) AS yes_ask
FROM (
    SELECT (bucket << 18) | ms AS ts_ms, market, source, bid_e4, ask_e4, bid_size_e2,
        ask_size_e2, open_interest_e2
    FROM quote_rows
    UNION ALL
    SELECT DISTINCT ts_ms, market, source, bid_e4, ask_e4, bid_size_e2, ask_size_e2,
        open_interest_e2
    FROM quote_waiting AS j
    WHERE NOT EXISTS (
        SELECT 1 FROM quote_rows AS r
        WHERE r.bucket = j.ts_ms >> 18 AND r.market = j.market
            AND r.ms = (j.ts_ms & 262143) AND r.source = j.source)
) JOIN markets AS m USING (market);
