"""Words -> markets, and what a market is found by.

Markets that can be traded come before those that are over, and later ones before
earlier, so that a common word costs no more than a rare one: nothing is ranked by how
well it fits.
"""

import re
import sqlite3

from flowboard.directory import Directory, is_combo
from flowboard.market_info import MarketInfo

OPEN = "isopen"  # What the index holds of a market that can be traded.
WORDS_MAX = 8  # Of a question; more find nothing more.
WORD_LENGTH_MAX = 60
TICKER_LENGTH_MAX = 200
_PART = re.compile(r"\w")

FIND = """
SELECT ticker FROM listed WHERE id IN (
    SELECT rowid FROM listed_words WHERE listed_words MATCH ?
    ORDER BY rowid DESC LIMIT ?)
ORDER BY id DESC
"""
EXACT = "SELECT ticker FROM listed WHERE kind = 0 AND ticker = ?"


def words_of(info: MarketInfo, directory: Directory) -> str:
    """Return what a market is found by."""
    parts = [info.ticker, info.title, info.outcome]
    parts += [
        f"{strike:.12g}" for strike in (info.floor_strike, info.cap_strike) if strike
    ]
    event = directory.event(info.event_ticker)
    if event is not None:
        parts += [event.title, event.sub_title, event.category, event.league]
        series = directory.series(event.series_ticker)
        if series is not None:
            parts += [series.title, *series.tags]
    # A combo's own title names the outcomes of its legs.
    if is_combo(info.ticker):
        for leg in info.legs:
            market = directory.market(leg.market_ticker)
            parts.append(market.title if market is not None else "")
    told = dict.fromkeys(part for part in parts if part)
    return " ".join(told)


def search(connection: sqlite3.Connection, text: str, limit: int) -> list[str]:
    """Return tickers of markets that hold every word of `text`; see `Listings.search`.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    question, whole = question_of(text), question_of(text, whole=True)
    if not question or limit <= 0:
        return []
    ticker = text.strip().upper()[:TICKER_LENGTH_MAX]
    found = dict.fromkeys(t for (t,) in connection.execute(EXACT, (ticker,)))
    # Whole words first: those are the markets of a series or event by name.
    for asked in (find_open(whole), find_open(question), question):
        if len(found) < limit:
            found |= dict.fromkeys(
                t for (t,) in connection.execute(FIND, (asked, limit))
            )
    return list(found)[:limit]


def question_of(text: str, *, whole: bool = False) -> str:
    """Return `text` as a question to `listed_words`; "": it holds no word.

    Every word must be found. Whatever else the index takes for a command is a plain
    character here.

    Args:
        text: Anything.
        whole: Whether the last word must be whole; else it may be a beginning.
    """
    words = [w[:WORD_LENGTH_MAX] for w in text.split() if _PART.search(w)][:WORDS_MAX]
    if not words:
        return ""
    quoted = ['"' + word.replace('"', " ").replace("\0", " ") + '"' for word in words]
    return f"{{words}} : ({' AND '.join(quoted)}{'' if whole else ' *'})"


def find_open(question: str) -> str:
    """Return `question` for markets that can be traded alone."""
    return f"({question}) AND state : {OPEN}"
