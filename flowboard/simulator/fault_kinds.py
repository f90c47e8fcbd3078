"""The kinds of failures, what each meets, and what may be said about it. Pure values."""

from typing import Literal, get_args

Kind = Literal[
    "drop",
    "stall",
    "stall_open",
    "repeat",
    "skip_seq",
    "reset_seq",
    "refuse",
    "freeze",
    "unauthorized",
    "clock",
    "rate_limit",
    "server_error",
    "slow_rest",
    "cursor_loop",
    "cursor_ignored",
    "empty_page",
    "refuse_min_ts",
    "rest_shift",
    "hide_rest",
    "hide_ws",
    "late",
    "maintenance",
    "malformed",
    "unknown",
    "big_frame",
    "no_ts_ms",
    "mute",
    "refuse_subscribe",
    "error_10",
    "error_25",
    "stall_quotes",
    "empty_price",
    "hostile_titles",
    "missing_keys",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# These meet data frames.
DELIVERY_KINDS: frozenset[Kind] = frozenset(
    {
        "drop",
        "stall",
        "repeat",
        "skip_seq",
        "reset_seq",
        "malformed",
        "unknown",
        "big_frame",
        "no_ts_ms",
        "error_10",
        "error_25",
    }
)
# These meet trades, at the moment at which they happen.
TRADE_KINDS: frozenset[Kind] = frozenset({"hide_rest", "hide_ws", "late"})
# These have nothing that could be counted.
UNCOUNTED_KINDS: frozenset[Kind] = frozenset(
    {
        "clock",
        "maintenance",
        "stall_open",
        "stall_quotes",
        "empty_price",
        "hostile_titles",
        "missing_keys",
    }
)

HOUR_MS = 3_600_000
DAY_MS = 86_400_000
# Kinds with a key `ms`: the lowest, the highest, and what it is if left out.
MS_OF: dict[Kind, tuple[int, int, int]] = {
    "rest_shift": (-HOUR_MS, HOUR_MS, 1),
    "rate_limit": (0, HOUR_MS, 0),
    "late": (1, DAY_MS, 60_000),
    "clock": (-DAY_MS, DAY_MS, 60_000),
    "slow_rest": (1, HOUR_MS, 1_000),
}
