import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.clean_text import clean_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Rain in NYC?", "Rain in NYC?"),
        ("", ""),
        ("  \n ", ""),
        ("a\r\nb\tc\x00d\x1b[31m", "a b c d [31m"),
        ("abc\u202edef\u2066ghi\u2069\ufeff", "abcdefghi"),
        ("next\u0085line\u2028and\u2029more", "next line and more"),
        ("<b>bold</b> & \u00e9\U0001f600", "<b>bold</b> & \u00e9\U0001f600"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        ("will the **high temp** be **84**?", "will the high temp be 84?"),
        ("2 ** 3", "2 ** 3"),
        ("x" * 400, "x" * 300),
        ("x" * 299 + " y", "x" * 299),
        ("\ud800 lone", "lone"),
    ],
)
def test_a_text_is_one_clean_line(text: str, line: str) -> None:
    """Hostile text: no controls, no turned direction, no endless line; else as it was."""
    assert clean_line(text) == line


@given(st.text(max_size=400), st.integers(1, 50))
def test_any_text_is_bounded_and_printable(text: str, length_max: int) -> None:
    """Whatever comes: one line, no more than asked for, nothing that moves the cursor."""
    line = clean_line(text, length_max)

    assert len(line) <= length_max
    assert line == line.strip()
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in line)
    assert not any(unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE") for c in line)
