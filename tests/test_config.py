"""Flags, variables, .env: which wins, and what is said of a wrong one."""

from pathlib import Path

import pytest

from flowboard.config import Settings, load, variables
from flowboard.errors import ConfigError


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Only what a test sets is set."""
    monkeypatch.chdir(tmp_path)
    for names in variables().values():
        for name in names:
            monkeypatch.delenv(name, raising=False)


def test_the_defaults():
    """Without anything set: loopback, port 8000, Kalshi's own hosts, polled."""
    settings = load()

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database == Path("data/flowboard.db")
    assert (settings.window, settings.hot_markets_limit) == ("5m", 50)
    assert settings.whale_dollars == 1_000
    assert (settings.feed, settings.websocket_timeout_s) == ("auto", 10)
    assert (settings.websocket_max_retries, settings.fill_hours) == (3, 24)
    assert settings.audit_span_s == 300
    assert (settings.quotes_days, settings.quotes_max_gb) == (30, 4)
    assert settings.cors_origins == ()
    assert settings.kalshi_ws_url.startswith("wss://")
    assert settings.mode == "polling"


def test_a_flag_wins_over_a_variable_over_the_file(monkeypatch):
    """Flag, then variable, then .env."""
    Path(".env").write_text("FLOWBOARD_PORT=1\nFLOWBOARD_WINDOW=1h\nUNRELATED=x\n")
    assert load().port == 1
    monkeypatch.setenv("FLOWBOARD_PORT", "2")
    assert load().port == 2

    settings = load(port=3, host=None)

    assert (settings.port, settings.window) == (3, "1h")


@pytest.mark.parametrize(
    ("ours", "other", "name"),
    [
        ("FLOWBOARD_PORT", "PORT", "port"),
        ("FLOWBOARD_PORT", "BACKEND_PORT", "port"),
        ("FLOWBOARD_HOT_MARKETS_LIMIT", "HOT_MARKETS_LIMIT", "hot_markets_limit"),
        ("FLOWBOARD_WEBSOCKET_TIMEOUT_S", "WEBSOCKET_TIMEOUT", "websocket_timeout_s"),
        (
            "FLOWBOARD_WEBSOCKET_MAX_RETRIES",
            "WEBSOCKET_MAX_RETRIES",
            "websocket_max_retries",
        ),
    ],
)
def test_names_of_earlier_boards(monkeypatch, ours, other, name):
    """They are accepted, and a FLOWBOARD_ name wins."""
    monkeypatch.setenv(other, "7")
    assert getattr(load(), name) == 7

    monkeypatch.setenv(ours, "8")

    assert getattr(load(), name) == 8


@pytest.mark.parametrize(
    ("variables", "feed"),
    [
        ({}, "auto"),
        ({"FLOWBOARD_FEED": "websocket"}, "websocket"),
        ({"USE_WEBSOCKET_MARKET_DATA": "false"}, "polling"),
        ({"USE_WEBSOCKET_MARKET_DATA": "True"}, "auto"),
        ({"WEBSOCKET_FALLBACK_TO_HTTP": "0"}, "websocket"),
        ({"WEBSOCKET_FALLBACK_TO_HTTP": "yes"}, "auto"),
        (
            {"USE_WEBSOCKET_MARKET_DATA": "on", "WEBSOCKET_FALLBACK_TO_HTTP": "off"},
            "websocket",
        ),
        (
            {"USE_WEBSOCKET_MARKET_DATA": "no", "WEBSOCKET_FALLBACK_TO_HTTP": "no"},
            "polling",
        ),
        ({"FLOWBOARD_FEED": "auto", "USE_WEBSOCKET_MARKET_DATA": "false"}, "auto"),
    ],
)
def test_the_feed_by_all_its_names(monkeypatch, variables, feed):
    """What earlier boards asked as yes or no is the same choice; ours wins."""
    for name, text in variables.items():
        monkeypatch.setenv(name, text)

    assert load().feed == feed


def test_an_older_name_of_the_environment_wins_over_the_file(monkeypatch):
    """Which place a variable stands in counts for more than how it is called."""
    Path(".env").write_text("FLOWBOARD_FEED=websocket\n")
    assert load().feed == "websocket"

    monkeypatch.setenv("USE_WEBSOCKET_MARKET_DATA", "false")

    assert load().feed == "polling"


def test_older_names_in_the_file():
    """A .env of an earlier board is understood."""
    Path(".env").write_text(
        "USE_WEBSOCKET_MARKET_DATA=false\nWEBSOCKET_TIMEOUT=5\nWEBSOCKET_MAX_RETRIES=9\n"
    )

    settings = load()

    assert settings.feed == "polling"
    assert (settings.websocket_timeout_s, settings.websocket_max_retries) == (5, 9)


