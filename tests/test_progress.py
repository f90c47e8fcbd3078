"""A bar for eyes, few lines for files."""

import io

from flowboard.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_line_that_grows():
    """Each picture is written over the one before; the end is on a line of its own."""
    out = Terminal()

    with Progress(out) as progress:
        for done, recovered in ((0.0, 0), (0.5, 1_234), (1.0, 12_345)):
            progress(done, recovered)

    first, *pictures = out.getvalue().removesuffix("\n").split("\r")
    assert first == ""
    assert pictures[0] == f"[{' ' * 30}]   0.0%  0 trades filled in"
    assert pictures[1] == f"[{'#' * 15}{' ' * 15}]  50.0%  1,234 trades filled in"
    assert pictures[2] == f"[{'#' * 30}] 100.0%  12,345 trades filled in"
    assert out.getvalue().count("\n") == 1


def test_a_part_beyond_its_bounds():
    """A walk that meets more than was asked for does not break the bar."""
    out = Terminal()

    with Progress(out) as progress:
        progress(-0.1, 0)
        progress(1.7, 0)

    assert "[" + " " * 30 + "]   0.0%" in out.getvalue()
    assert "[" + "#" * 30 + "] 100.0%" in out.getvalue()


def test_a_file_gets_a_line_every_five_seconds():
    """However often it is told."""
    out = io.StringIO()
    now_s = [100.0]

    with Progress(out, lambda: now_s[0]) as progress:
        for tenth in range(101):
            now_s[0] = 100 + tenth / 10
            progress(tenth / 200, tenth)

    assert out.getvalue().splitlines() == [
        "0.0%  0 trades filled in",
        "25.0%  50 trades filled in",
        "50.0%  100 trades filled in",
    ]


def test_nothing_was_shown():
    """A walk that was refused leaves no empty line."""
    out = Terminal()

    with Progress(out):
        pass

    assert out.getvalue() == ""
