"""What a market is called on a row: title, outcome, and a label for narrow places."""

from itertools import islice

from msgspec import Struct

from flowboard.directory import Directory, is_combo
from flowboard.market_info import EndsBy, MarketInfo
from flowboard.short_label import AND, SEPARATOR, leg_names, short_label

MEMBERS_ASKED = 5  # Of an event, to see whether titles tell its markets apart.
TITLE_MAX = 300


class Label(Struct, frozen=True, gc=False):
    """How a market is shown.

    Attributes:
        title: Question and outcome in one line; None where nothing is known.
        outcome: What YES stands for, or "".
        short_label: For narrow places: the event may be cut in it, the outcome never;
            the ticker where nothing is known.
        event_ticker: Its event.
        event_title: What that is about, or "".
        series_ticker: Its series.
        category, league: First and second level, or "".
        status, result: As the exchange says it, or "".
        ends_ms, ends_by: When it ends and which time that is, or None.
    """

    title: str | None
    outcome: str
    short_label: str
    event_ticker: str
    event_title: str
    series_ticker: str
    category: str
    league: str
    status: str
    result: str
    ends_ms: int | None
    ends_by: EndsBy | None


def label_of(ticker: str, directory: Directory) -> Label:
    """Return what is known of a market, in the form of a row."""
    info = directory.market(ticker)
    event_ticker = directory.event_of(ticker)
    event = directory.event(event_ticker)
    ends = None if info is None else info.ends_ms
    return Label(
        title=_title(info, directory) if info is not None else None,
        outcome="" if info is None else info.outcome,
        short_label=short_label(ticker, directory),
        event_ticker=event_ticker,
        event_title="" if event is None else event.title,
        series_ticker=directory.series_of(ticker),
        category=directory.category_of(ticker),
        league=directory.league_of(ticker),
        status="" if info is None else info.status,
        result="" if info is None else info.result,
        ends_ms=None if ends is None else ends[0],
        ends_by=None if ends is None else ends[1],
    )


def bare_label(ticker: str, directory: Directory) -> Label:
    """Return a label that needs nobody's words: the market's ticker and its places."""
    return Label(
        title=None,
        outcome="",
        short_label=ticker,
        event_ticker=directory.event_of(ticker),
        event_title="",
        series_ticker=directory.series_of(ticker),
        category=directory.category_of(ticker),
        league=directory.league_of(ticker),
        status="",
        result="",
        ends_ms=None,
        ends_by=None,
    )


def joined(title: str, outcome: str) -> str:
    """Return one line of a question and an outcome that it does not name itself."""
    if outcome and outcome.casefold() not in title.casefold():
        title = f"{title}{SEPARATOR}{outcome}" if title else outcome
    return title[:TITLE_MAX].rstrip()


def _title(info: MarketInfo, directory: Directory) -> str | None:
    title = info.title
    event = directory.event(info.event_ticker)
    if not title and event is not None:
        title = event.title
    if is_combo(info.ticker) and info.legs:
        return _combo_title(info, directory)
    if title and info.outcome and _is_shared(info, directory):
        # "Dallas at Buffalo winner?" names both teams, and neither as the outcome.
        return f"{title[: TITLE_MAX // 2]}{SEPARATOR}{info.outcome}"[
            :TITLE_MAX
        ].rstrip()
    return joined(title, info.outcome) or None


def _is_shared(info: MarketInfo, directory: Directory) -> bool:
    """Whether another market of the event asks the same question."""
    members = islice(directory.members(info.event_ticker), MEMBERS_ASKED)
    others = map(directory.market, (t for t in members if t != info.ticker))
    return any(other is not None and other.title == info.title for other in others)


def _combo_title(info: MarketInfo, directory: Directory) -> str:
    """Say what a combo needs, leg by leg; its own title is made by a machine."""
    return AND.join(leg_names(info, directory))[:TITLE_MAX]
