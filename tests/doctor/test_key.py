"""A key is there, of a kind that signs, and its owner's alone; or it is told."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from flowboard.config import Settings
from flowboard.doctor import Check
from flowboard.doctor.key import check_key

KEY_ID = "0f1e2d3c-1111-4222-8333-444455556666"
PEM = (
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


def settings_of(**variables):
    empty = {"KALSHI_API_KEY_ID": "", "KALSHI_PRIVATE_KEY_PATH": None}
    return Settings(_env_file=None, **(empty | variables))


def with_key(path):
    return settings_of(KALSHI_API_KEY_ID=KEY_ID, KALSHI_PRIVATE_KEY_PATH=path)


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(ed25519.Ed25519PrivateKey.generate().private_bytes(*PEM))
    path.chmod(0o600)
    return path


def test_a_key_that_is_right(key_file):
    """Its kind and its mode are told, nothing of itself; it can sign."""
    check, signer = check_key(with_key(key_file))

    assert check == Check("key", "ok", f"Ed25519 in {key_file}, mode 0600")
    assert signer is not None


def test_the_kind_is_told(key_file):
    """RSA by its bits."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key_file.write_bytes(made.private_bytes(*PEM))

    assert "RSA 2048 in" in check_key(with_key(key_file))[0].message


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_can_use(key_file, mode):
    """Wrong, with the command that helps; it is tried all the same."""
    key_file.chmod(mode)

    check, signer = check_key(with_key(key_file))

    assert check.state == "wrong"
    assert f"mode {mode:04o}" in check.message
    assert check.remedy == f"run `chmod 600 {key_file}`"
    assert signer is not None


def test_no_key():
    """The board polls: a warning; where the WebSocket alone is wanted, wrong."""
    check, signer = check_key(settings_of())
    needed, _ = check_key(settings_of(FLOWBOARD_FEED="websocket"))

    assert (check.state, signer) == ("warn", None)
    assert "polls" in check.message
    assert "KALSHI_PRIVATE_KEY_PATH" in check.remedy
    assert needed.state == "wrong"


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({"KALSHI_API_KEY_ID": KEY_ID}, "KALSHI_PRIVATE_KEY_PATH is not set"),
        ({"KALSHI_PRIVATE_KEY_PATH": "key.pem"}, "KALSHI_API_KEY_ID is not set"),
    ],
)
def test_half_a_key(variables, missing):
    """The other half is named."""
    check, signer = check_key(settings_of(**variables))

    assert (check.state, check.message, signer) == ("wrong", missing, None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (b"hello", "no private key in PEM form"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged"),
    ],
)
def test_a_file_that_is_no_key(tmp_path, content, words):
    """In the words that a start has for it."""
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)

    check, signer = check_key(with_key(path))

    assert (check.state, signer) == ("wrong", None)
    assert words in check.message
    assert check.remedy
