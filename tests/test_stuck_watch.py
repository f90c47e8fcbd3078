"""A loop that does not move ends the process; one that was stopped with us does not."""

import subprocess
import sys
import threading
import time

from flowboard.stuck_watch import STUCK_LOOKS, StuckWatch

PATIENCE_S = 10


class Pulses:
    """Raises its count while the loop lives; remembers how often it was asked."""

    def __init__(self, alive: bool) -> None:
        self.alive = alive
        self.count = 1
        self.looks = 0
        self.looked_enough = threading.Event()

    def __call__(self) -> int:
        self.looks += 1
        if self.looks > 3 * STUCK_LOOKS:
            self.looked_enough.set()
        self.count += self.alive
        return self.count


def test_a_loop_that_moves_is_left_alone() -> None:
    codes: list[int] = []
    pulses = Pulses(alive=True)
    with StuckWatch(pulses, leave=codes.append, look_s=0.001):
        assert pulses.looked_enough.wait(PATIENCE_S)

    assert codes == []


def test_a_loop_that_is_stuck_ends_the_process(capsys) -> None:
    left = threading.Event()
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        left.set()

    with StuckWatch(Pulses(alive=False), leave=leave, look_s=0.001):
        assert left.wait(PATIENCE_S)

    assert codes == [1]
    assert "stuck" in capsys.readouterr().err


def test_before_the_first_pulse_nobody_is_stuck() -> None:
    """Windows are being rebuilt."""
    codes: list[int] = []
    pulses = Pulses(alive=False)
    pulses.count = 0
    with StuckWatch(pulses, leave=codes.append, look_s=0.001):
        assert pulses.looked_enough.wait(PATIENCE_S)

    assert codes == []


def test_a_thread_that_does_not_end_holds_nobody_up() -> None:
    """F19: a name server that is silent keeps a thread for half a minute."""
    program = (
        "import time\n"
        "from flowboard.stuck_watch import StuckWatch\n"
        "print('closed', flush=True)\n"
        "with StuckWatch(lambda: 0, linger_s=0.1) as watch:\n"
        "    watch.closed(7)\n"
        "    time.sleep(60)\n"
    )
    begun_s = time.monotonic()

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=PATIENCE_S
    )

    assert ended.returncode == 7
    assert ended.stdout == b"closed\n"
    assert time.monotonic() - begun_s < PATIENCE_S


def test_a_process_that_ends_by_itself_is_not_ended_twice() -> None:
    codes: list[int] = []
    with StuckWatch(lambda: 0, leave=codes.append, linger_s=0.05) as watch:
        watch.closed(0)
        last = watch._last
    assert last is not None

    last.join(PATIENCE_S)

    assert codes == []


def test_a_close_that_hangs_is_left_behind() -> None:
    """A disk that does not answer must not keep the process for ever."""
    codes: list[int] = []
    left = threading.Event()

    def leave(code: int) -> None:
        codes.append(code)
        left.set()

    with StuckWatch(lambda: 0, leave=leave) as watch:
        watch.closing(limit_s=0.01)
        assert left.wait(PATIENCE_S)

    assert codes == [1]
