-- What the exchange says of markets, events and series.
CREATE TABLE listed (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,           -- 0 market, 1 event, 2 series
    ticker TEXT NOT NULL,
    info BLOB NOT NULL,              -- msgpack: what is kept of it
    settled_ms INTEGER,              -- of a market that nothing more is to be told of
    words TEXT NOT NULL,             -- of a market: what it is found by, else empty
    state TEXT NOT NULL,             -- of a market: isopen, or empty
    UNIQUE (kind, ticker)
) STRICT;

-- All that was said, as JSON, compressed: nothing is lost of what is not kept above.
CREATE TABLE listed_raw (
    id INTEGER PRIMARY KEY,
    raw BLOB NOT NULL                -- zlib
) STRICT;

-- Words of markets -> their rows. Prefixes are indexed: the last word of a question is
-- seldom whole.
CREATE VIRTUAL TABLE listed_words USING fts5 (
    words, state, content = 'listed', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3 4'
);
