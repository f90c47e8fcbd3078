"""Where a client that comes back wants to go on."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from flowboard.errors import BadParameter
from flowboard.parameters import seq_number, shown

RESUME_KEYS = ("since", "since_seq")
_SINCE = re.compile(r"(?P<epoch>[A-Za-z0-9]{1,64}):(?P<offset>[0-9]{1,15})", re.ASCII)


class ResumePoint(NamedTuple):
    """What a client has already; with nothing given, it begins.

    Attributes:
        epoch: Of the stream that it had, None if it does not ask to go on there.
        offset: Of the last delta that it has.
        seq: It has every trade up to here and wants the later ones; None: it does not.
        is_lost: Whether it named a place that cannot be read.
    """

    epoch: str | None = None
    offset: int = 0
    seq: int | None = None
    is_lost: bool = False


BEGINNING = ResumePoint()


def resume_point(values: Mapping[str, str]) -> tuple[ResumePoint, str | None]:
    """Return the place that `since` and `since_seq` of a query name.

    Returns:
        The place, and what is wrong with it, if anything: a sentence for the client.
    """
    epoch, offset, problem = None, 0, None
    if "since" in values:
        found = _SINCE.fullmatch(values["since"])
        if found is None:
            problem = (
                f"since {shown(values['since'])} is no place in a stream: give epoch "
                "and offset of its last frame, as 5d0c9a1be2f7s1:42"
            )
        else:
            epoch, offset = found["epoch"], int(found["offset"])
    try:
        given = values.get("since_seq")
        seq = None if given is None else seq_number("since_seq", given)
    except BadParameter as refusal:
        seq, problem = None, str(refusal)
    return ResumePoint(epoch, offset, seq, problem is not None), problem
