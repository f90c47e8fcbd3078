"""Tickers -> UUIDs that are the same on every board and after every restart."""

from uuid import UUID, uuid5

NAMESPACE = UUID("6f1a9c52-3d0b-5c1e-9a57-2b8e4d70c3f6")


def market_id(ticker: str) -> UUID:
    """Return the UUID of a market."""
    return uuid5(NAMESPACE, ticker)
