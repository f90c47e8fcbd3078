from flowboard.kalshi.connection_watch import Patience


def test_a_silence_is_measured_by_what_is_usual() -> None:
    """One trade a minute is a feed too, and not to be cut every 30 s."""
    patience = Patience()

    assert patience.silence_ms(usual_gap_ms=8, silent_before=0) == 30_000
    assert patience.silence_ms(usual_gap_ms=1_000, silent_before=0) == 200_000
    assert patience.silence_ms(usual_gap_ms=1_000, silent_before=9) == 600_000
    assert patience.silence_ms(usual_gap_ms=60_000, silent_before=0) == 12_000_000
