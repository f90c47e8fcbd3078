"""Which URLs may be talked to: encrypted ones, and plain ones on this machine."""

import ipaddress
from urllib.parse import urlsplit

from flowboard.errors import ConfigError

_SECURE = {"ws": "wss", "http": "https"}


def checked_url(url: str, setting: str, plain: str) -> str:
    """Return `url` without a slash at its end.

    Args:
        url: A whole URL with path.
        setting: Name of the setting that it came from.
        plain: ``ws`` or ``http``: the scheme that only this machine may be asked with.

    Raises:
        ConfigError: Another scheme, no host, or an unencrypted way to another machine.
    """
    secure = _SECURE[plain]
    remedy = f"set a whole URL, such as {secure}://host/path"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018 - reading it raises where it is none.
    except ValueError:
        raise ConfigError(setting, f"is {url[:200]!r}, no URL", remedy) from None
    if parts.scheme not in (plain, secure) or not host or parts.username:
        raise ConfigError(setting, f"is {_shown(url)!r}", remedy)
    if parts.scheme == plain and not is_loopback(host):
        raise ConfigError(
            setting,
            f"is {_shown(url)!r}, which is not encrypted",
            f"use {secure}://; {plain}:// is for an exchange on this machine only",
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether `host` can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(url: str) -> str:
    """Return `url` as a message may show it: a password in it is left out."""
    scheme, _, rest = url.rpartition("@")[2].partition("://")
    return (f"{scheme}://{rest}" if rest else scheme)[:200]
