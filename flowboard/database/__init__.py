"""Trades -> SQLite, each once; the authority on which trades are new.

connection    opening: pragmas, lock, migrations, a damaged file set aside
rows          a trade <-> its row
entries       stored rows -> trades as readers get them
known_ids     which trades are stored already, from memory where it can tell
writer        one transaction a beat: trades, one-minute roll-ups, state
coverage_rows  gaps and audits <-> their rows
reader        a market's trades, ids of a span, audits: beside the writer
warm_start    after a restart: the board from roll-ups and the newest trades
store         all of it behind one door: `Database`
"""

from flowboard.database.store import Database
from flowboard.database.warm_start import restore, save_windows

__all__ = ["Database", "restore", "save_windows"]
