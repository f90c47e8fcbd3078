import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.kalshi.scripted_exchange import ListInbox, LoudStatus


@pytest.fixture
def status() -> LoudStatus:
    return LoudStatus()


@pytest.fixture
def inbox() -> ListInbox:
    return ListInbox()


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


@pytest.fixture
def key(ed25519_key: ed25519.Ed25519PrivateKey) -> ed25519.Ed25519PrivateKey:
    return ed25519_key