@pytest.mark.parametrize("span_s", [15, 30, 60, 300, 900])
def test_spans_of_an_audit(monkeypatch, span_s):
    """A choice of numbers, though a variable is a text."""
    monkeypatch.setenv("FLOWBOARD_AUDIT_SPAN_S", str(span_s))

    assert load().audit_span_s == span_s


def test_whether_there_is_a_key():
    """Half a key is one, too: it has to be told that the other half is missing."""
    assert not load().has_key
    assert load(kalshi_api_key_id="an id").has_key
    assert load(kalshi_private_key_path=Path("key.pem")).has_key


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("FLOWBOARD_FEED", "carrier pigeon"),
        ("USE_WEBSOCKET_MARKET_DATA", "maybe"),
        ("WEBSOCKET_FALLBACK_TO_HTTP", "polling"),
        ("FLOWBOARD_WEBSOCKET_TIMEOUT_S", "0"),
        ("FLOWBOARD_WEBSOCKET_MAX_RETRIES", "-1"),
        ("FLOWBOARD_FILL_HOURS", "169"),
        ("FLOWBOARD_FILL_HOURS", "nan"),
        ("FLOWBOARD_AUDIT_SPAN_S", "301"),
        ("FLOWBOARD_PORT", "many"),
        ("FLOWBOARD_PORT", "65536"),
        ("FLOWBOARD_WINDOW", "7m"),
        ("FLOWBOARD_LOG_LEVEL", "LOUD"),
        ("FLOWBOARD_HOT_MARKETS_LIMIT", "501"),
        ("FLOWBOARD_WHALE_DOLLARS", "0"),
        ("FLOWBOARD_HOST", "0.0.0.0"),
        ("FLOWBOARD_HOST", "example.com"),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch, variable, text):
    """The error names the variable, in one line."""
    monkeypatch.setenv(variable, text)

    with pytest.raises(ConfigError) as error:
        load()

    assert variable in str(error.value)
    assert "\n" not in str(error.value)


def test_a_wrong_flag_is_named():
    """A flag is named as it is written."""
    with pytest.raises(ConfigError, match=r"^--port "):
        load(port=65_536)
    with pytest.raises(ConfigError, match=r"^--host "):
        load(host="192.0.2.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_hosts_are_served(host):
    """This machine by any of its own names."""
    assert load(host=host).host == host


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("wss://api.elections.kalshi.com/trade-api/ws/v2", "live"),
        ("ws://127.0.0.1:8100/trade-api/ws/v2", "demo"),
        ("wss://kalshi.com.example.org/ws", "demo"),
        ("wss://notkalshi.com/ws", "demo"),
    ],
)
def test_the_mode_is_the_hosts(url, mode):
    """Only hosts of Kalshi itself are live."""
    assert load(kalshi_ws_url=url, kalshi_api_key_id="mine").mode == mode


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("https://external-api.kalshi.com/trade-api/v2", "polling"),
        ("http://127.0.0.1:8100/trade-api/v2", "demo"),
    ],
)
def test_without_a_key_the_mode_is_that_of_rest(url, mode):
    """Nobody asks the WebSocket then; by setting neither."""
    assert load(kalshi_api_base=url).mode == mode
    asked = load(kalshi_api_base=url, kalshi_api_key_id="mine", feed="polling")
    assert asked.mode == mode


def test_no_setting_is_said_back(monkeypatch):
    """What a variable held is not in the error: it may be a secret put wrong."""
    monkeypatch.setenv("FLOWBOARD_PORT", "sesame")

    with pytest.raises(ConfigError) as error:
        load()

    assert "sesame" not in str(error.value)


def test_every_setting_has_a_variable():
    """Each can be set from outside, ours first."""
    found = variables()

    assert found.keys() == Settings.model_fields.keys()
    assert all(
        names[0].startswith(("FLOWBOARD_", "KALSHI_")) for names in found.values()
    )


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        ("https://a.example", ("https://a.example",)),
        (" https://a.example/ , http://b:1", ("https://a.example", "http://b:1")),
        ('["http://localhost:5173"]', ("http://localhost:5173",)),
    ],
)
def test_origins_are_a_list_with_commas(monkeypatch, text, origins):
    """Or a JSON list, as an earlier board wanted them."""
    monkeypatch.setenv("CORS_ORIGINS", text)

    assert load().cors_origins == origins


@pytest.mark.parametrize(
    "text", ["*", "a.example", "https://a/b", "ftp://a", "https://"]
)
def test_what_is_no_origin_is_refused(monkeypatch, text):
    """By name, with what to write instead; nobody opens the board to all sites."""
    monkeypatch.setenv("FLOWBOARD_CORS_ORIGINS", text)

    with pytest.raises(
        ConfigError, match=r"FLOWBOARD_CORS_ORIGINS.*write https://host"
    ):
        load()
