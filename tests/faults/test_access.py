"""F16-F20: the key, the clock it signs by, the name and the certificate of the exchange."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.faults.harness import rig

FAST = pytest.mark.slow
WHOLE = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(300)]
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@pytest.mark.slow
@pytest.mark.faults
async def test_f16_refused_key(tmp_path: Path) -> None:
    """401 at every handshake for 40 s in place of ten minutes: told with the setting to
    look at, half a minute between tries, and whole again afterwards."""
    async with rig(tmp_path) as parts:
        before = (await parts.counters())["connects"]
        await parts.exchange.fault("unauthorized")
        parts.ws.rst_all()
        health = await parts.board.until(
            "/health", lambda h: "KALSHI_API_KEY_ID" in h.get("problem", ""), 10
        )
        await asyncio.sleep(40)
        tries = (await parts.counters())["connects"] - before

        assert health["status"] in ("ok", "degraded")
        assert tries <= 3  # At once, once more with the clock put right, after 30 s.
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.skipif(
    not FAKETIME, reason="faketime is not installed: apt-get install it"
)
async def test_f17_clock_is_wrong(tmp_path: Path) -> None:
    """Our clock is 90 s behind: measured by `Date`, put right in the signature, and
    subscribed within 10 s."""
    async with rig(tmp_path, served=False) as parts:
        parts.environment |= {
            "LD_PRELOAD": str(FAKETIME[0]),
            "FAKETIME": "-90s",
            "DONT_FAKE_MONOTONIC": "1",
        }
        await parts.serve()
        begun_s = time.monotonic()
        await parts.feed(lambda f: f["state"] == "live", 15)
        took_s = time.monotonic() - begun_s
        parts.watch()
        health = await parts.board.until(
            "/health", lambda h: h.get("clock_skew_ms") is not None, 20
        )

        assert took_s <= 10
        assert 85_000 <= abs(health["clock_skew_ms"]) <= 95_000
        await parts.check()


@FAST
async def test_f18_key_file_is_gone(tmp_path: Path) -> None:
    """The key file is deleted while the board runs: the session stays, and the next
    handshake is signed all the same."""
    async with rig(tmp_path) as parts:
        key = Path(parts.environment["KALSHI_PRIVATE_KEY_PATH"])
        key.unlink()
        reconnects = (await parts.counters())["reconnects"]
        await parts.stored_more(200)
        kept = (await parts.counters())["reconnects"] == reconnects
        parts.ws.rst_all()
        await parts.counted("reconnects", reconnects)

        assert kept
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not installed")
async def test_f19_names_are_not_answered(tmp_path: Path) -> None:
    """The name server is silent: the loop is not held up meanwhile (each answer of the
    board within 100 ms, of twenty all but one), and the try is told."""
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.53\noptions timeout:5 attempts:2\n")
    script = f'mount --bind {resolver} /etc/resolv.conf && exec "$@"'
    before = ("unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh")
    probe = await asyncio.to_thread(
        subprocess.run, [*before, "true"], capture_output=True
    )
    if probe.returncode:
        pytest.skip("no mount namespace on this machine: root is needed")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        try:
            silent.bind(("127.0.0.53", 53))
        except OSError as problem:
            pytest.skip(f"port 53 is not to be had: {problem}")
        async with rig(tmp_path, served=False, before=before) as parts:
            right = parts.environment.copy()
            parts.environment |= {
                "KALSHI_WS_URL": "wss://exchange.example/trade-api/ws/v2",
                "KALSHI_API_BASE": "https://exchange.example/trade-api/v2",
            }
            await parts.serve()
            took_s = []
            for _ in range(20):
                begun_s = time.monotonic()
                await parts.board.get("/health")
                took_s.append(time.monotonic() - begun_s)
                await asyncio.sleep(0.25)
            told = await parts.board.until("/health", lambda h: h.get("problem"), 30)
            await parts.kill()
            parts.environment, parts.before = right, ()
            await parts.start()

            assert sorted(took_s)[-2] <= 0.1
            assert "exchange.example" in told["problem"]
            await parts.check()


class Certificate(NamedTuple):
    """A certificate of the exchange, and whom the board trusts."""

    name: str
    host: str
    days: int
    trusted: bool
    word: str


CERTIFICATES = [
    Certificate("self-signed", "localhost", 1, False, "certificate"),
    Certificate("expired", "localhost", -1, True, "expired"),
    Certificate("another host", "elsewhere.example", 1, True, "match"),
    Certificate("good", "localhost", 1, True, ""),
]


def issued(case: Certificate, folder: Path) -> tuple[Path, Path]:
    """Return files: key with certificate, and the authority that signed it."""
    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
        for text in ("A made authority", case.host)
    ]
    made = []
    for place, key in enumerate(keys):
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[place])
            .issuer_name(names[0])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=case.days if place else 9))
            .add_extension(x509.BasicConstraints(place == 0, None), critical=True)
        )
        if place:
            names_told = x509.SubjectAlternativeName([x509.DNSName(case.host)])
            builder = builder.add_extension(names_told, critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()))
    pem = serialization.Encoding.PEM
    own, authority = folder / "own.pem", folder / "authority.pem"
    private = keys[1].private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own.write_bytes(private + made[1].public_bytes(pem))
    authority.write_bytes(made[0].public_bytes(pem))
    return own, authority


@asynccontextmanager
async def secured(own: Path, heard: list[bytes]) -> AsyncIterator[int]:
    """Listen with a certificate; put what is sent after the handshake into `heard`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.transport.abort()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@FAST
@pytest.mark.parametrize("case", CERTIFICATES, ids=lambda case: case.name)
async def test_f20_certificates(tmp_path: Path, case: Certificate) -> None:
    """Self-signed, expired or another's: refused with the reason, and no byte of the
    signature is sent; a good one is talked to."""
    own, authority = issued(case, tmp_path)
    heard: list[bytes] = []
    async with (
        secured(own, heard) as port,
        rig(tmp_path, rate=50, served=False) as parts,
    ):
        parts.environment["KALSHI_WS_URL"] = f"wss://localhost:{port}/trade-api/ws/v2"
        if case.trusted:
            parts.environment["SSL_CERT_FILE"] = str(authority)
        await parts.serve()
        if case.word:
            told = await parts.board.until("/health", lambda h: h.get("problem"), 20)
            assert case.word in told["problem"].lower()
            assert heard == []
        else:
            async with asyncio.timeout(20):
                while not heard:
                    await asyncio.sleep(0.05)
            assert b"KALSHI-ACCESS-SIGNATURE" in heard[0].upper()
