"""Events that end and those that take their places: one story after the other."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from flowboard.simulator.agenda import Agenda
from flowboard.simulator.catalogue import Catalogue
from flowboard.simulator.generator import Generator
from flowboard.simulator.life_events import LifeEvent
from flowboard.simulator.planner import plan_exchange
from flowboard.simulator.prints import Print
from flowboard.simulator.quotes import QuoteMove
from flowboard.simulator.turnovers import STOP_BEFORE_US, Turnovers, settlement_timer_s

DAY = datetime(2026, 11, 21, tzinfo=UTC)
ORIGIN_US = int(DAY.timestamp()) * 1_000_000 + 36_000_123_456
Steps = list[LifeEvent]


def run(
    seconds: float,
    per_hour: float,
    *,
    seed: int = 1,
    markets: int = 120,
    rate: float = 40.0,
    quote_rate: float = 0.0,
) -> tuple[Catalogue, list[Print], Steps, list[QuoteMove]]:
    """Trade for so many seconds; return what was listed at first, and what happened."""
    plan = plan_exchange(markets, seed, DAY)
    generator = Generator(plan, rate, seed)
    turnovers = None
    if per_hour:
        turnovers = Turnovers(plan, generator.slots, per_hour, seed, ORIGIN_US)
    agenda = Agenda(generator.slots, seed, quote_rate, ORIGIN_US, turnovers)
    prints: list[Print] = []
    steps: Steps = []
    moves: list[QuoteMove] = []
    for trade in generator.prints(ORIGIN_US, agenda):
        for _, happening in agenda.due():
            if isinstance(happening, LifeEvent):
                steps.append(happening)
            elif isinstance(happening, QuoteMove):
                moves.append(happening)
        if trade.created_us > ORIGIN_US + seconds * 1_000_000:
            return plan.catalogue, prints, steps, moves
        prints.append(trade)
    raise AssertionError


@pytest.fixture(scope="module")
def busy() -> tuple[Catalogue, list[Print], Steps, list[QuoteMove]]:
    """Five minutes in which some three hundred events end."""
    return run(300, 3_600)


def of_market(steps: Steps) -> dict[str, Steps]:
    found: dict[str, Steps] = {}
    for step in steps:
        for ticker in step.tickers:
            found.setdefault(ticker, []).append(step)
    return found


def test_lives_go_through_their_steps_in_order(
    busy: tuple[Catalogue, list[Print], Steps, list[QuoteMove]],
) -> None:
    """Created and opened; moved, closed, determined, settled; each at its time."""
    catalogue, _, steps, _ = busy
    order = ("created", "opened", "closed", "determined", "settled")
    whole = 0
    for ticker, lived in of_market(steps).items():
        kinds = [step.kind for step in lived]
        told = [kind for kind in kinds if kind in order]
        expected = order if ticker not in catalogue.markets else order[2:]
        assert told == list(expected[: len(told)]), ticker
        assert [s.at_us for s in lived] == sorted(s.at_us for s in lived)
        assert "close_date_updated" in kinds or "closed" not in kinds
        whole += kinds[-1] == "settled"
        if "settled" in kinds:
            by_kind = {step.kind: step.at_us for step in lived}
            timer_us = by_kind["settled"] - by_kind["determined"]
            assert timer_us == settlement_timer_s(3_600) * 1_000_000

    assert whole > 200


def test_markets_close_when_it_was_said(
    busy: tuple[Catalogue, list[Print], Steps, list[QuoteMove]],
) -> None:
    """At the whole second that was told last, moved to both earlier and later."""
    catalogue, _, steps, _ = busy
    ways: Counter[str] = Counter()
    for ticker, lived in of_market(steps).items():
        if ticker not in catalogue.markets or catalogue.markets[ticker].is_combo:
            continue
        close_s = catalogue.markets[ticker].close_s
        for step in lived:
            if step.kind == "close_date_updated":
                ways["later" if step.close_s > close_s else "earlier"] += 1
                close_s = step.close_s
            elif step.kind == "closed":
                assert step.at_us == close_s * 1_000_000

    assert ways["later"] > 5
    assert ways["earlier"] > 80


def test_a_sweep_is_over_when_its_market_closes() -> None:
    """Prints of one order lie some microseconds apart: none begins just before a close."""
    _, prints, steps, _ = run(90, 3_600, rate=3_000.0)
    closes = {t: s.at_us for s in steps if s.kind == "closed" for t in s.tickers}
    traded = [trade for trade in prints if trade.ticker in closes]

    assert len(traded) > 10_000
    # A sweep of twenty makers takes a quarter of a millisecond.
    last_us = STOP_BEFORE_US - 250
    assert all(trade.created_us < closes[trade.ticker] - last_us for trade in traded)


def test_nothing_trades_but_what_is_open(
    busy: tuple[Catalogue, list[Print], Steps, list[QuoteMove]],
) -> None:
    """Not before it opens, not while it is paused, not once it closed; then others do."""
    catalogue, prints, steps, _ = busy
    changes = [(s.at_us, 0, s) for s in steps]
    happened = sorted(
        [*changes, *((t.created_us, 1, t) for t in prints)], key=lambda h: h[:2]
    )
    is_open = dict.fromkeys(catalogue.markets, True)
    kinds: Counter[str] = Counter()
    for _, _, happening in happened:
        if isinstance(happening, Print):
            assert is_open[happening.ticker]
            continue
        kinds[happening.kind] += 1
        if happening.kind in ("created", "deactivated", "closed"):
            is_open |= dict.fromkeys(happening.tickers, False)
        elif happening.kind in ("opened", "activated"):
            is_open |= dict.fromkeys(happening.tickers, True)
    traded = {trade.ticker for trade in prints}

    assert len(traded - set(catalogue.markets)) > 100
    assert min(kinds[kind] for kind in ("deactivated", "activated")) > 20


def test_outcomes_of_an_event_agree(
    busy: tuple[Catalogue, list[Print], Steps, list[QuoteMove]],
) -> None:
    """A ladder pays up to one strike, one choice wins at most; both sides sum to $1."""
    catalogue, _, steps, _ = busy
    listed = dict(catalogue.events)
    for step in steps:
        if step.listed is not None:
            listed[step.listed[1].ticker] = step.listed[1]
    events = {event.markets[0].ticker: event for event in listed.values()}
    seen: Counter[str] = Counter()
    for step in steps:
        if step.kind != "determined" or step.tickers[0].startswith("KXMVE"):
            continue
        event = events[step.tickers[0]]
        kinds = {market.strike_type for market in event.markets}
        if kinds == {"greater"}:
            seen["ladder"] += 1
            assert list(step.paid_e4) == sorted(step.paid_e4, reverse=True)
        elif len(event.markets) == 2 and kinds == {"structured"}:
            seen["match"] += 1
            assert sum(step.paid_e4) == 10_000
            seen["scalar"] += 5_000 in step.paid_e4
        elif event.mutually_exclusive:
            seen["choice"] += 1
            assert sum(step.paid_e4) in (0, 10_000)

    assert min(seen[kind] for kind in ("ladder", "match", "choice", "scalar")) > 0


def test_combos_end_with_their_legs(
    busy: tuple[Catalogue, list[Print], Steps, list[QuoteMove]],
) -> None:
    """A lost leg ends a combo; it pays the product of its legs; a new one follows."""
    catalogue, _, steps, _ = busy
    markets = dict(catalogue.markets)
    paid: dict[str, int] = {}
    ended = 0
    for step in steps:
        if step.listed is not None:
            markets.update((m.ticker, m) for m in step.listed[1].markets)
        if step.kind != "determined":
            continue
        paid |= dict(zip(step.tickers, step.paid_e4, strict=True))
        if not step.tickers[0].startswith("KXMVE"):
            continue
        ended += 1
        product = 1.0
        for leg in markets[step.tickers[0]].legs:
            value = paid.get(leg.market_ticker)
            if value is not None:
                product *= (value if leg.side == "yes" else 10_000 - value) / 10_000
            else:
                assert step.paid_e4 == (0,)
        assert step.paid_e4 == (round(product * 10_000),)
    created = [s for s in steps if s.kind == "created" and s.tickers[0][:5] == "KXMVE"]

    assert ended > 10
    assert len(created) >= ended - 2
    assert all(len(s.listed[1].markets) == 1 for s in created if s.listed)


def test_a_seed_means_one_story() -> None:
    """Prints, steps and moves are the same again; another seed tells another one."""
    first = run(40, 1_800, markets=60, quote_rate=30)

    assert run(40, 1_800, markets=60, quote_rate=30)[1:] == first[1:]
    assert run(40, 1_800, markets=60, quote_rate=30, seed=2)[2] != first[2]


def test_until_the_first_close_trades_are_as_without() -> None:
    """Neither quotes nor what is created changes the stream of a seed."""
    plain = run(60, 0)[1]
    _, prints, steps, moves = run(60, 360, quote_rate=100)
    stop_us = min(
        s.at_us for s in steps if s.kind in ("deactivated", "closed")
    )  # Paused or closed, a place is another market's.
    before = [trade for trade in plain if trade.created_us < stop_us - 10_000]

    assert len(before) > 100
    assert prints[: len(before)] == before
    assert moves


@pytest.mark.parametrize("per_hour", [6.0, 360.0])
def test_the_rates_are_held(per_hour: float) -> None:
    """So many events end an hour; so many quotes move a second; the trades go on."""
    seconds = 40 * 3_600 / per_hour
    _, prints, steps, moves = run(seconds, per_hour, rate=2.0, quote_rate=1.0)
    ends = sum(
        step.kind == "created" and not step.tickers[0].startswith("KXMVE")
        for step in steps
    )

    assert 32 <= ends <= 48
    assert len(moves) == pytest.approx(seconds, rel=0.1)
    assert len(prints) == pytest.approx(2 * seconds, rel=0.15)


def test_busy_markets_move_more_often() -> None:
    """All markets move at times; times are in order."""
    _, _, _, moves = run(60, 0, quote_rate=200, markets=60)
    counts = Counter(move.ticker for move in moves)

    assert len(counts) > 50
    assert counts.most_common(1)[0][1] > 5 * min(counts.values())
    assert [m.at_us for m in moves] == sorted(m.at_us for m in moves)


def test_one_market_pauses_alone() -> None:
    """An exchange of a single market stands still between two of them, and goes on."""
    catalogue, prints, steps, _ = run(60, 3_600, markets=1)

    assert len({trade.ticker for trade in prints}) > 1
    assert len(catalogue.markets) == 1
    assert any(step.kind == "settled" for step in steps)
