"""The key file: is it there, of which kind, and who may read it?"""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flowboard.config import Settings
from flowboard.doctor.check import Check
from flowboard.errors import ConfigError
from flowboard.kalshi.auth import Signer, load_private_key
from flowboard.secret_file import exposed

NAME = "key"


def check_key(settings: Settings) -> tuple[Check, Signer | None]:
    """Return how the key is, and what signs with it if it can be used."""
    key_id, path = settings.kalshi_api_key_id, settings.kalshi_private_key_path
    if not settings.has_key:
        return _no_key(settings), None
    if not key_id or path is None:
        name = "KALSHI_PRIVATE_KEY_PATH" if path is None else "KALSHI_API_KEY_ID"
        other = "KALSHI_API_KEY_ID" if path is None else "KALSHI_PRIVATE_KEY_PATH"
        return Check(
            NAME, "wrong", f"{name} is not set", f"set it beside {other}"
        ), None
    try:
        key = load_private_key(path)
        signer = Signer(key_id, key)
    except ConfigError as error:
        message = f"{error.name} {error.problem}"
        return Check(NAME, "wrong", message, error.remedy), None
    file = Path(path).expanduser()
    problem = exposed(file, os.geteuid())
    if problem is not None:
        return Check(NAME, "wrong", *problem), signer
    kind = "Ed25519" if isinstance(key, Ed25519PrivateKey) else f"RSA {key.key_size}"
    mode = file.stat().st_mode & 0o777
    return Check(NAME, "ok", f"{kind} in {file}, mode {mode:04o}"), signer


def _no_key(settings: Settings) -> Check:
    remedy = (
        "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH to take the exchange's "
        "WebSocket"
    )
    if settings.feed == "websocket":
        return Check(
            NAME, "wrong", "none, and FLOWBOARD_FEED=websocket needs one", remedy
        )
    return Check(NAME, "warn", "none: the board polls the public tape", remedy)
