"""Invented listings."""

from flowboard.simulator.catalogue import Event, Market, Series


def a_listing() -> tuple[Series, Event]:
    """Return an event of one market, and its series."""
    market = Market("KXA-1-T5", "KXA-1", "A?", "5 or above", 1, 1_800_000_000, "Rules.")
    event = Event("KXA-1", "KXA", "A", "today", "Other", False, (market,))
    return Series("KXA", "As", "Other", "daily"), event
