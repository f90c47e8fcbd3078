"""The exchange's one API key: written into a folder, or used again from there.

The folder holds what an account page would hand out: `kalshi_key_id` (a UUID) and
`kalshi_private_key.pem`, both readable by their owner alone. RSA keys are written as
PKCS#1, Ed25519 keys as PKCS#8, as the exchange itself issues them.
"""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)

from flowboard.errors import ConfigError

KEY_ID_FILE = "kalshi_key_id"
PRIVATE_KEY_FILE = "kalshi_private_key.pem"
OWNER_ONLY = 0o600
RSA_BITS = 2048

KeyType = Literal["rsa", "ed25519"]
PublicKey = RSAPublicKey | Ed25519PublicKey
PrivateKey = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One registered key: its id, its public half, and where the private half lies."""

    key_id: str
    public_key: PublicKey
    private_key_path: Path


def open_key(folder: Path, key_type: KeyType | None) -> ApiKey:
    """Return the key of `folder`, made there if it holds none.

    Args:
        folder: Made if absent.
        key_type: None takes whatever the folder holds, and makes RSA.

    Raises:
        ConfigError: The folder cannot be written, holds half a pair, something that is
            no private key, or a key of the other type.
    """
    id_path, pem_path = folder / KEY_ID_FILE, folder / PRIVATE_KEY_FILE
    try:
        present = [path.name for path in (id_path, pem_path) if path.exists()]
        if len(present) == 1:
            raise ConfigError(
                "--keys",
                f"{folder} holds {present[0]} alone",
                "remove it, or name another folder",
            )
        if present:
            return _read(id_path, pem_path, key_type)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _make(id_path, pem_path, key_type or "rsa")
    except OSError as error:
        raise ConfigError(
            "--keys",
            f"{folder} cannot be used ({error.strerror or error})",
            "name a folder that you may read and write",
        ) from None


def _read(id_path: Path, pem_path: Path, key_type: KeyType | None) -> ApiKey:
    try:
        private = serialization.load_pem_private_key(pem_path.read_bytes(), None)
        key_id = id_path.read_text(encoding="ascii").strip()
        uuid.UUID(key_id)
    except (ValueError, TypeError):
        private, key_id = None, ""
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigError(
            "--keys",
            f"{pem_path.parent} holds no readable pair",
            f"remove {KEY_ID_FILE} and {PRIVATE_KEY_FILE}, or name another folder",
        )
    found: KeyType = "rsa" if isinstance(private, RSAPrivateKey) else "ed25519"
    if key_type not in (None, found):
        raise ConfigError(
            "--key-type",
            f"is {key_type}, but {pem_path.parent} holds a key of type {found}",
            f"give --key-type {found}, or name another folder with --keys",
        )
    for path in (id_path, pem_path):
        path.chmod(OWNER_ONLY)
    return ApiKey(key_id, private.public_key(), pem_path)


def _make(id_path: Path, pem_path: Path, key_type: KeyType) -> ApiKey:
    private: PrivateKey
    if key_type == "rsa":
        private = generate_private_key(public_exponent=65_537, key_size=RSA_BITS)
        form = serialization.PrivateFormat.TraditionalOpenSSL
    else:
        private = Ed25519PrivateKey.generate()
        form = serialization.PrivateFormat.PKCS8
    pem = private.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()
    )
    key_id = str(uuid.uuid4())
    _write(pem_path, pem)
    _write(id_path, f"{key_id}\n".encode())
    return ApiKey(key_id, private.public_key(), pem_path)


def _write(path: Path, content: bytes) -> None:
    # Born with its mode: there is no moment in which others can read the key.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
