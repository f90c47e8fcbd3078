import pytest

from flowboard.resume_point import ResumePoint, resume_point


def test_nothing_given_is_a_beginning():
    """No place, and nothing wrong with it."""
    assert resume_point({}) == (ResumePoint(), None)


def test_a_place_is_an_epoch_and_an_offset_and_a_trade():
    """Each may be given alone, or both."""
    assert resume_point({"since": "5d0cs1:42"})[0] == ResumePoint("5d0cs1", 42)
    assert resume_point({"since_seq": "7"})[0] == ResumePoint(seq=7)
    both = {"since": "a:0", "since_seq": "0"}
    assert resume_point(both) == (ResumePoint("a", 0, 0), None)


@pytest.mark.parametrize(
    "since",
    ["", "a", ":1", "a:", "a:-1", "a:1:2", "a b:1", "ä:1", "a:1x", "a:" + "9" * 16],
)
def test_what_is_no_place_is_told(since):
    """In a sentence that shows it; the client is then taken to have lost its place."""
    point, problem = resume_point({"since": since, "since_seq": "5"})

    assert point == ResumePoint(seq=5, is_lost=True)
    assert "give epoch and offset" in problem


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "٣", "1" * 19])
def test_what_is_no_number_of_a_trade_is_told(text):
    """The place in the stream may be good all the same."""
    point, problem = resume_point({"since": "a:1", "since_seq": text})

    assert point == ResumePoint("a", 1, is_lost=True)
    assert "since_seq" in problem
