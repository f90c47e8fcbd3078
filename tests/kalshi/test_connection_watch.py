import pytest

from flowboard.kalshi.connection_watch import Patience


def test_a_silence_is_measured_by_what_is_usual() -> None:
    """200 usual gaps, never under 30 s; doubled while new connections stay silent."""
    patience = Patience()

    assert patience.silence_ms(usual_gap_ms=8, silent_before=0) == 30_000
    assert patience.silence_ms(usual_gap_ms=1_000, silent_before=0) == 200_000
    assert patience.silence_ms(usual_gap_ms=1_000, silent_before=9) == 600_000
    assert patience.silence_ms(usual_gap_ms=60_000, silent_before=0) == 12_000_000


@pytest.mark.parametrize(
    ("usual_gap_ms", "waits_ms"),
    [
        (0, [1_866, 3_733, 7_466, 14_933, 18_666, 18_666]),
        (10, [1_866, 3_733, 7_466, 14_933, 18_666, 18_666]),
        (100, [3_333, 6_666, 13_333, 26_666, 30_000, 30_000]),
        (3_000, [100_000, 150_000, 150_000, 150_000, 150_000, 150_000]),
    ],
)
def test_rest_is_asked_before_the_viewer_is_told_and_then_less_often(
    usual_gap_ms: float, waits_ms: list[int]
) -> None:
    """After two thirds of 2.8 s or of 50 usual gaps; then twice, four times that."""
    waits = [Patience().probe_ms(usual_gap_ms, asked) for asked in range(6)]

    assert waits == waits_ms


def test_rest_is_not_asked_in_a_hurry() -> None:
    """At least two seconds lie between two questions, however often it was asked."""
    patience = Patience(delayed_s=0.3)

    assert patience.probe_ms(0, 0) == 200
    assert patience.probe_ms(0, 1) == 2_000
    assert patience.probe_ms(0, 10_000) == 2_000
