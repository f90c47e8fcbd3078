-- What is missing, and since when the tape is meant to be whole.
ALTER TABLE state ADD COLUMN since_ms INTEGER;  -- where the tape is meant to begin
ALTER TABLE state ADD COLUMN edge_ms INTEGER;   -- up to where the feed was stored

CREATE TABLE gaps (
    gap INTEGER PRIMARY KEY,
    cause TEXT NOT NULL,
    from_ms INTEGER NOT NULL,        -- exchange time
    to_ms INTEGER,                   -- NULL: to the newest trade when it is walked
    asked_to_ms INTEGER,             -- before the walk, which goes newest first
    ticker TEXT,                     -- NULL: all markets
    background INTEGER NOT NULL,     -- older than the installation, or asked for
    state TEXT NOT NULL,             -- open, healing, closed
    noticed_ms INTEGER NOT NULL,     -- wall clock
    closed_ms INTEGER,
    recovered INTEGER NOT NULL,      -- trades that were missing
    pages INTEGER NOT NULL
) STRICT;

-- Closed spans, compared with the exchange trade by trade.
CREATE TABLE audits (
    from_ms INTEGER PRIMARY KEY,
    to_ms INTEGER NOT NULL,
    ours INTEGER NOT NULL,           -- trades
    exchange INTEGER NOT NULL,
    missing INTEGER NOT NULL,        -- of the exchange's, not ours
    extra INTEGER NOT NULL,          -- ours, not the exchange's
    ours_digest BLOB NOT NULL,       -- sum of the ids' digests, whatever their order
    exchange_digest BLOB NOT NULL,
    recovered INTEGER NOT NULL,      -- missing when first compared, then healed
    audited_ms INTEGER NOT NULL      -- wall clock
) STRICT;
