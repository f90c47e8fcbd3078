"""Messages to the server."""

from msgspec import Struct

from flowboard.stream_frames.values import MessageId, Wanted


class Ping(Struct, frozen=True, tag="ping", omit_defaults=True):
    """Asks for a pong.

    Attributes:
        id: Comes back in the answer.
    """

    id: MessageId | None = None


class GetSnapshot(Struct, frozen=True, tag="get_snapshot", omit_defaults=True):
    """Asks for the whole state.

    Attributes:
        id: Comes back in the answer.
    """

    id: MessageId | None = None


class Subscribe(Struct, frozen=True, tag="subscribe", omit_defaults=True):
    """Replaces the whole subscription; the answer is a snapshot or an error.

    Attributes:
        subscription: What it leaves out has its default again.
        id: Comes back in the answer.
    """

    subscription: Wanted
    id: MessageId | None = None


ClientFrame = Ping | GetSnapshot | Subscribe
