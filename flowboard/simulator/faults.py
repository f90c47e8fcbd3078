"""Failures that a test asks for: trading goes on, only delivery fails.

A fault is on for so many seconds, for so many frames or requests, or until it is
cleared.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from flowboard.errors import BadParameter

Kind = Literal[
    "drop",
    "stall",
    "repeat",
    "skip_seq",
    "reset_seq",
    "refuse",
    "unauthorized",
    "rate_limit",
    "malformed",
    "unknown",
    "no_ts_ms",
    "rest_shift",
    "error_25",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# These meet data frames; the rest meet requests and handshakes.
DELIVERY_KINDS: frozenset[Kind] = frozenset(KINDS) - {
    "refuse",
    "unauthorized",
    "rate_limit",
    "rest_shift",
}
SECONDS_MAX = 86_400.0
COUNT_MAX = 1_000_000_000
SHIFT_MS_MAX = 3_600_000
FAULTS_MAX = 100


@dataclass(slots=True)
class Fault:
    """One failure that is on.

    Args:
        left: Frames or requests that it still meets; None is without number.
        until_s: Monotonic second at which it ends; None is until it is cleared.
        met: The subscriptions that it has met, for kinds that meet each once.
    """

    id: int
    kind: Kind
    seconds: float | None
    count: int | None
    ms: int
    left: int | None
    until_s: float | None
    met: set[int] = field(default_factory=set)

    def take(self) -> None:
        """Count one frame or request that it has met."""
        if self.left is not None:
            self.left -= 1


class Faults:
    """The failures that are on.

    Args:
        mono_s: A monotonic clock in seconds.
    """

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self._mono_s = mono_s
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, request: object) -> Fault:
        """Switch on what a ``POST /simulator/faults`` asks for.

        Raises:
            BadParameter: The request makes no sense; the text says why.
        """
        if not isinstance(request, dict):
            raise BadParameter('send a JSON object such as {"kind": "drop"}')
        unknown = request.keys() - {"kind", "seconds", "count", "ms"}
        if unknown:
            raise BadParameter(
                f"{sorted(unknown)[0]!r} is no key of a fault: "
                "use kind, seconds, count and ms"
            )
        kind = request.get("kind")
        if kind not in KINDS:
            raise BadParameter(f"kind is {kind!r}: use one of {', '.join(KINDS)}")
        seconds = _seconds(request.get("seconds"))
        count = _whole(request, "count", 1, COUNT_MAX)
        ms = _whole(request, "ms", -SHIFT_MS_MAX, SHIFT_MS_MAX)
        if ms is not None and kind != "rest_shift":
            raise BadParameter("ms is for rest_shift alone: leave it out")
        if len(self.active()) >= FAULTS_MAX:
            raise BadParameter(
                f"{FAULTS_MAX} faults are on already: clear them with DELETE"
            )
        until_s = None if seconds is None else self._mono_s() + seconds
        fault = Fault(
            next(self._ids),
            kind,
            seconds,
            count,
            1 if ms is None else ms,
            count,
            until_s,
        )
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all of them off."""
        self._faults.clear()

    def active(self) -> list[Fault]:
        """Return those that are on, oldest first."""
        if self._faults:
            now_s = self._mono_s()
            self._faults = [
                fault
                for fault in self._faults
                if (fault.left is None or fault.left > 0)
                and (fault.until_s is None or fault.until_s > now_s)
            ]
        return self._faults

    def find(self, kind: Kind) -> Fault | None:
        """Return the oldest fault of `kind` that is on, without counting."""
        return next((f for f in self.active() if f.kind == kind), None)

    def take(self, kind: Kind) -> Fault | None:
        """Return the oldest fault of `kind` that is on, and count one use of it."""
        fault = self.find(kind)
        if fault is not None:
            fault.take()
        return fault

    def disturb_delivery(self) -> bool:
        """Tell whether any fault that meets data frames is on."""
        return bool(self._faults) and any(
            fault.kind in DELIVERY_KINDS for fault in self.active()
        )

    def describe(self, fault: Fault) -> dict[str, object]:
        """Return a fault as the endpoint shows it."""
        shown: dict[str, object] = {"id": fault.id, "kind": fault.kind}
        if fault.seconds is not None and fault.until_s is not None:
            shown["seconds"] = fault.seconds
            shown["seconds_left"] = round(max(fault.until_s - self._mono_s(), 0), 3)
        if fault.count is not None:
            shown["count"] = fault.count
            shown["count_left"] = fault.left
        if fault.kind == "rest_shift":
            shown["ms"] = fault.ms
        return shown


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not 0 < value <= SECONDS_MAX
    ):
        raise BadParameter(
            f"seconds is {value!r}: give a number above 0, at most {SECONDS_MAX:,.0f}"
        )
    return float(value)


def _whole(
    request: dict[str, object], name: str, lowest: int, highest: int
) -> int | None:
    value = request.get(name)
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or not lowest <= value <= highest
    ):
        raise BadParameter(
            f"{name} is {value!r}: give a whole number from {lowest:,} to {highest:,}"
        )
    return value
