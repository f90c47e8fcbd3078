"""Spans and moments as people write them."""

import pytest

from flowboard.errors import ConfigError
from flowboard.moments import duration_ms, moment_ms, shown_moment, shown_span

NOW_MS = 1_795_266_000_123
NOON_MS = 1_795_262_400_000


@pytest.mark.parametrize(
    ("text", "ms"),
    [("0s", 0), ("90s", 90_000), ("45m", 2_700_000), ("2d", 172_800_000)],
)
def test_durations(text, ms):
    """A whole number and its unit."""
    assert duration_ms(text, "--history") == ms


@pytest.mark.parametrize(
    "text", ["", "s", "90", "1.5h", "1h30m", "-1s", "\u0661s", " 1s", "1234567890d"]
)
def test_durations_that_are_none(text):
    """Anything else is refused with an example."""
    with pytest.raises(ConfigError, match=r"--history is .*: give a span such as 90s"):
        duration_ms(text, "--history")


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("now", NOW_MS),
        ("90m", NOW_MS - 5_400_000),
        ("2d", NOW_MS - 172_800_000),
        ("999999d", 0),
        ("2026-11-21T12:00", NOON_MS),
        ("2026-11-21T12:00:00.250", NOON_MS + 250),
        ("2026-11-21T12:00:00Z", NOON_MS),
        ("2026-11-21T07:00:00-05:00", NOON_MS),
        ("2026-11-21 12:00", NOON_MS),
        ("2026-11-21", NOON_MS - 43_200_000),
        ("1970-01-01", 0),
    ],
)
def test_moments(text, ms):
    """ISO, UTC where no zone is given; so long ago; now."""
    assert moment_ms(text, "--from", NOW_MS) == ms


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "12:00", "2026-13-01", "-2d", "1969-12-31", "0001-01-01", "NOW"],
)
def test_moments_that_are_none(text):
    """Refused with examples, by the option's name."""
    with pytest.raises(ConfigError, match=r"^--from is .*2026-11-21T13:00.* or now$"):
        moment_ms(text, "--from", NOW_MS)


def test_a_moment_as_it_is_shown():
    """ISO, UTC, to the second."""
    assert shown_moment(NOON_MS + 999) == "2026-11-21T12:00:00Z"


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0.0 s"),
        (423, "0.4 s"),
        (12_900, "12 s"),
        (60_000, "1 min 0 s"),
        (200_000, "3 min 20 s"),
        (7_500_000, "2 h 5 min"),
        (90_000_000, "1 d 1 h"),
        (129_600_000_000, "1,500 d 0 h"),
    ],
)
def test_a_span_as_it_is_shown(ms, text):
    """Its two largest units."""
    assert shown_span(ms) == text
