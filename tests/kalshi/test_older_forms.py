import pytest

from flowboard.errors import BadFrame
from flowboard.kalshi.fields import FieldMemory
from flowboard.kalshi.older_forms import old_trade

ROW = {
    "trade_id": "3f0c1a52-7b1d-4d0e-1b6a-91c2d7e5aa10",
    "market_ticker": "KXOLD-25OCT02-B80.5",
    "yes_price": 27,
    "no_price": 73,
    "count": 7,
    "taker_side": "yes",
    "ts": 1_795_262_400,
}


def test_the_source_is_the_callers() -> None:
    """REST rows and frames go one way, and are told apart by their source."""
    trade = old_trade(ROW, 5, FieldMemory(), "backfill")

    assert trade.source == "backfill"
    assert trade.received_ms == 5


@pytest.mark.parametrize("cents", [0, 100, -1, 27.0, "27", True])
def test_cents_are_whole_and_between_one_and_99(cents: object) -> None:
    """No print is at nothing or at a whole dollar."""
    with pytest.raises(BadFrame, match="yes_price"):
        old_trade(ROW | {"yes_price": cents}, 5, FieldMemory())


def test_cents_must_make_a_dollar_too() -> None:
    """27 and 74 cents are no print."""
    with pytest.raises(BadFrame, match="10000"):
        old_trade(ROW | {"no_price": 74}, 5, FieldMemory())


def test_a_count_of_a_billion_and_one_is_refused() -> None:
    """Sums over windows must stay inside 64 bits."""
    most = old_trade(ROW | {"count": 1_000_000_000}, 5, FieldMemory())

    assert most.count_e2 == 100_000_000_000
    with pytest.raises(BadFrame, match="count"):
        old_trade(ROW | {"count": 1_000_000_001}, 5, FieldMemory())
