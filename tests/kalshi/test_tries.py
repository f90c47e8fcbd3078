import random
from typing import cast

import pytest
from websockets.asyncio.client import ClientConnection

from flowboard.errors import AuthRejected, FeedInterrupted
from flowboard.kalshi.backoff import Backoff
from flowboard.kalshi.connection_watch import Patience, Session
from flowboard.kalshi.handshake import ClockWasWrong, ExchangeBusy
from flowboard.kalshi.tries import Tries

LOST = FeedInterrupted("lost")
MIB = 1024 * 1024


class Highest(random.Random):
    """Draws the upper end of every range."""

    def uniform(self, a: float, b: float) -> float:
        return b


@pytest.fixture
def tries() -> Tries:
    return Tries(Backoff(0.5, 30, Highest()), Patience())


def ended(cause: str = "disconnect", good_ms: int | None = None) -> Session:
    """A connection that has ended; None: it never brought a trade."""
    session = Session(cast(ClientConnection, None), 1_000)
    session.subscribe(1_000, None)
    session.cause = cause
    if good_ms is not None:
        session.flows(1_000)
        session.trade_came(1_000 + good_ms, 1)
    return session


def test_what_brings_no_trade_is_a_failure(tries: Tries) -> None:
    """Refused, a bad key, never subscribed, silent: so `auto` knows when to poll."""
    tries.ended(LOST, None)
    tries.ended(AuthRejected(401, "NOT_FOUND"), None)
    tries.ended(ExchangeBusy("busy", 0.0), None)
    tries.ended(LOST, ended("stall"))
    assert tries.failures == 4

    tries.flows()
    tries.ended(LOST, ended(good_ms=5))

    assert tries.failures == 0


def test_a_feed_that_stalls_is_opened_again_at_once_and_then_ever_slower(
    tries: Tries,
) -> None:
    """The first time nobody waits; the next times it would be hammering."""
    waits = [tries.ended(LOST, ended("stall", good_ms=10)) for _ in range(4)]

    assert waits == [0, 0.5, 1, 2]


def test_a_minute_of_trades_makes_the_waits_short_again(tries: Tries) -> None:
    """And a stall after that is one of its own; a shorter time proves nothing."""
    for _ in range(4):
        tries.ended(LOST, ended("stall", good_ms=59_999))

    assert tries.ended(LOST, ended("stall", good_ms=60_000)) == 0
    assert tries.ended(LOST, None) == 0.5


def test_a_quiet_market_makes_a_connection_good_too(tries: Tries) -> None:
    """REST says all night that nobody trades: the feed has kept up with that."""
    for _ in range(5):
        tries.ended(LOST, None)
    quiet = ended()
    quiet.flows(1_000)
    quiet.quiet_ms = 3_600_000

    assert tries.ended(LOST, quiet) == 0.5


def test_a_busy_exchange_is_left_alone_for_as_long_as_it_says(tries: Tries) -> None:
    """`Retry-After` where it is longer than our own wait, ours where that is."""
    assert tries.ended(ExchangeBusy("busy", 7.0), None) == 7
    assert tries.ended(ExchangeBusy("busy", 0.1), None) == 1


def test_a_key_is_tried_slowly_and_a_clock_at_once_but_once(tries: Tries) -> None:
    """A clock that was put right is another try; twice in a row is something else."""
    waits = [tries.ended(ClockWasWrong(401, "expired"), None) for _ in range(3)]

    assert waits == [0, 30.5, 0]
    assert tries.ended(AuthRejected(401, "NOT_FOUND"), None) == 31.0


def test_silences_are_counted_until_a_trade(tries: Tries) -> None:
    """They say how long the next silence is borne; a stall is proven and is none."""
    tries.ended(LOST, ended("silence"))
    tries.ended(LOST, ended("silence"))
    tries.ended(LOST, ended("stall"))
    assert tries.silent == 2

    tries.flows()

    assert tries.silent == 0


def test_a_frame_that_is_too_large_twice_is_let_in(tries: Tries) -> None:
    """The same frame would end every connection for ever; 64 MiB is the end of it."""
    too_large = ended()
    too_large.too_large = True

    sizes = []
    for session in [too_large, ended(), *[too_large] * 10]:
        tries.ended(LOST, session)
        sizes.append(tries.frame_bytes // MIB)

    assert sizes == [8, 8, 8, 16, 16, 32, 32, 64, 64, 64, 64, 64]


def test_the_operator_has_a_fresh_try(tries: Tries) -> None:
    """After `begin_again` nothing is held against the exchange."""
    for _ in range(5):
        tries.ended(LOST, ended("stall"))

    tries.begin_again()

    assert tries.failures == 0
    assert tries.ended(LOST, ended("stall", good_ms=1)) == 0
    assert tries.ended(LOST, None) == 0.5
