"""Every setting: its unit, range, default and variable.

A flag wins over `FLOWBOARD_*`, that over `.env`. Kalshi's own settings go by their usual
names. Names that earlier boards used are accepted too; a `FLOWBOARD_` name wins.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from flowboard.errors import ConfigError

LIVE_DOMAIN = ".kalshi.com"
FEED = "FLOWBOARD_FEED"
FEED_BY_SOCKET = "USE_WEBSOCKET_MARKET_DATA"
FEED_FALLS_BACK = "WEBSOCKET_FALLBACK_TO_HTTP"
YES = ("1", "true", "yes", "on")
NO = ("0", "false", "no", "off")


def _whole(value: object) -> object:
    """A variable is a text: a choice between numbers would know none of them."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _origins(value: object) -> object:
    """Return the origins of a text with commas between them, or of a JSON list."""
    if not isinstance(value, str):
        return value
    names = value.strip().removeprefix("[").removesuffix("]").split(",")
    origins = tuple(name.strip().strip("\"'").rstrip("/") for name in names)
    found = tuple(origin for origin in origins if origin)
    for origin in found:
        parts = urlsplit(origin)
        bare = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in ("http", "https") or not parts.netloc or origin != bare:
            raise ValueError(
                f"{origin!r} is no origin: write https://host or https://host:port, with "
                "commas between"
            )
    return found


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)]
Seconds = Annotated[Literal[15, 30, 60, 300, 900], BeforeValidator(_whole)]


class Settings(BaseSettings):
    """What the operator chose. Made by `load`, handed out value by value."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    host: str = Field(
        "127.0.0.1", validation_alias=AliasChoices("FLOWBOARD_HOST", "HOST")
    )
    port: int = Field(
        8000,
        ge=0,
        le=65_535,
        validation_alias=AliasChoices("FLOWBOARD_PORT", "PORT", "BACKEND_PORT"),
    )
    database: Path = Field(
        Path("data/flowboard.db"),
        validation_alias=AliasChoices("FLOWBOARD_DATABASE", "SQLITE_DB_PATH"),
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias=AliasChoices("FLOWBOARD_LOG_LEVEL", "LOG_LEVEL")
    )
    window: Literal["1m", "5m", "15m", "1h", "24h"] = Field(
        "5m", validation_alias=AliasChoices("FLOWBOARD_WINDOW")
    )
    hot_markets_limit: int = Field(
        50,
        ge=1,
        le=500,
        validation_alias=AliasChoices(
            "FLOWBOARD_HOT_MARKETS_LIMIT", "HOT_MARKETS_LIMIT"
        ),
    )
    whale_dollars: int = Field(
        1_000,
        ge=1,
        le=10_000_000,
        validation_alias=AliasChoices("FLOWBOARD_WHALE_DOLLARS"),
    )
    feed: Literal["auto", "websocket", "polling"] = Field(
        "auto", validation_alias=AliasChoices(FEED, FEED_BY_SOCKET, FEED_FALLS_BACK)
    )
    websocket_timeout_s: float = Field(
        10,
        ge=0.1,
        le=120,
        validation_alias=AliasChoices(
            "FLOWBOARD_WEBSOCKET_TIMEOUT_S", "WEBSOCKET_TIMEOUT"
        ),
    )
    websocket_max_retries: int = Field(
        3,
        ge=0,
        le=1_000,
        validation_alias=AliasChoices(
            "FLOWBOARD_WEBSOCKET_MAX_RETRIES", "WEBSOCKET_MAX_RETRIES"
        ),
    )
    fill_hours: float = Field(
        24, ge=0, le=168, validation_alias=AliasChoices("FLOWBOARD_FILL_HOURS")
    )
    audit_span_s: Seconds = Field(
        300, validation_alias=AliasChoices("FLOWBOARD_AUDIT_SPAN_S")
    )
    quotes_days: int = Field(
        30, ge=1, le=3_650, validation_alias=AliasChoices("FLOWBOARD_QUOTES_DAYS")
    )
    quotes_max_gb: float = Field(
        4, ge=0.1, le=10_000, validation_alias=AliasChoices("FLOWBOARD_QUOTES_MAX_GB")
    )
    cors_origins: Origins = Field(
        (), validation_alias=AliasChoices("FLOWBOARD_CORS_ORIGINS", "CORS_ORIGINS")
    )
    kalshi_api_key_id: str = Field("", validation_alias="KALSHI_API_KEY_ID")
    kalshi_private_key_path: Path | None = Field(
        None, validation_alias="KALSHI_PRIVATE_KEY_PATH"
    )
    insecure_key_file: bool = Field(
        False, validation_alias=AliasChoices("FLOWBOARD_INSECURE_KEY_FILE")
    )
    kalshi_api_base: str = Field(
        "https://external-api.kalshi.com/trade-api/v2",
        validation_alias="KALSHI_API_BASE",
    )
    kalshi_ws_url: str = Field(
        "wss://external-api-ws.kalshi.com/trade-api/ws/v2",
        validation_alias="KALSHI_WS_URL",
    )

    @property
    def mode(self) -> Literal["live", "polling", "demo"]:
        """Live or polling for hosts of the exchange itself, else demo."""
        polls = self.feed == "polling" or not self.has_key
        url = self.kalshi_api_base if polls else self.kalshi_ws_url
        if not (urlsplit(url).hostname or "").endswith(LIVE_DOMAIN):
            return "demo"
        return "polling" if polls else "live"

    @property
    def has_key(self) -> bool:
        """Whether a key was named, or half of one: then something is to be said."""
        return bool(self.kalshi_api_key_id) or self.kalshi_private_key_path is not None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what earlier boards asked about the feed as the choice that it is."""
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):
                source.env_vars = _with_feed(source.env_vars)
        return init_settings, env_settings, dotenv_settings


