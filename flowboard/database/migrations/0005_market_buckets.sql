-- Where a market's trades lie. The index `trade_market` has time in front, so that it
-- grows at its end; who looks for a quiet market in it would have to ask each of 330
-- buckets a day. Here is written which of them hold something, 64 to a row.
CREATE TABLE market_buckets (
    market INTEGER NOT NULL,
    stretch INTEGER NOT NULL,        -- ts_ms >> 24: 4.7 hours
    buckets INTEGER NOT NULL,        -- bit n: trades with ts_ms >> 18 = stretch * 64 + n
    PRIMARY KEY (market, stretch)
) STRICT, WITHOUT ROWID;

INSERT INTO market_buckets
SELECT market, bucket >> 6, sum(1 << (bucket & 63))
FROM (SELECT DISTINCT ts_ms >> 18 AS bucket, market FROM trade_rows)
GROUP BY market, bucket >> 6 ORDER BY market, bucket >> 6;
