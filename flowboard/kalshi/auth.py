"""A key -> signed headers: RSA-PSS or Ed25519, by the kind of key that was loaded.

Signed is `<Unix ms><METHOD><path>`, the path from the root, without its query. Nothing
here prints, logs or raises a key, a signature or a line of a key file.
"""

import base64
import os
from collections import deque
from email.utils import parsedate_to_datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from flowboard.errors import ConfigError

KEY_ID_SETTING = "KALSHI_API_KEY_ID"
KEY_SETTING = "KALSHI_PRIVATE_KEY_PATH"
KEY_FILE_MAX = 64 * 1024
DATE_HALF_MS = 500  # A `Date` is cut to the second: on average half of one is missing.
CLOCK_OFF_MS = 1_000  # A `Date` cannot tell less.
DATES_KEPT = 8

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


class Signer:
    """Signs requests with one key; corrects a machine clock that is wrong.

    Args:
        key_id: The key's id, as the exchange shows it.
        key: The private key; see `load_private_key`.

    Attributes:
        offset_ms: What is added to the machine's clock before it is signed.
    """

    def __init__(self, key_id: str, key: PrivateKey) -> None:
        if not key_id or not key_id.isascii() or not key_id.isprintable():
            raise ConfigError(
                KEY_ID_SETTING,
                "is empty or holds characters that no key id has",
                "copy the id from the exchange's page of API keys",
            )
        self._key_id = key_id
        self._key = key
        self.offset_ms = 0
        self._skews_ms: deque[int] = deque(maxlen=DATES_KEPT)

    def take_key(self, key: PrivateKey) -> None:
        """Sign with another key of the same id from now on."""
        self._key = key

    def __repr__(self) -> str:
        return f"{type(self).__name__}(offset_ms={self.offset_ms})"

    def headers(self, method: str, path: str, now_ms: int) -> dict[str, str]:
        """Return the three headers that sign a request.

        Args:
            method: HTTP method; a WebSocket handshake is a GET.
            path: From the root, such as ``/trade-api/ws/v2``; a query is not signed.
            now_ms: The machine's wall clock; what was learnt of its error is added.
        """
        timestamp = str(now_ms + self.offset_ms)
        text = f"{timestamp}{method.upper()}{path.partition('?')[0]}"
        return {
            "KALSHI-ACCESS-KEY": self._key_id,
            "KALSHI-ACCESS-TIMESTAMP": timestamp,
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(
                self._sign(text.encode())
            ).decode(),
        }

    def learn_clock(self, date: str | None, now_ms: int) -> int:
        """Take the exchange's clock from the HTTP `Date` of its answer.

        Args:
            date: The header's text, or None if the answer had none.
            now_ms: The machine's wall clock when the answer was read.

        Returns:
            By how much the signing clock has changed, in ms; 0 if `date` says nothing.
        """
        exchange_ms = date_ms(date)
        if exchange_ms is None:
            return 0
        before_ms = self.offset_ms
        self._skews_ms.clear()
        self.offset_ms = exchange_ms - now_ms
        return self.offset_ms - before_ms

    def hear_date(self, date_ms: int, wall_ms: int) -> None:
        """Hear the `Date` of any answer; a clock that is off by a second is put right.

        Args:
            date_ms: As `date_ms` reads it.
            wall_ms: The machine's wall clock when the answer was read.
        """
        # An answer that was long on its way shows a clock that is behind: the one that
        # shows the latest time was the fastest.
        self._skews_ms.append(date_ms - wall_ms)
        skew_ms = max(self._skews_ms)
        if abs(skew_ms - self.offset_ms) > CLOCK_OFF_MS:
            self.offset_ms = skew_ms

    def _sign(self, text: bytes) -> bytes:
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(text)
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        return self._key.sign(text, pss, hashes.SHA256())


def date_ms(date: str | None) -> int | None:
    """Return the Unix ms of an HTTP `Date`, its missing half second added, or None."""
    try:
        moment = parsedate_to_datetime(date) if date else None
        return int(moment.timestamp()) * 1000 + DATE_HALF_MS if moment else None
    except (ValueError, TypeError, OverflowError):
        return None


def load_signer(key_id: str, key_path: str | os.PathLike[str]) -> Signer:
    """Return the signer of the key in the PEM file at `key_path`.

    Raises:
        ConfigError: The id or the file cannot be used; it says why and what to do.
    """
    return Signer(key_id, load_private_key(key_path))


def load_private_key(key_path: str | os.PathLike[str]) -> PrivateKey:
    """Return the RSA or Ed25519 key in the PEM file at `key_path`.

    Raises:
        ConfigError: Missing, unreadable, or another kind of file or key.
    """
    path = Path(key_path).expanduser()
    try:
        with path.open("rb") as file:
            pem = file.read(KEY_FILE_MAX)
    except FileNotFoundError:
        raise _wrong(path, "does not exist", "check the path") from None
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "not a path"
        raise _wrong(path, f"cannot be read ({problem})", "check its mode") from None
    return _key_of(path, pem)


def _key_of(path: Path, pem: bytes) -> PrivateKey:
    remedy = "name the private key file that the exchange gave you with this key id"
    if b"OPENSSH PRIVATE KEY" in pem:
        raise _wrong(path, "is an OpenSSH key", f"the exchange wants PEM; {remedy}")
    if b"PRIVATE KEY-----" not in pem:
        raise _wrong(path, "holds no private key in PEM form", remedy)
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise _wrong(
            path, "is protected by a password", "save the key without one"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        # `from None`: what the library quotes of the file is nobody's business.
        raise _wrong(path, "holds a private key that is damaged", remedy) from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise _wrong(path, "holds a key that is neither RSA nor Ed25519", remedy)
    return key


def _wrong(path: Path, problem: str, remedy: str) -> ConfigError:
    return ConfigError(KEY_SETTING, f"names {path}, which {problem}", remedy)