def variables() -> dict[str, list[str]]:
    """Return the variables of each setting, the one that wins first."""
    found: dict[str, list[str]] = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        found[name] = [str(choice) for choice in choices]
    return found


def load(**flags: Any) -> Settings:
    """Return the settings; `flags` are those given on the command line.

    Raises:
        ConfigError: A setting is wrong; the text names its variable.
    """
    names = variables()
    given = {names[k][0]: v for k, v in flags.items() if v is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        place = str(first["loc"][0]) if first["loc"] else "a setting"
        name = next((k for k, v in names.items() if place in (k, *v)), place)
        shown = _shown(name, names, flags)
        raise ConfigError(shown, "is wrong", _remedy(first)) from None
    _check_host(settings.host, _shown("host", names, flags))
    return settings


def _with_feed(found: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Return the variables of one place with the feed that its older names mean."""
    older = {FEED_BY_SOCKET.lower(), FEED_FALLS_BACK.lower()}
    if FEED.lower() in found or older.isdisjoint(found):
        return found
    falls_back = _is_yes(found, FEED_FALLS_BACK)
    by_socket = _is_yes(found, FEED_BY_SOCKET)
    feed = "auto" if falls_back else "websocket"
    return {**found, FEED.lower(): feed if by_socket else "polling"}


def _is_yes(found: Mapping[str, str | None], name: str) -> bool:
    """Return what a variable answers; one that is not there says yes."""
    text = (found.get(name.lower(), "yes") or "").lower()
    if text not in (*YES, *NO):
        raise ConfigError(name, "is wrong", f"give true or false, or set {FEED}")
    return text in YES


def _shown(name: str, names: dict[str, list[str]], flags: dict[str, Any]) -> str:
    if flags.get(name) is not None:
        return f"--{name.replace('_', '-')}"
    return " (or ".join(names.get(name, [name])) + ")" * (len(names.get(name, [1])) - 1)


def _remedy(error: Any) -> str:
    text = str(error["msg"]).removeprefix("Value error, ")
    return text[0].lower() + text[1:]


def _check_host(host: str, shown: str) -> None:
    """Flowboard has no accounts yet: it serves this machine alone."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigError(
            shown,
            f"is {host!r}, which others could reach",
            "give 127.0.0.1, and put a proxy that asks for a password in front if "
            "others are to see the board",
        )
