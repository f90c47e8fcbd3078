"""Client commands -> what they ask for, or the error that answers them. Pure."""

import re
from dataclasses import dataclass

import orjson

SERVED_CHANNELS = frozenset(
    {"trade", "ticker", "market_lifecycle_v2", "multivariate_market_lifecycle"}
)
MARKET_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Refused(Exception):
    """A command that is answered by an error.

    Args:
        code: The exchange's number for it.
        sid: The subscription that it belongs to, if any.
    """

    def __init__(self, code: int, sid: int | None = None) -> None:
        super().__init__(code, sid)
        self.code = code
        self.sid = sid


@dataclass(frozen=True, slots=True)
class Command:
    """A command that could be read at all; `params` is None where there were none."""

    command_id: int | None
    name: str
    params: dict[str, object] | None

    def required(self) -> dict[str, object]:
        """Return the params, which this command needs."""
        if self.params is None:
            raise Refused(2)
        return self.params


def command_id_of(data: object) -> int | None:
    """Return the id that an answer echoes; 0 counts as none."""
    if not isinstance(data, dict):
        return None
    value = data.get("id")
    return value if type(value) is int and value != 0 else None


def parse_message(message: str | bytes) -> object:
    """Return the JSON of a frame, text or binary.

    Raises:
        Refused: It is no JSON object.
    """
    try:
        data = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise Refused(1) from None
    if not isinstance(data, dict):
        raise Refused(1)
    return data


def parse_command(data: object) -> Command:
    """Return the command in a decoded frame.

    Raises:
        Refused: A field has a wrong type, or there is no command.
    """
    if not isinstance(data, dict):
        raise Refused(1)
    params = data.get("params")
    name = data.get("cmd")
    if not isinstance(data.get("id"), int | None) or isinstance(data.get("id"), bool):
        raise Refused(1)
    if name is None:
        raise Refused(5)
    if not isinstance(name, str) or not isinstance(params, dict | None):
        raise Refused(1)
    return Command(command_id_of(data), name, params)


def channels_of(params: dict[str, object]) -> list[str]:
    """Return the channels of a subscribe.

    Raises:
        Refused: There are none, or they are not strings.
    """
    channels = _strings(params, "channels")
    if not channels:
        raise Refused(3)
    return channels


def tickers_of(params: dict[str, object]) -> frozenset[str] | None:
    """Return the markets that params name; None if they name none.

    Raises:
        Refused: They name them in two ways, or not as strings.
    """
    one = params.get("market_ticker")
    many = _strings(params, "market_tickers")
    if one is not None and not isinstance(one, str):
        raise Refused(1)
    if one and many:
        raise Refused(11)
    if one:
        return frozenset((one,))
    return frozenset(many) if many else None


def market_ids_of(params: dict[str, object]) -> list[str]:
    """Return the ids of markets that params name.

    Raises:
        Refused: They are no ids.
    """
    one = params.get("market_id")
    ids = _strings(params, "market_ids")
    if one is not None:
        if not isinstance(one, str):
            raise Refused(1)
        ids = [*ids, one]
    if not all(MARKET_ID.fullmatch(market_id) for market_id in ids):
        raise Refused(11)
    return ids


def wants_snapshot(params: dict[str, object]) -> bool:
    """Tell whether the figures of the named markets are wanted at once."""
    return params.get("send_initial_snapshot") is True


def sids_of(params: dict[str, object]) -> list[int]:
    """Return the subscriptions that params name, by ``sids`` or ``sid``.

    Raises:
        Refused: They are not whole numbers.
    """
    listed = params.get("sids")
    if listed is None:
        listed = []
    if not isinstance(listed, list):
        raise Refused(1)
    single = params.get("sid")
    sids = listed if single is None else [*listed, single]
    if not all(type(sid) is int for sid in sids):
        raise Refused(1)
    return sids


def skips_list(params: dict[str, object]) -> bool:
    """Tell whether ``ok`` is wanted without the list of markets."""
    return params.get("skip_ticker_ack") is True


def _strings(params: dict[str, object], name: str) -> list[str]:
    value = params.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise Refused(1)
    return value
