"""One line of the report."""

from typing import Literal, NamedTuple


class Check(NamedTuple):
    """What was looked at, and how it is.

    Attributes:
        name: One or two words.
        state: ok; warn (the board works, and not as well as it might); wrong.
        message: What was found; no secret is in it.
        remedy: What to do; empty where nothing is.
    """

    name: str
    state: Literal["ok", "warn", "wrong"]
    message: str
    remedy: str = ""
