"""Trades -> SQLite, each once; the authority on which trades are new.

connection    opening: pragmas, lock, migrations, a damaged file set aside
rows          a trade <-> its row
entries       stored rows -> trades as readers get them
known_ids     which trades are stored already, from memory where it can tell
writer        one transaction a beat: trades, one-minute roll-ups, state
coverage_rows  gaps and audits <-> their rows
quote_rows    quotes <-> their rows: written, moved, dropped, read
kept_quotes   stored quotes, put in order and bounded beside the beats
market_rows   what the exchange says of markets <-> its row
market_words  words -> markets, and what a market is found by
listings      saved beside the beats, read, searched
read_thread   a thread and a connection for reading beside the writer
reader        trades after a `seq`, ids of a span, audits: beside the writer
market_buckets  where a market's trades lie: marked with the trades
history       trades and candles of any span, for a page
trade_pages   trades of any span, newest first, in bounded steps
large_trades  the largest prints of any span, likewise
candle_pages  candles of a market from its roll-ups
tape_cursor   where a page ended <-> a text
warm_start    after a restart: the board from roll-ups and the newest trades
store         all of it behind one door: `Database`
"""

from flowboard.database.kept_quotes import QuoteLimits
from flowboard.database.store import Database
from flowboard.database.warm_start import restore, save_windows

__all__ = ["Database", "QuoteLimits", "restore", "save_windows"]
