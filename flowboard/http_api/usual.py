"""/api/usual: what is usually paid at this hour, to compare a window with."""

from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.models import WINDOWS_MS
from flowboard.money import format_dollars_e6


async def usual(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the usual dollars of a window, null where no day before is whole."""
    window = query.window(resources.default_window)
    found = await resources.usual.of(WINDOWS_MS[window], resources.as_of_ms())
    paid_e6 = found.notional_e6
    return answer(
        {
            **resources.as_of(window),
            "usual_notional_dollars": (
                None if paid_e6 is None else format_dollars_e6(paid_e6)
            ),
            "days": found.days,
        }
    )
