"""Options that make no sense are refused by name."""

from pathlib import Path
from typing import Any

import pytest

from flowboard.errors import ConfigError
from flowboard.simulator import SimulatorOptions


def test_the_defaults_are_a_generator_on_loopback() -> None:
    """Without options: 100 trades a second in 300 markets on port 8100."""
    options = SimulatorOptions()
    options.check()

    assert (options.host, options.port) == ("127.0.0.1", 8100)
    assert (options.rate, options.markets, options.seed) == (100.0, 300, 1)
    assert (options.tape, options.history_ms, options.start) == (None, 0, "client")
    assert options.archive_after_ms is None
    assert (options.quote_rate, options.lifecycle_rate) == (20.0, 6.0)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("--host", {"host": "0.0.0.0"}),
        ("--port", {"port": 65_536}),
        ("--port", {"port": -1}),
        ("--rate", {"rate": 0.5}),
        ("--rate", {"rate": 10_001}),
        ("--rate", {"rate": float("nan")}),
        ("--markets", {"markets": 0}),
        ("--markets", {"markets": 100_001}),
        ("--quote-rate", {"quote_rate": -1.0}),
        ("--quote-rate", {"quote_rate": 5_001.0}),
        ("--lifecycle-rate", {"lifecycle_rate": 3_601.0}),
        ("--lifecycle-rate", {"lifecycle_rate": float("nan")}),
        ("--seed", {"seed": -1}),
        ("--history", {"history_ms": -1}),
        ("--history", {"history_ms": 86_400_000, "rate": 10_000}),
        ("--history", {"history_ms": 1000, "tape": Path("x")}),
        ("--archive-after", {"archive_after_ms": -1}),
        ("--archive-after", {"archive_after_ms": 366 * 86_400_000}),
        ("--speed", {"speed": 0.0}),
        ("--speed", {"speed": -1.0}),
        ("--start", {"start": "later"}),
        ("--keep-times", {"keep_times": True}),
        ("--key-type", {"key_type": "dsa"}),
    ],
)
def test_a_wrong_option_is_named(name: str, values: dict[str, Any]) -> None:
    """The error begins with the flag as the operator writes it."""
    with pytest.raises(ConfigError) as caught:
        SimulatorOptions(**values).check()

    assert caught.value.name == name
