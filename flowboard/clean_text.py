"""A stranger's text -> one clean line of bounded length; pure.

It is hostile all the same: whoever shows it, escapes it.
"""

import re
import unicodedata

TEXT_MAX = 300
# They turn the direction of the text around them, or hide in it.
_BIDI = (
    frozenset(map(chr, [0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF]))
    | frozenset(map(chr, range(0x202A, 0x202F)))
    | frozenset(map(chr, range(0x2066, 0x206A)))
)
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BOLD = re.compile(r"\*\*([^*]+)\*\*")


def clean_line(text: str, length_max: int = TEXT_MAX) -> str:
    """Return `text` as one line, without what is no text in it.

    Control characters become spaces, marks that turn the direction of text are gone, so
    are the asterisks of bold words; runs of spaces become one.

    Args:
        text: Anything.
        length_max: Most characters to return.
    """
    # Cut first: nobody shall pay for cleaning a megabyte.
    text = text[: length_max * 4]
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            " " if unicodedata.category(char) in _CONTROL else char
            for char in text
            if char not in _BIDI
        )
    if "**" in text:
        text = _BOLD.sub(r"\1", text)
    return " ".join(text.split())[:length_max].rstrip()
