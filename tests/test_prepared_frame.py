import random
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from flowboard.prepared_frame import WINDOW_BITS, PreparedFrame

TEXTS = st.one_of(
    st.text(max_size=300),
    st.builds(
        lambda text, times: text * times, st.text(min_size=1), st.integers(0, 9_000)
    ),
)
EDGES = (0, 125, 126, 127, 128, 16_384, 16_385, 65_535, 65_536, 1 << 20)


def parsed(data, extensions=()):
    """Read one frame as the `websockets` client does."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    parsing = Frame.parse(reader.read_exact, mask=False, extensions=extensions)
    with pytest.raises(StopIteration) as stopped:
        next(parsing)
    assert not reader.buffer
    return stopped.value.value


@given(TEXTS)
@example("")
def test_any_text_is_read_back_from_the_plain_frame(text):
    """By another's parser, to the last byte."""
    frame = PreparedFrame(text.encode())

    read = parsed(frame.plain)

    assert (read.opcode, read.fin, read.rsv1) == (Opcode.TEXT, True, False)
    assert bytes(read.data).decode() == text == frame.text
    assert frame.payload == text.encode()


@given(TEXTS)
@example("")
@example("x" * 20_000)
def test_any_text_is_read_back_from_the_compressed_frame(text):
    """Whatever came before it, and however large a window the reader took."""
    frame = PreparedFrame(text.encode())

    for bits in (WINDOW_BITS, 15):
        reader = PerMessageDeflate(False, True, bits, 15)
        parsed(PreparedFrame(b"before it " * 30).deflated, [reader])
        read = parsed(frame.deflated, [reader])

        assert bytes(read.data).decode() == text
        assert not read.rsv1


@pytest.mark.parametrize("length", EDGES)
def test_a_header_takes_the_form_that_its_length_asks_for(length):
    """2, 4 or 10 bytes; the length is the payload's."""
    frame = PreparedFrame(b"x" * length)

    header = len(frame.plain) - length

    assert header == (2 if length < 126 else 4 if length < 65_536 else 10)
    assert len(parsed(frame.plain).data) == length
    assert len(frame) == len(frame.plain)


def test_a_compressed_frame_is_inflated_by_zlib_alone():
    """RFC 7692: without the four bytes that every flush ends with."""
    payload = b'{"type":"delta","rows":[]}' * 40

    deflated = PreparedFrame(payload).deflated

    assert deflated[0] == 0xC1
    assert deflated[1] == len(deflated) - 2
    inflate = zlib.decompressobj(-WINDOW_BITS)
    assert inflate.decompress(deflated[2:] + b"\0\0\xff\xff") == payload
    assert not deflated.endswith(b"\0\0\xff\xff")


@given(st.binary(max_size=2_000))
@example(random.Random(1).randbytes(1_000))
@settings(max_examples=50)
def test_compression_makes_no_frame_longer(payload):
    """What does not shrink goes out as it is."""
    frame = PreparedFrame(payload)

    assert len(frame.deflated) <= len(frame.plain)


def test_a_frame_is_compressed_once():
    """For a thousand clients as for one."""
    frame = PreparedFrame(b"x" * 1_000)

    assert frame.deflated is frame.deflated
    assert frame.text is frame.text


def test_a_frame_says_what_its_reader_has():
    """For who has to tell a slow client what it missed."""
    frame = PreparedFrame(b"{}", seq=7, trades=5)

    assert (frame.seq, frame.trades) == (7, 5)
