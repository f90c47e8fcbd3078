"""Failures that a test asks for: which are on, and for how much longer.

A fault is on for so many seconds, for so many frames, requests or trades, or until it
is cleared.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from flowboard.errors import BadParameter
from flowboard.simulator.fault_kinds import (
    DELIVERY_KINDS,
    KINDS,
    MS_OF,
    TRADE_KINDS,
    UNCOUNTED_KINDS,
    Kind,
)

SECONDS_MAX = 86_400.0
COUNT_MAX = 1_000_000_000
FAULTS_MAX = 100


@dataclass(slots=True)
class Fault:
    """One failure that is on.

    Args:
        ms: What it is about, for the kinds that have such a number; else 0.
        left: What it still meets; None is without number.
        until_s: Monotonic second at which it ends; None is until it is cleared.
        met: The subscriptions that it has met, for kinds that meet each once.
        used: How often it has met anything.
    """

    id: int
    kind: Kind
    seconds: float | None
    count: int | None
    ms: int
    left: int | None
    until_s: float | None
    met: set[int] = field(default_factory=set)
    used: int = 0

    def take(self) -> None:
        """Count one frame, request or trade that it has met."""
        self.used += 1
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
        lowest, highest, ms = MS_OF.get(kind, (0, 0, 0))
        if kind in MS_OF:
            given = _whole(request, "ms", lowest, highest)
            ms = ms if given is None else given
        elif request.get("ms") is not None:
            raise BadParameter(f"ms is for {', '.join(MS_OF)} alone: leave it out")
        if count is not None and kind in UNCOUNTED_KINDS:
            raise BadParameter(f"count says nothing about {kind}: leave it out")
        if seconds is not None and kind == "stall_open":
            raise BadParameter("stall_open is for ever: leave seconds out")
        if len(self.active()) >= FAULTS_MAX:
            raise BadParameter(
                f"{FAULTS_MAX} faults are on already: clear them with DELETE"
            )
        until_s = None if seconds is None else self._mono_s() + seconds
        # The one moment at which it is switched on is all that stall_open needs.
        left = 1 if kind == "stall_open" else count
        fault = Fault(next(self._ids), kind, seconds, count, ms, left, until_s)
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

    def disturb_trading(self) -> bool:
        """Tell whether any fault that meets trades is on."""
        return bool(self._faults) and any(
            fault.kind in TRADE_KINDS for fault in self.active()
        )

    @property
    def clock_ms(self) -> int:
        """How far the exchange's clock is ahead of the machine's."""
        fault = self.find("clock")
        return 0 if fault is None else fault.ms

    def seconds_left(self, fault: Fault) -> float | None:
        """Return for how much longer a fault is on; None without an end."""
        if fault.until_s is None:
            return None
        return max(fault.until_s - self._mono_s(), 0.0)

    def describe(self, fault: Fault) -> dict[str, object]:
        """Return a fault as the endpoint shows it."""
        shown: dict[str, object] = {"id": fault.id, "kind": fault.kind}
        left_s = self.seconds_left(fault)
        if left_s is not None:
            shown["seconds"] = fault.seconds
            shown["seconds_left"] = round(left_s, 3)
        if fault.count is not None:
            shown["count"] = fault.count
            shown["count_left"] = fault.left
        if fault.kind in MS_OF:
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
