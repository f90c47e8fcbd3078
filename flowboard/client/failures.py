"""What the client raises; whatever passes is not raised but tried again."""

from flowboard.errors import FlowboardError


class StreamUnreachable(FlowboardError):
    """No board answers at the address; another try may find one.

    Args:
        url: Where it was looked for.
        problem: What came instead of an answer.
    """

    retryable = True

    def __init__(self, url: str, problem: str) -> None:
        super().__init__(url, problem)
        self.url = url
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"no board answers at {self.url} ({self.problem}): start one with "
            "`flowboard serve` or `flowboard demo`, or give the address of one that runs"
        )


class StreamRefused(FlowboardError):
    """The board will not have this client; the same request will fare no better.

    Args:
        code: The server's word for programs, such as ``bad_parameter``.
        message: Its sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
