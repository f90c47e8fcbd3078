import pytest

from flowboard.client.address import is_here, stream_url, with_query
from flowboard.errors import BadParameter
from flowboard.stream_frames import Wanted


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ("ws://127.0.0.1:8000", "ws://127.0.0.1:8000/ws/stream"),
        ("http://127.0.0.1:8000/", "ws://127.0.0.1:8000/ws/stream"),
        ("https://board.example", "wss://board.example/ws/stream"),
        ("wss://board.example/desk/ws/stream", "wss://board.example/desk/ws/stream"),
        ("ws://[::1]:8000", "ws://[::1]:8000/ws/stream"),
        ("ws://a:8000/ws/stream?window=1h", "ws://a:8000/ws/stream?window=1h"),
    ],
)
def test_the_address_of_a_board_will_do(given, whole):
    """As `ready` prints it, or of the stream itself."""
    assert stream_url(given, None) == whole


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8000", "ftp://a", "ws://", "ws://a:port", "ws://a:0"]
)
def test_what_is_no_address(url):
    """Told before anything is tried, with one that would be."""
    with pytest.raises(BadParameter, match=r"ws://127\.0\.0\.1:8000"):
        stream_url(url, None)


@pytest.mark.parametrize(
    "wanted",
    [
        {"series": ["KXA", "KXB"], "live_only": True, "limit": 5, "side": None},
        Wanted(series=("KXA", "KXB"), live_only=True, limit=5),
    ],
)
def test_a_subscription_is_written_as_a_query(wanted):
    """What is None is left out; what is given goes over what the address has."""
    url = stream_url("ws://a/ws/stream?limit=9&sort=heat", wanted)

    query = url.partition("?")[2].split("&")
    assert sorted(query) == ["limit=5", "live_only=1", "series=KXA,KXB", "sort=heat"]


def test_a_subscription_in_force_may_be_sent_back():
    """`limits` is no part of what can be asked for."""
    assert stream_url("ws://a", {"limits": {"limit": 500}}) == "ws://a/ws/stream"


def test_more_keys():
    """Behind those that are there, or as the first."""
    since = {"since": "e1:5", "since_seq": "7"}

    assert with_query("ws://a/b", {}) == "ws://a/b"
    assert with_query("ws://a/b", since) == "ws://a/b?since=e1:5&since_seq=7"
    assert with_query("ws://a/b?x=1", since).startswith("ws://a/b?x=1&since=")


def test_this_machine():
    """No proxy lies on the way to it."""
    assert is_here("ws://127.0.0.1:8000/ws/stream")
    assert is_here("ws://[::1]:8000/ws/stream")
    assert not is_here("wss://board.example/ws/stream")
