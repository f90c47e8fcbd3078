import base64
import logging
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from flowboard.errors import ConfigError
from flowboard.kalshi.auth import Signer, date_ms, load_signer
from tests.kalshi.scripted_exchange import write_pem

KEY_ID = "0f1e2d3c-1111-4222-8333-444455556666"
NOW_MS = 1_795_262_400_000
PATH = "/trade-api/ws/v2"


def signature(headers: dict[str, str]) -> bytes:
    return base64.b64decode(headers["KALSHI-ACCESS-SIGNATURE"], validate=True)


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
def test_an_rsa_key_signs_with_pss_of_digest_length(
    tmp_path: Path, rsa_key: rsa.RSAPrivateKey, form: str
) -> None:
    """SHA-256 with a salt of 32 bytes, from PKCS#1 and PKCS#8 files alike."""
    signer = load_signer(KEY_ID, write_pem(tmp_path / "key.pem", rsa_key, form))

    headers = signer.headers("get", PATH, NOW_MS)

    assert headers["KALSHI-ACCESS-KEY"] == KEY_ID
    assert headers["KALSHI-ACCESS-TIMESTAMP"] == str(NOW_MS)
    rsa_key.public_key().verify(
        signature(headers),
        f"{NOW_MS}GET{PATH}".encode(),
        padding.PSS(padding.MGF1(hashes.SHA256()), 32),
        hashes.SHA256(),
    )


def test_an_ed25519_key_signs_plainly(
    tmp_path: Path, ed25519_key: ed25519.Ed25519PrivateKey
) -> None:
    """The kind of key decides, not a setting."""
    signer = load_signer(KEY_ID, write_pem(tmp_path / "key.pem", ed25519_key))

    headers = signer.headers("GET", PATH, NOW_MS)

    ed25519_key.public_key().verify(signature(headers), f"{NOW_MS}GET{PATH}".encode())


def test_a_query_is_never_signed(ed25519_key: ed25519.Ed25519PrivateKey) -> None:
    """The exchange signs the path alone; a query in it would be a 401."""
    signer = Signer(KEY_ID, ed25519_key)

    with_query = signer.headers("GET", f"{PATH}?limit=5&cursor=a", NOW_MS)

    assert with_query == signer.headers("GET", PATH, NOW_MS)


def test_a_clock_learnt_from_a_refusal_is_signed_with(
    ed25519_key: ed25519.Ed25519PrivateKey,
) -> None:
    """A machine an hour behind signs with the exchange's hour."""
    signer = Signer(KEY_ID, ed25519_key)

    moved_ms = signer.learn_clock("Sat, 21 Nov 2026 13:00:00 GMT", NOW_MS)
    again_ms = signer.learn_clock("Sat, 21 Nov 2026 13:00:01 GMT", NOW_MS + 1_000)

    assert moved_ms == 3_600_500  # The middle of the second that the header names.
    assert again_ms == 0
    timestamp = signer.headers("GET", PATH, NOW_MS)["KALSHI-ACCESS-TIMESTAMP"]
    assert timestamp == str(NOW_MS + 3_600_500)


@pytest.mark.parametrize("date", [None, "", "soon", "Sat, 99 Nov 2026 13:00:00 GMT"])
def test_a_date_that_says_nothing_changes_nothing(
    date: str | None, ed25519_key: ed25519.Ed25519PrivateKey
) -> None:
    """A refusal without a readable `Date` leaves the clock as it was."""
    signer = Signer(KEY_ID, ed25519_key)

    assert date_ms(date) is None
    assert signer.learn_clock(date, NOW_MS) == 0
    assert signer.offset_ms == 0


@pytest.mark.parametrize("skew_ms", [-90_000, 1_001, 7 * 3_600_000])
def test_a_clock_that_is_off_is_put_right_by_any_answer(
    skew_ms: int, ed25519_key: ed25519.Ed25519PrivateKey
) -> None:
    """Before it costs a refusal: the `Date` of REST is heard too."""
    signer = Signer(KEY_ID, ed25519_key)

    signer.hear_date(NOW_MS + skew_ms, NOW_MS)

    timestamp = signer.headers("GET", PATH, NOW_MS)["KALSHI-ACCESS-TIMESTAMP"]
    assert int(timestamp) == NOW_MS + skew_ms


def test_a_second_is_as_much_as_a_date_can_tell(
    ed25519_key: ed25519.Ed25519PrivateKey,
) -> None:
    """A right clock stays as it is, though every `Date` is half a second off."""
    signer = Signer(KEY_ID, ed25519_key)

    for skew_ms in (-1_000, -500, 0, 500, 1_000):
        signer.hear_date(NOW_MS + skew_ms, NOW_MS)

    assert signer.offset_ms == 0


