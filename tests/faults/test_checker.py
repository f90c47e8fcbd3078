"""The checker itself: each kind of wrong is found, and right is found right."""

from collections import Counter

from tests.faults.checker import Row, Verdict, claims_broken, judged


def row(trade_id: str, ts_ms: int = 1_000, price_e4: int = 5_000) -> Row:
    return (trade_id, "KXMADE-26", price_e4, 100, "yes", 0, ts_ms)


TRUTH = {trade_id: row(trade_id) for trade_id in "abc"}
ROWS = list(TRUTH.values())


def judge(
    rows: list[Row] = ROWS, seen: str = "abc", windows: tuple[str, ...] = ()
) -> Verdict:
    return judged(TRUTH, rows, Counter(seen), set(seen), windows)


def test_right_is_right() -> None:
    """All traded is stored once; the client saw all of it, or a part."""
    assert judge().faults == {}
    assert judge(seen="b").faults == {}
    assert str(judge()).startswith("3 traded, 3 stored, 3 seen; nothing lost")


def test_a_lost_trade_is_found() -> None:
    """Traded, but on no row."""
    assert judge(ROWS[:2], "ab").faults == {"lost": ["c"]}


def test_a_doubled_row_is_found() -> None:
    """Two rows of one id, also when they differ in time, as two feeds may tell it."""
    assert judge([*ROWS, row("b")]).faults == {"doubled": ["b"]}
    twin = judge([*ROWS, row("b", ts_ms=1_001)])
    assert twin.faults == {"doubled": ["b"], "altered": ["b"]}


def test_a_trade_told_twice_is_found() -> None:
    """Stored once, but a client that adds up would have counted it twice."""
    assert judge(seen="abcc").faults == {"doubled": ["c"]}


def test_an_invented_trade_is_found() -> None:
    """On disk, but the exchange never made it."""
    assert judge([*ROWS, row("d")]).faults == {"invented": ["d"]}


def test_an_altered_trade_is_found() -> None:
    """The id is right and the price is not."""
    rows = [*ROWS[:2], row("c", price_e4=5_001)]
    assert judge(rows).faults == {"altered": ["c"]}


def test_a_trade_shown_but_not_stored_is_found() -> None:
    """What a client saw must be on disk."""
    assert judge(ROWS[:2]).faults == {"lost": ["c"], "unstored": ["c"]}


def test_a_wrong_window_is_found_and_named() -> None:
    """The sentence says which kind of wrong, how often, and which first."""
    found = judge(windows=("5m KXMADE-26: 1 not 2",))

    assert found.faults == {"windows": ["5m KXMADE-26: 1 not 2"]}
    assert str(found).endswith("1 windows: 5m KXMADE-26: 1 not 2")


def test_a_false_claim_is_found() -> None:
    """Only what was called complete has to be there; the end of a span is open."""
    truth = {i: row(i, ts_ms) for i, ts_ms in (("a", 1_000), ("b", 2_000))}
    stored = [truth["a"]]

    assert claims_broken([{"from_ms": 0, "to_ms": 2_000}], truth, stored) == []
    assert claims_broken([{"from_ms": 0, "to_ms": 2_001}], truth, stored) == ["b"]
    assert claims_broken([], truth, []) == []
