import pytest

from flowboard.errors import ConfigError
from flowboard.kalshi.endpoints import checked_url


@pytest.mark.parametrize(
    "url",
    [
        "wss://exchange.example/trade-api/ws/v2",
        "ws://127.0.0.1:8100/trade-api/ws/v2",
        "ws://localhost:8100/trade-api/ws/v2/",
        "ws://[::1]:8100/trade-api/ws/v2",
    ],
)
def test_encrypted_or_on_this_machine_is_right(url: str) -> None:
    """Plain WebSockets are for an exchange on loopback."""
    assert checked_url(url, "KALSHI_WS_URL", "ws") == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "ws://exchange.example/trade-api/ws/v2",
        "ws://10.0.0.1/ws",
        "ws://127.0.0.1.exchange.example/ws",
        "https://exchange.example/trade-api/ws/v2",
        "exchange.example",
        "wss://",
        "wss://host:port/",
        "wss://[::1/",
        "wss://user:hunter2@exchange.example/",
        "",
    ],
)
def test_anything_else_is_one_sentence(url: str) -> None:
    """The sentence names the setting; a password in the URL is not repeated."""
    with pytest.raises(ConfigError) as refusal:
        checked_url(url, "KALSHI_WS_URL", "ws")

    assert str(refusal.value).startswith("KALSHI_WS_URL")
    assert "hunter2" not in str(refusal.value)
