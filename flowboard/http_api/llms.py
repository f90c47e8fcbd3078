"""/llms.txt: what this board is and how to ask it, for programs that read prose."""

from collections.abc import Iterable, Mapping

from flowboard.http_api.control import Action
from flowboard.http_api.endpoint import Endpoint
from flowboard.http_api.openapi import PART
from flowboard.http_api.query_keys import PATH_PARTS, QUERY_KEYS
from flowboard.http_api.refusals import STATUS_OF
from flowboard.stream_frames import KINDS
from flowboard.subscription import KEYS

ABOUT = """# Flowboard

> A self-hosted board of Kalshi's public trade flow: every trade once, stored and shown as
> it is made, with markets, events and quotes. This server holds no account and places no
> orders.

- Prices, counts and dollars are decimal strings under Kalshi's own names: `_dollars` four
  or six decimals, `_fp` contracts with two. A key that ends in `_ms` is Unix milliseconds;
  `timestamp` is ISO 8601, UTC.
- Direction is contracts (`net_flow_fp`: YES takers less NO takers), size is dollars.
- Lists are named by what they hold, with `count`; where there is a `cursor`, give it back
  for the next page until it is empty.
- Errors are `{"error":{"code","message"}}`; the message says what to do. Unknown keys and
  values are refused, not guessed at.
- GET changes nothing and needs no key. POST needs `Authorization: Bearer TOKEN`, with the
  text of the file that `flowboard token` names.
"""
STREAM = """## Stream

`WS /ws/stream` sends a `snapshot` at once, then a `delta` for each change; nothing has to
be said first. Keep rows by `market_ticker`, apply absolute values, drop `left`. To come
back without a loss, connect with `since=EPOCH:OFFSET`.
"""
WHALE = """`WS /ws` is a smaller one for KalshiWhale's clients: `initial_data`, then
`market_update` at most once a second and `heartbeat` every 30 s.
"""
MORE = """## Documents

- [OpenAPI 3.1](/openapi.json): every endpoint, parameter, answer and error
- [AsyncAPI 3](/asyncapi.json): every frame of the stream
- [The same to read and try](/docs)
- [Health](/health): whether the figures can be relied on now
"""


def llms_text(
    endpoints: Iterable[Endpoint], actions: Mapping[str, Action], address: str
) -> str:
    """Return the text.

    Args:
        endpoints: What is asked with GET.
        actions: What is asked with POST, by path.
        address: Of this board, for the examples.
    """
    asked = list(endpoints)
    keys = dict.fromkeys(key for endpoint in asked for key in endpoint.keys)
    lines = [ABOUT, "## Endpoints\n"]
    for endpoint in asked:
        known = f" Keys: {', '.join(endpoint.keys)}." if endpoint.keys else ""
        path = PART.sub(r"{\1}", endpoint.path)
        lines.append(f"- `GET {path}`: {endpoint.summary}.{known}")
    for path, action in actions.items():
        body = f" Body: `{action.example}`." if action.example else ""
        lines.append(f"- `POST {path}` (token): {action.summary}.{body}")
    lines += ["", "## Keys\n"]
    lines += [f"- `{key}`: {QUERY_KEYS[key].meaning}{_allowed(key)}" for key in keys]
    lines += ["", "## Examples\n"]
    lines += [f"    curl '{address}{example_of(e)}'" for e in asked if e.examples]
    lines += [
        "",
        STREAM,
        f"Keys of its address: {', '.join(KEYS)}. Frames: {', '.join(KINDS)}.\n",
        WHALE,
        "## Error codes\n",
        ", ".join(f"`{code}` ({status})" for code, status in STATUS_OF.items()) + "\n",
        MORE,
    ]
    return "\n".join(lines)


def example_of(endpoint: Endpoint) -> str:
    """Return the path and query of an endpoint's example."""
    parts = {name: str(key.default) for name, key in PATH_PARTS.items()}
    given = {**parts, **endpoint.examples}
    path = PART.sub(lambda found: given[found[1]], endpoint.path)
    query = "&".join(f"{k}={given[k]}" for k in endpoint.keys if k in given)
    return f"{path}?{query}" if query else path


def _allowed(key: str) -> str:
    words = QUERY_KEYS[key].schema.get("enum")
    default = QUERY_KEYS[key].default
    told = f" One of {', '.join(words)}." if words else ""
    return told + (f" Default {default}." if default is not None else "")
