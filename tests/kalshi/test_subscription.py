import json

import pytest

from flowboard.errors import FeedInterrupted
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.messages import Decoder
from flowboard.kalshi.subscription import Ack, Outcome, TradeSubscription


def frame(**keys: object) -> Ack:
    decoded = Decoder().decode(json.dumps(keys).encode())
    assert isinstance(decoded, Ack)
    return decoded


def subscribed(command_id: int, sid: int) -> Ack:
    return frame(type="subscribed", id=command_id, msg={"channel": "trade", "sid": sid})


def error(code: int, **keys: object) -> Ack:
    return frame(type="error", msg={"code": code, "msg": "as scripted"}, **keys)


@pytest.fixture
def status() -> FeedStatus:
    return FeedStatus()


@pytest.fixture
def active(status: FeedStatus) -> TradeSubscription:
    """A subscription with sid 2."""
    subscription = TradeSubscription(status)
    subscription.command()
    assert subscription.take(subscribed(1, sid=2)) is Outcome.SUBSCRIBED
    return subscription


def test_each_command_has_its_own_id(status: FeedStatus) -> None:
    """Answers come out of order, and are known by their id."""
    subscription = TradeSubscription(status)

    commands = [json.loads(subscription.command()) for _ in range(2)]

    assert [command["id"] for command in commands] == [1, 2]
    assert commands[0]["params"] == {"channels": ["trade"]}


def test_a_late_answer_to_an_older_command_is_no_answer(status: FeedStatus) -> None:
    """The refusal of a command that was given up is old news."""
    subscription = TradeSubscription(status)
    subscription.command()
    subscription.command()

    assert subscription.take(error(18, id=1)) is Outcome.NOTHING
    assert subscription.take(frame(type="ok", id=1)) is Outcome.NOTHING
    assert subscription.take(frame(type="ok", id=2, sid=5)) is Outcome.SUBSCRIBED


def test_a_refusal_names_code_and_text(status: FeedStatus) -> None:
    """What the exchange said is what the operator reads."""
    subscription = TradeSubscription(status)
    subscription.command()

    with pytest.raises(FeedInterrupted, match=r"error 9: as scripted"):
        subscription.take(error(9, id=1))


@pytest.mark.parametrize("code", [10, 25])
@pytest.mark.parametrize("sid", [2, None])
def test_a_terminal_error_of_ours_is_a_loss(
    code: int, sid: int | None, active: TradeSubscription
) -> None:
    """With our sid, or with none: there is but one subscription here."""
    keys = {} if sid is None else {"sid": sid}

    assert active.take(error(code, **keys)) is Outcome.LOST
    assert active.loss == f"error_{code}"


def test_the_end_of_anothers_subscription_is_nothing(
    active: TradeSubscription, status: FeedStatus
) -> None:
    """Only sid 2 is ours."""
    assert active.take(error(25, sid=3)) is Outcome.NOTHING
    assert active.take(frame(type="unsubscribed", sid=3)) is Outcome.NOTHING
    assert status.counters["gaps"] == 0


def test_a_loss_is_told_once(active: TradeSubscription) -> None:
    """While the new subscription is asked for, the old one cannot die again."""
    first = active.take(error(25, sid=2))
    active.command()
    second = active.take(frame(type="unsubscribed", sid=2))

    assert (first, second) == (Outcome.LOST, Outcome.NOTHING)
    assert active.loss == "error_25"


def test_answers_and_errors_take_numbers_too(
    active: TradeSubscription, status: FeedStatus
) -> None:
    """Trade 1, ok 2, error 3, trade 4: no hole."""
    active.sequence(2, 1)
    active.take(frame(type="ok", id=7, sid=2, seq=2))
    active.take(error(13, sid=2, seq=3))
    active.sequence(2, 4)

    assert status.counters["gaps"] == 0


def test_each_sid_has_its_own_numbers(
    active: TradeSubscription, status: FeedStatus
) -> None:
    """Two subscriptions count beside each other."""
    for sid, seq in [(2, 1), (3, 1), (2, 2), (3, 2)]:
        active.sequence(sid, seq)
    active.sequence(3, 4)

    assert status.counters["gaps_seq"] == 1
