"""The newest of the tape, by `seq`, as far back as it says."""

from hypothesis import given
from hypothesis import strategies as st

from flowboard.tape_memory import TapeMemory
from tests.trade_batches import entries_of, make_print


def entries(*seqs):
    return entries_of([make_print(seq) for seq in seqs])


def seqs_of(found):
    return [entry.seq for entry in found]


@given(
    st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=12), max_size=12),
    st.integers(0, 60),
    st.integers(0, 60),
    st.none() | st.integers(0, 5),
)
def test_what_it_reaches_it_has(steps, after, upto, most):
    """However trades came, and with holes: a slice of a plain list of them all."""
    memory, every, seq = TapeMemory(kept=7), [], 0
    for batch in steps:
        numbers = []
        for step in batch:
            seq += step
            numbers.append(seq)
        memory.add(entries(*numbers))
        every += numbers

    if memory.reaches(after):
        expected = [seq for seq in every if after < seq <= upto]
        assert seqs_of(memory.after(after, upto, most)) == expected[:most]
        assert seqs_of(memory.after(after)) == [seq for seq in every if seq > after]
    else:
        assert len(every) > 7
        assert after < every[-7]


def test_it_is_bounded():
    """Twice what is kept at most; what has gone is not claimed."""
    memory = TapeMemory(kept=10)
    for seq in range(1, 1_000):
        memory.add(entries(seq))

        assert len(memory.after(memory.floor_seq)) <= 20
    assert not memory.reaches(memory.floor_seq - 1)
    assert memory.reaches(989)


def test_after_a_restart_it_begins_where_the_disk_ends():
    """What is older is not here, though nothing was ever dropped."""
    memory = TapeMemory()
    memory.floor_seq = 50
    memory.add(entries(51, 52))

    assert not memory.reaches(49)
    assert memory.reaches(50)
    assert seqs_of(memory.after(50)) == [51, 52]
