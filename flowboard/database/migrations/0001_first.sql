-- Trades are appended in `seq` order; that is the rowid, so a table page is written once.
CREATE TABLE markets (
    market INTEGER PRIMARY KEY,      -- dense, from 0
    ticker TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE trade_rows (
    seq INTEGER PRIMARY KEY,
    ts_ms INTEGER NOT NULL,          -- exchange time
    trade_id BLOB NOT NULL,          -- 16 bytes
    market INTEGER NOT NULL,
    yes_price_e4 INTEGER NOT NULL,
    count_e2 INTEGER NOT NULL,
    flags INTEGER NOT NULL,          -- 1 taker took YES, 2 block trade, 4 only the second
                                     -- is known, 8 not counted, 16 x source
    delay_ms INTEGER NOT NULL        -- received_ms - ts_ms
) STRICT;

-- Identity. Time comes first so that the index grows at its end: an index on the random
-- id alone costs thirty times as much at five million rows.
CREATE UNIQUE INDEX trade_identity ON trade_rows (ts_ms, trade_id);

-- A market's trades, newest buckets last: 2^18 ms is 4.4 minutes.
CREATE INDEX trade_market ON trade_rows (ts_ms >> 18, market);

-- Prints of at least $1,000, for the whale prints of the last day after a restart; with
-- all that finding the largest needs, so that the rows themselves are left alone.
CREATE INDEX trade_large ON trade_rows
    (ts_ms, market, count_e2, yes_price_e4, flags) WHERE
    count_e2 * iif(flags & 1, yes_price_e4, 10000 - yes_price_e4) >= 1000000000;

-- One-minute roll-ups. Keys order trades inside the minute: 16 bits of ms, 1 of side,
-- 14 of price in the taker's direction; the smallest is the open, the largest the close.
CREATE TABLE minute_rows (
    minute INTEGER NOT NULL,         -- Unix minutes
    market INTEGER NOT NULL,
    first_key INTEGER NOT NULL,
    last_key INTEGER NOT NULL,
    low_e4 INTEGER NOT NULL,
    high_e4 INTEGER NOT NULL,
    yes_count_e2 INTEGER NOT NULL,
    no_count_e2 INTEGER NOT NULL,
    yes_flow_e6 INTEGER NOT NULL,
    no_flow_e6 INTEGER NOT NULL,
    trades INTEGER NOT NULL,
    PRIMARY KEY (minute, market)
) STRICT, WITHOUT ROWID;

-- Written with every batch, so that a restart knows where it stood.
CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    next_seq INTEGER NOT NULL,       -- never falls, even when rows are deleted
    trades INTEGER NOT NULL,         -- stored since the beginning
    board_ms INTEGER,                -- board time, and the wall clock at that moment
    wall_ms INTEGER
) STRICT;
INSERT INTO state VALUES (0, 1, 0, NULL, NULL);

CREATE VIEW trades AS
SELECT
    seq,
    lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-'
        || substr(h, 17, 4) || '-' || substr(h, 21)) AS trade_id,
    market_ticker,
    ts_ms,
    yes_price_e4,
    count_e2,
    iif(flags & 1, 'yes', 'no') AS taker_side,
    notional_e6,
    (flags >> 1) & 1 AS is_block_trade,
    ts_ms + delay_ms AS received_ms,
    CASE flags >> 4 WHEN 0 THEN 'ws' WHEN 1 THEN 'poll' WHEN 2 THEN 'heal'
        WHEN 3 THEN 'backfill' ELSE 'import' END AS source,
    strftime('%Y-%m-%dT%H:%M:%S', ts_ms / 1000, 'unixepoch')
        || printf('.%03dZ', ts_ms % 1000) AS time,
    yes_price_e4 / 10000.0 AS yes_price,
    count_e2 / 100.0 AS contracts,
    notional_e6 / 1000000.0 AS notional
FROM (
    SELECT t.*, hex(t.trade_id) AS h, m.ticker AS market_ticker,
        t.count_e2 * iif(t.flags & 1, t.yes_price_e4, 10000 - t.yes_price_e4)
            AS notional_e6
    FROM trade_rows AS t JOIN markets AS m USING (market)
);

CREATE VIEW minutes AS
SELECT
    m.ticker AS market_ticker,
    r.minute * 60000 AS ts_ms,
    iif(first_key & 16384, 10000 - (first_key & 16383), first_key & 16383) AS open_e4,
    high_e4,
    low_e4,
    iif(last_key & 16384, 10000 - (last_key & 16383), last_key & 16383) AS close_e4,
    yes_count_e2, no_count_e2, yes_flow_e6, no_flow_e6, trades
FROM minute_rows AS r JOIN markets AS m USING (market);
