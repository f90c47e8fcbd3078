"""Ids of markets are dense, stable and cheap to ask for."""

from flowboard.markets import Markets


def test_ids_count_from_zero_in_order_of_first_sight():
    """So that totals can live in arrays."""
    markets = Markets(["KXA", "KXB"])

    assert [markets.id_of(t) for t in ("KXB", "KXC", "KXA", "KXC")] == [1, 2, 0, 2]
    assert markets.tickers == ["KXA", "KXB", "KXC"]
    assert len(markets) == 3


def test_many_are_asked_for_at_once():
    """New ones among them get their ids in order."""
    markets = Markets(["KXA"])

    assert markets.ids_of(["KXB", "KXA", "KXB", "KXC"]).tolist() == [1, 0, 1, 2]
    assert markets.ids_of(["KXA", "KXC"]).tolist() == [0, 2]


def test_a_combo_is_known_by_its_ticker():
    """Also when the list has grown past its first size."""
    markets = Markets([f"KXMVE{n}" if n % 3 == 0 else f"KX{n}" for n in range(1_000)])

    assert markets.combo.tolist() == [n % 3 == 0 for n in range(1_000)]


def test_looking_for_a_market_does_not_make_it_known():
    """A typo in a query is no market."""
    markets = Markets()

    assert markets.find("KXTYPO") is None
    assert len(markets) == 0
