"""When the exchange trades -> ``/exchange/status`` and ``/exchange/schedule``.

It is open day and night; only a fault closes it, as maintenance. A maintenance whose
end is known is told as a window.
"""

from collections.abc import Callable

from flowboard.simulator.faults import Faults
from flowboard.simulator.market_json import rfc3339

DAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
ALL_DAY = {"open_time": "00:00", "close_time": "00:00"}
SCHEDULE_BEGIN_S = 1_767_225_600  # 2026-01-01
SCHEDULE_END_S = 1_893_456_000  # 2030-01-01


class ExchangeHours:
    """Tells whether the exchange trades, and when it does.

    Args:
        faults: `maintenance` is among them or not.
        wall_ms: The exchange's clock, Unix ms.
    """

    def __init__(self, faults: Faults, wall_ms: Callable[[], int]) -> None:
        self._faults = faults
        self._wall_ms = wall_ms

    def status(self) -> dict[str, object]:
        """Return the body of ``/exchange/status``."""
        trades = self._faults.find("maintenance") is None
        return {"exchange_active": True, "trading_active": trades}

    def schedule(self) -> dict[str, object]:
        """Return the body of ``/exchange/schedule``."""
        week: dict[str, object] = {
            "start_time": rfc3339(SCHEDULE_BEGIN_S),
            "end_time": rfc3339(SCHEDULE_END_S),
        }
        week |= {day: [ALL_DAY] for day in DAYS}
        return {
            "schedule": {
                "standard_hours": [week],
                "maintenance_windows": self._windows(),
            }
        }

    def _windows(self) -> list[dict[str, str]]:
        fault = self._faults.find("maintenance")
        if fault is None or fault.seconds is None:
            return []
        left_s = self._faults.seconds_left(fault) or 0.0
        end_s = self._wall_ms() / 1000 + left_s
        return [
            {
                "start_datetime": rfc3339(int(end_s - fault.seconds)),
                "end_datetime": rfc3339(round(end_s)),
            }
        ]
