"""Examples teach: each is a frame that a client reads, and says what it seems to."""

import json

import pytest

from flowboard.http_api.asyncapi import HEARD, SENT
from flowboard.http_api.frame_examples import examples
from flowboard.stream_frames import KINDS, read_frame, write_frame
from flowboard.subscription import Subscription, parse


def test_there_is_one_of_each_kind() -> None:
    """Both ways."""
    tags = [frame.__struct_config__.tag for frame in (*SENT, *HEARD)]

    assert list(examples()) == tags


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_reads_it(kind: str) -> None:
    """And writes the same again: no key of it is unknown."""
    example = examples()[kind]

    frame = read_frame(json.dumps(example))

    assert frame is not None
    assert json.loads(write_frame(frame)) == example


def test_the_subscription_is_taken() -> None:
    """That of the message is one that makes sense."""
    wanted = parse(examples()["subscribe"]["subscription"], Subscription())

    assert wanted.filter.min_notional_e6 == 1_000_000_000
