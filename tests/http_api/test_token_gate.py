"""Who holds the token is let in; who guesses is kept out for a minute."""

import pytest
from starlette.requests import Request

from flowboard.http_api.token_gate import (
    ADDRESSES_MAX,
    TokenGate,
    TooManyTries,
    Unauthorized,
)

TOKEN = "dGhlIHNhbXBsZSBub25jZQ-_dGhlIHNhbXBsZSBub25"


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> TokenGate:
    return TokenGate(TOKEN, clock)


def request(*headers: str, address: str | None = "127.0.0.1") -> Request:
    return Request(
        {
            "type": "http",
            "client": address and (address, 4_000),
            "headers": [(b"authorization", h.encode("latin-1")) for h in headers],
        }
    )


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_the_token_is_let_in(gate: TokenGate, scheme: str) -> None:
    """As often as it comes, however the scheme is written."""
    for _ in range(20):
        gate.check(request(scheme + TOKEN))


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("",),
        (TOKEN,),
        ("Bearer",),
        ("Bearer ",),
        (f"Basic {TOKEN}",),
        (f"Digest {TOKEN}",),
        (f"Bearer {TOKEN[:-1]}",),
        (f"Bearer {TOKEN}x",),
        (f"Bearer {TOKEN.lower()}",),
        ("Bearer ünï",),
        (f"Bearer {TOKEN}", f"Bearer {TOKEN}"),
    ],
)
def test_all_else_is_not(gate: TokenGate, headers: tuple[str, ...]) -> None:
    """The sentence says what is wanted and where it is found, and not the token."""
    with pytest.raises(Unauthorized, match=r"`flowboard token`") as error:
        gate.check(request(*headers))

    assert TOKEN not in str(error.value)


def test_who_guesses_has_to_wait(gate: TokenGate, clock: Clock) -> None:
    """Five in a minute; then the right one is refused as well, or guessing would go
    on. Other addresses are let in meanwhile."""
    for _ in range(5):
        with pytest.raises(Unauthorized):
            gate.check(request("Bearer guess"))
        clock.ms += 1_000

    for text in ("Bearer guess", f"Bearer {TOKEN}"):
        with pytest.raises(TooManyTries):
            gate.check(request(text))
    gate.check(request(f"Bearer {TOKEN}", address="127.0.0.2"))
    gate.check(request(f"Bearer {TOKEN}", address=None))
    clock.ms += 54_999
    with pytest.raises(TooManyTries):
        gate.check(request(f"Bearer {TOKEN}"))
    clock.ms += 1
    gate.check(request(f"Bearer {TOKEN}"))


def test_refusals_of_one_who_waits_do_not_lengthen_it(
    gate: TokenGate, clock: Clock
) -> None:
    """A program that goes on asking is let in once its token is right."""
    for _ in range(30):
        with pytest.raises((Unauthorized, TooManyTries)):
            gate.check(request("Bearer guess"))
    clock.ms += 60_000

    gate.check(request(f"Bearer {TOKEN}"))


def test_addresses_are_forgotten(gate: TokenGate) -> None:
    """Memory is bounded: the address that failed longest ago goes first."""
    for _ in range(5):
        with pytest.raises(Unauthorized):
            gate.check(request(address="first"))
    for number in range(ADDRESSES_MAX):
        with pytest.raises(Unauthorized):
            gate.check(request(address=f"other {number}"))

    gate.check(request(f"Bearer {TOKEN}", address="first"))


def test_no_token_is_no_gate(clock: Clock) -> None:
    """Nobody may be let in because nothing was given to compare with."""
    with pytest.raises(ValueError, match="empty"):
        TokenGate("", clock)
