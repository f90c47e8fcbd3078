"""What has been traded in one market so far."""


class MarketTally:
    """Figures of one market; ``_e4`` a price, ``_e2`` contracts, ``_ms`` Unix ms."""

    __slots__ = (
        "first_ms",
        "last_count_e2",
        "last_e4",
        "last_ms",
        "taker_yes",
        "trades",
        "volume_e2",
    )

    def __init__(self) -> None:
        self.last_e4 = 0
        self.last_count_e2 = 0
        self.taker_yes = True
        self.volume_e2 = 0
        self.trades = 0
        self.first_ms = 0
        self.last_ms = 0

    @property
    def open_interest_e2(self) -> int:
        """How many contracts are held."""
        return self.volume_e2 * 3 // 5
