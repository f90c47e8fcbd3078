"""What markets and events are called; under a fault, as an attacker would call them."""

import zlib
from collections.abc import Callable

LONG_TITLE_CHARACTERS = 5_000
HOSTILE: tuple[Callable[[str], str], ...] = (
    lambda title: f"<script>alert(1)</script>{title}",
    lambda title: f"\u202e{title}\u2066\u200f",
    lambda title: (title + " & more of it, ") * (LONG_TITLE_CHARACTERS // len(title)),
    lambda title: f"{title}\nSecond line\r\n\tand a third\x00\x1b[31m",
    lambda title: f"\"><img src=x onerror=alert(1)> {title} ' -- ${{7*7}} {{{{7*7}}}}",
    lambda title: "Z\u0351\u036b\u0343\u032a\u0302" * 40 + title,
    lambda title: f"\ufeff\u200b{title}\ud7ff\U0001f3c8\U0001f468\u200d\U0001f469",
    lambda title: " ",
)


class Titles:
    """Tells titles.

    Args:
        hostile: Whether they are to be hostile now.
    """

    def __init__(self, hostile: Callable[[], bool]) -> None:
        self._hostile = hostile

    def of(self, ticker: str, title: str) -> str:
        """Return the title to show for what has this ticker."""
        if not self._hostile():
            return title
        return HOSTILE[zlib.crc32(ticker.encode()) % len(HOSTILE)](title)[
            : 2 * LONG_TITLE_CHARACTERS
        ]
