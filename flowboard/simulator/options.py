"""What `flowboard simulate` can be told, checked once.

Units: ``_ms`` milliseconds; `rate` is trades a second; `speed` is a factor on the
tape's own time, None for as fast as its readers take it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flowboard.errors import ConfigError

LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")
RATE_MAX = 10_000.0
MARKETS_MAX = 100_000
QUOTE_RATE_MAX = 5_000.0
LIFECYCLE_RATE_MAX = 3_600.0
SPEED_MAX = 1_000_000.0
HISTORY_MS_MAX = 7 * 86_400_000
ARCHIVE_MS_MAX = 365 * 86_400_000
HISTORY_TRADES_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """The options of one simulated exchange.

    Args:
        host: A loopback address; the exchange is for this machine alone.
        port: 0 picks a free one.
        tape: JSON lines (or ``.gz``) of trades in REST shape; None runs the generator.
        speed: Factor on the tape's time; None is "as fast as its slowest reader".
        keep_times: Whether the tape's trades keep their own times.
        start: "client" waits for the first reader of a tape, "now" does not.
        rate: Trades a second of the generator, 1 to 10,000.
        markets: How many markets the generator lists, 1 to 100,000.
        seed: The same seed gives the same markets and trades.
        quote_rate: Quotes a second that move without a trade; 0 is none.
        lifecycle_rate: Events an hour that end, each followed by another one; 0 is none.
        history_ms: How long the generator had been trading before the start.
        archive_after_ms: How old trades are at the start that only ``/historical/trades``
            serves; None archives nothing.
        keys: Folder of the key pair, written if absent; None makes a temporary one.
        key_type: None takes what `keys` holds, else RSA.
    """

    host: str = "127.0.0.1"
    port: int = 8100
    tape: Path | None = None
    speed: float | None = 1.0
    keep_times: bool = False
    start: Literal["client", "now"] = "client"
    rate: float = 100.0
    markets: int = 300
    seed: int = 1
    quote_rate: float = 20.0
    lifecycle_rate: float = 6.0
    history_ms: int = 0
    archive_after_ms: int | None = None
    keys: Path | None = None
    key_type: Literal["rsa", "ed25519"] | None = None

    def check(self) -> None:
        """Refuse options that make no sense.

        Raises:
            ConfigError: The text names the option and what it may be.
        """
        if self.host not in LOOPBACK_HOSTS:
            raise ConfigError(
                "--host",
                f"{self.host!r} is not a loopback address",
                f"give one of {', '.join(LOOPBACK_HOSTS)}",
            )
        _within("--port", self.port, 0, 65_535)
        _within("--rate", self.rate, 1, RATE_MAX)
        _within("--markets", self.markets, 1, MARKETS_MAX)
        _within("--quote-rate", self.quote_rate, 0, QUOTE_RATE_MAX)
        _within(
            "--lifecycle-rate", self.lifecycle_rate, 0, LIFECYCLE_RATE_MAX, " an hour"
        )
        _within("--seed", self.seed, 0, 2**32 - 1)
        _within("--history", self.history_ms, 0, HISTORY_MS_MAX, " ms")
        if self.archive_after_ms is not None:
            archive_ms = self.archive_after_ms
            _within("--archive-after", archive_ms, 0, ARCHIVE_MS_MAX, " ms")
        if self.speed is not None and not 0 < self.speed <= SPEED_MAX:
            raise ConfigError(
                "--speed",
                f"is {self.speed:g}",
                f"give a factor above 0 and at most {SPEED_MAX:,.0f}, or max",
            )
        if self.start not in ("client", "now"):
            raise ConfigError("--start", f"is {self.start!r}", "give client or now")
        if self.key_type not in (None, "rsa", "ed25519"):
            raise ConfigError(
                "--key-type", f"is {self.key_type!r}", "give rsa or ed25519"
            )
        if self.tape is None and self.keep_times:
            raise ConfigError(
                "--keep-times", "is for a tape", "add --tape FILE, or leave it out"
            )
        if self.tape is not None and self.history_ms:
            raise ConfigError(
                "--history", "is for the generator", "leave it out beside --tape"
            )
        if self.history_ms * self.rate > HISTORY_TRADES_MAX * 1000:
            raise ConfigError(
                "--history",
                f"asks for more than {HISTORY_TRADES_MAX:,} trades at this rate",
                "make it shorter, or lower --rate",
            )


def _within(
    name: str, value: float, lowest: float, highest: float, unit: str = ""
) -> None:
    if not lowest <= value <= highest:
        raise ConfigError(
            name,
            f"is {value:g}{unit}",
            f"give a number from {lowest:,g} to {highest:,.0f}{unit}",
        )