def test_an_answer_that_was_long_on_its_way_moves_no_clock(
    ed25519_key: ed25519.Ed25519PrivateKey,
) -> None:
    """Its `Date` is old; those that came quickly knew better."""
    signer = Signer(KEY_ID, ed25519_key)
    signer.hear_date(NOW_MS, NOW_MS)

    signer.hear_date(NOW_MS - 9_000, NOW_MS)

    assert signer.offset_ms == 0


def test_a_machine_clock_that_is_set_forward_is_followed(
    ed25519_key: ed25519.Ed25519PrivateKey,
) -> None:
    """A minute ahead after right answers: by the ninth, or at once by a refusal."""
    by_dates, by_refusal = Signer(KEY_ID, ed25519_key), Signer(KEY_ID, ed25519_key)
    for signer in (by_dates, by_refusal):
        signer.hear_date(NOW_MS, NOW_MS)

    for _ in range(8):
        by_dates.hear_date(NOW_MS, NOW_MS + 60_000)
    by_refusal.learn_clock("Sat, 21 Nov 2026 12:00:00 GMT", NOW_MS + 60_000)
    by_refusal.hear_date(NOW_MS, NOW_MS + 60_000)

    assert by_dates.offset_ms == -60_000
    assert by_refusal.offset_ms == -59_500


def test_nothing_secret_is_shown(rsa_key: rsa.RSAPrivateKey) -> None:
    """A signer in a log line or a traceback gives neither key nor id away."""
    signer = Signer(KEY_ID, rsa_key)

    assert repr(signer) == str(signer) == "Signer(offset_ms=0)"


def broken_files(tmp_path: Path, rsa_key: rsa.RSAPrivateKey) -> dict[str, Path]:
    pem = write_pem(tmp_path / "good.pem", rsa_key).read_text()
    lines = pem.splitlines()
    texts = {
        "empty": "",
        "binary": "\x00\x01",
        "text": "my key is somewhere else",
        "damaged": "\n".join([lines[0], *lines[5:]]),
        "public": rsa_key.public_key()
        .public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )
        .decode(),
        "elliptic": ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode(),
        "openssh": rsa_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        ).decode(),
    }
    paths = {name: tmp_path / f"{name}.pem" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text)
    paths["password"] = write_pem(
        tmp_path / "password.pem", rsa_key, password=b"tell nobody"
    )
    paths["missing"] = tmp_path / "missing.pem"
    paths["folder"] = tmp_path
    return paths


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty", "no private key"),
        ("binary", "no private key"),
        ("text", "no private key"),
        ("damaged", "damaged"),
        ("public", "no private key"),
        ("elliptic", "neither RSA nor Ed25519"),
        ("openssh", "OpenSSH"),
        ("password", "password"),
        ("missing", "does not exist"),
        ("folder", "cannot be read"),
    ],
)
def test_a_wrong_key_file_is_one_sentence(
    name: str,
    says: str,
    tmp_path: Path,
    rsa_key: rsa.RSAPrivateKey,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The sentence names the setting and what is wrong, never a line of the file."""
    path = broken_files(tmp_path, rsa_key)[name]
    caplog.set_level(logging.DEBUG)

    with pytest.raises(ConfigError) as refusal:
        load_signer(KEY_ID, path)

    sentence = str(refusal.value)
    assert sentence.startswith("KALSHI_PRIVATE_KEY_PATH")
    assert says in sentence
    assert "\n" not in sentence
    if path.is_file():
        for line in path.read_text().splitlines():
            if len(line) > 40:
                assert line not in sentence
                assert line not in caplog.text
    assert refusal.value.__cause__ is None


def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rsa_key: rsa.RSAPrivateKey
) -> None:
    """A key of another user is not a traceback."""
    path = write_pem(tmp_path / "key.pem", rsa_key)

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Root, who may read everything, sees what others would.
    monkeypatch.setattr(Path, "open", refused)

    with pytest.raises(ConfigError, match="cannot be read"):
        load_signer(KEY_ID, path)


@pytest.mark.parametrize("key_id", ["", "a\r\nHost: elsewhere", "schlüssel"])
def test_a_key_id_that_would_break_a_header_is_refused(
    key_id: str, ed25519_key: ed25519.Ed25519PrivateKey
) -> None:
    """A pasted newline is an error of configuration, not a second header."""
    with pytest.raises(ConfigError, match="KALSHI_API_KEY_ID"):
        Signer(key_id, ed25519_key)
