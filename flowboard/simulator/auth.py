"""Signed requests -> yes, or the body of the 401.

The signed text is ``<timestamp ms><METHOD><path>`` without the query. RSA keys sign
with PSS over SHA-256; any salt length is read, as the exchange evidently does. The
clock that a timestamp is held against is always the machine's, also while a tape keeps
its times.
"""

import base64
import binascii
import uuid
from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from flowboard.simulator.keys import ApiKey

KEY_HEADER = "kalshi-access-key"
TIMESTAMP_HEADER = "kalshi-access-timestamp"
SIGNATURE_HEADER = "kalshi-access-signature"
CLOCK_BEHIND_MS_MAX = 20_000
CLOCK_AHEAD_MS_MAX = 45_000

JsonObject = dict[str, object]


def error_body(code: str, message: str, details: str | None = None) -> JsonObject:
    """Return the nested error shape: ``{"error": {"code", "message", "details"?}}``."""
    error: JsonObject = {"code": code, "message": message}
    if details is not None:
        error["details"] = details
    return {"error": error}


class Rejected(Exception):
    """The request is not signed as it must be; `body` is what a 401 carries."""

    def __init__(self, body: JsonObject) -> None:
        super().__init__(body)
        self.body = body


def rejected(details: str) -> Rejected:
    """Return the refusal ``authentication_error`` with its `details`."""
    name = "authentication_error"
    return Rejected(error_body(name, name, details))


class Gate:
    """Knows the one registered key and tells who signed a request.

    Args:
        key: The registered key.
        wall_ms: The machine's clock, Unix ms.
    """

    def __init__(self, key: ApiKey, wall_ms: Callable[[], int]) -> None:
        self._key = key
        self._wall_ms = wall_ms

    @staticmethod
    def signed(headers: Mapping[str, str]) -> bool:
        """Tell whether a request claims to be signed at all."""
        return KEY_HEADER in headers or SIGNATURE_HEADER in headers

    def admit(self, method: str, path: str, headers: Mapping[str, str]) -> str:
        """Return the id of the key that signed the request.

        Args:
            method: Upper case.
            path: From the root, without the query.
            headers: Names in lower case.

        Raises:
            Rejected: The signature, the key or the clock is wrong.
        """
        key_id = headers.get(KEY_HEADER)
        timestamp = headers.get(TIMESTAMP_HEADER, "")
        signature = headers.get(SIGNATURE_HEADER)
        if not key_id:
            raise Rejected(
                error_body(
                    "token_authentication_failure", "token authentication failure"
                )
            )
        if not signature:
            raise Rejected(
                error_body(
                    "signature_is_missing_from_headers",
                    "signature is missing from headers",
                )
            )
        if not self._fresh(timestamp):
            raise Rejected(
                error_body("header_timestamp_expired", "header timestamp expired")
            )
        try:
            uuid.UUID(key_id)
        except ValueError:
            raise rejected("INVALID_PARAMETER") from None
        if key_id != self._key.key_id:
            raise rejected("NOT_FOUND")
        if not self._signed_by_key(f"{timestamp}{method}{path}".encode(), signature):
            raise rejected("INCORRECT_API_KEY_SIGNATURE")
        return key_id

    def _fresh(self, timestamp: str) -> bool:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
            return False
        ahead_ms = int(timestamp) - self._wall_ms()
        return -CLOCK_BEHIND_MS_MAX <= ahead_ms <= CLOCK_AHEAD_MS_MAX

    def _signed_by_key(self, text: bytes, signature: str) -> bool:
        try:
            raw = base64.b64decode(signature, validate=True)
            public = self._key.public_key
            if isinstance(public, RSAPublicKey):
                pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
                public.verify(raw, text, pss, hashes.SHA256())
            else:
                public.verify(raw, text)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True
