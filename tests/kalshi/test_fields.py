import pytest

from flowboard.errors import BadFrame
from flowboard.kalshi.fields import FieldMemory, Remembered


def test_a_text_is_worked_out_once() -> None:
    """The second time is a look into a dictionary."""
    asked: list[str] = []

    def read(text: str) -> int:
        asked.append(text)
        return int(text)

    memory = Remembered(read)

    assert [memory["7"], memory["7"], memory["8"]] == [7, 7, 8]
    assert asked == ["7", "8"]


def test_the_memory_is_bounded() -> None:
    """A feed of ever new texts fills no memory."""
    memory = Remembered(int, memory_max=10)

    values = [memory[str(n)] for n in range(1_000)]

    assert values == list(range(1_000))
    assert len(memory) <= 10


def test_a_refusal_is_not_remembered() -> None:
    """A text that cannot be read is refused each time."""
    memory = FieldMemory()

    for _ in range(2):
        with pytest.raises(BadFrame):
            memory.prices_e4["2.0000"]

    assert len(memory.prices_e4) == 0


def test_a_ticker_is_one_object() -> None:
    """Equal tickers of different frames are the same object, hashed once."""
    memory = FieldMemory()
    texts = ["".join(["KX", "A"]) for _ in range(2)]
    assert texts[0] is not texts[1]

    assert memory.tickers[texts[0]] is memory.tickers[texts[1]]
