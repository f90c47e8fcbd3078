"""Signatures are verified; refusals have the recorded bodies."""

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from flowboard.simulator.auth import Gate, Rejected
from flowboard.simulator.keys import ApiKey, open_key

NOW_MS = 1_795_000_000_000
PATH = "/trade-api/v2/portfolio/balance"
AUTHENTICATION_ERROR = "authentication_error"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> ApiKey:
    return open_key(tmp_path_factory.mktemp("rsa"), "rsa")


@pytest.fixture
def gate(key: ApiKey) -> Gate:
    return Gate(key, lambda: NOW_MS)


def headers(
    key: ApiKey,
    text: str | None = None,
    *,
    skew_ms: int = 0,
    pad: Any = None,
    key_id: str | None = None,
) -> dict[str, str]:
    stamp = str(NOW_MS + skew_ms)
    private: Any = load_pem_private_key(Path(key.private_key_path).read_bytes(), None)
    signed = (text or f"{stamp}GET{PATH}").encode()
    pad = pad or padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    raw = private.sign(signed, pad, hashes.SHA256())
    return {
        "kalshi-access-key": key_id or key.key_id,
        "kalshi-access-timestamp": stamp,
        "kalshi-access-signature": base64.b64encode(raw).decode(),
    }


def refusal(gate: Gate, given: dict[str, str]) -> dict[str, Any]:
    with pytest.raises(Rejected) as caught:
        gate.admit("GET", PATH, given)
    error = caught.value.body["error"]
    assert isinstance(error, dict)
    return error


@pytest.mark.parametrize(
    "salt", [0, 20, 32, padding.PSS.MAX_LENGTH], ids=["none", "20", "digest", "max"]
)
def test_any_salt_length_is_read(gate: Gate, key: ApiKey, salt: Any) -> None:
    """PSS signatures verify whatever their salt's length."""
    pad = padding.PSS(padding.MGF1(hashes.SHA256()), salt)

    assert gate.admit("GET", PATH, headers(key, pad=pad)) == key.key_id


def test_ed25519_signatures_are_read(tmp_path: Path) -> None:
    """A key of the other type signs the same text plainly."""
    key = open_key(tmp_path, "ed25519")
    private: Any = load_pem_private_key(key.private_key_path.read_bytes(), None)
    raw = private.sign(f"{NOW_MS}GET{PATH}".encode())
    given = {
        "kalshi-access-key": key.key_id,
        "kalshi-access-timestamp": str(NOW_MS),
        "kalshi-access-signature": base64.b64encode(raw).decode(),
    }
    gate = Gate(key, lambda: NOW_MS)

    assert gate.admit("GET", PATH, given) == key.key_id
    given["kalshi-access-signature"] = base64.b64encode(b"x" * 64).decode()
    assert refusal(gate, given)["details"] == "INCORRECT_API_KEY_SIGNATURE"


@pytest.mark.parametrize("skew_ms", [-20_000, -5_000, 0, 30_000, 45_000])
def test_a_clock_inside_the_window_passes(
    gate: Gate, key: ApiKey, skew_ms: int
) -> None:
    """Timestamps from 20 s behind to 45 s ahead are fresh."""
    assert gate.admit("GET", PATH, headers(key, skew_ms=skew_ms)) == key.key_id


@pytest.mark.parametrize("skew_ms", [-300_000, -20_001, 45_001, 300_000])
def test_a_clock_outside_the_window_is_expired(
    gate: Gate, key: ApiKey, skew_ms: int
) -> None:
    """Either way, the body says that the timestamp has expired."""
    assert refusal(gate, headers(key, skew_ms=skew_ms)) == {
        "code": "header_timestamp_expired",
        "message": "header timestamp expired",
    }


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "1e12", "9" * 30, "١٧٩٥"])
def test_a_timestamp_that_is_no_number_is_expired(
    gate: Gate, key: ApiKey, stamp: str
) -> None:
    """Nonsense in the timestamp is refused, not crashed on."""
    given = headers(key) | {"kalshi-access-timestamp": stamp}

    assert refusal(gate, given)["code"] == "header_timestamp_expired"


@pytest.mark.parametrize(
    "text",
    [
        f"{NOW_MS}GET{PATH}?limit=5",
        f"{NOW_MS}POST{PATH}",
        f"{NOW_MS}GET/portfolio/balance",
        f"{NOW_MS + 1}GET{PATH}",
        "other",
    ],
)
def test_a_signature_over_another_text_is_incorrect(
    gate: Gate, key: ApiKey, text: str
) -> None:
    """The query is not signed; method, whole path and time are."""
    assert refusal(gate, headers(key, text)) == {
        "code": AUTHENTICATION_ERROR,
        "message": AUTHENTICATION_ERROR,
        "details": "INCORRECT_API_KEY_SIGNATURE",
    }


def test_pkcs1_padding_is_incorrect(gate: Gate, key: ApiKey) -> None:
    """RSA signatures of the older padding are refused."""
    given = headers(key, pad=padding.PKCS1v15())

    assert refusal(gate, given)["details"] == "INCORRECT_API_KEY_SIGNATURE"


@pytest.mark.parametrize("signature", ["not base64!", "AAAA", "é"])
def test_a_signature_that_is_no_base64_is_incorrect(
    gate: Gate, key: ApiKey, signature: str
) -> None:
    """Bytes that are no signature are refused, not crashed on."""
    given = headers(key) | {"kalshi-access-signature": signature}

    assert refusal(gate, given)["details"] == "INCORRECT_API_KEY_SIGNATURE"


@pytest.mark.parametrize(
    ("key_id", "details"),
    [
        ("00000000-0000-0000-0000-000000000000", "NOT_FOUND"),
        ("my-key", "INVALID_PARAMETER"),
    ],
)
def test_an_unknown_key_is_told_from_a_malformed_one(
    gate: Gate, key: ApiKey, key_id: str, details: str
) -> None:
    """A UUID that is not registered is not found; anything else is invalid."""
    assert refusal(gate, headers(key, key_id=key_id))["details"] == details


def test_missing_headers_are_told_apart(gate: Gate, key: ApiKey) -> None:
    """No signature and no headers at all have bodies of their own."""
    unsigned = headers(key)
    del unsigned["kalshi-access-signature"]

    assert refusal(gate, unsigned) == {
        "code": "signature_is_missing_from_headers",
        "message": "signature is missing from headers",
    }
    assert refusal(gate, {}) == {
        "code": "token_authentication_failure",
        "message": "token authentication failure",
    }
