"""What the generated exchange is about: words, places and numbers of its questions.

Every name of a person, film or song here is made up; places, indices and coins are what
such exchanges list.
"""

from dataclasses import dataclass
from typing import Literal

from flowboard.simulator.catalogue import Series


@dataclass(frozen=True, slots=True)
class ThresholdTopic:
    """One number, asked about at several strikes."""

    series: Series
    question: str  # {strike} {when}
    event: str  # {when}
    centre: float
    spread: float
    step: float
    strikes: int
    unit: str = ""
    prefix: str = ""
    decimals: int = 0
    shape: Literal["above", "between"] = "above"
    every: Literal["hour", "day", "month"] = "day"
    grid: str = "linear_cent"
    tail: float = 0.0  # Subtracted from the strike in tickers and floors: "…99.99".


@dataclass(frozen=True, slots=True)
class ContestTopic:
    """A match of two of `sides`, with a draw or without one."""

    series: Series
    sides: tuple[tuple[str, str], ...]
    draw: bool = False
    grid: str = "linear_cent"


@dataclass(frozen=True, slots=True)
class ChoiceTopic:
    """One of a list, asked again each period."""

    series: Series
    event: str  # {when}
    question: str  # {name} {when}
    names: tuple[tuple[str, str], ...]
    every: Literal["day", "month"] = "month"
    grid: str = "tapered_deci_cent"


Topic = ThresholdTopic | ContestTopic | ChoiceTopic

SPORTS, CRYPTO, FINANCE = "Sports", "Crypto", "Financials"
ECONOMICS, POLITICS = "Economics", "Politics"
CLIMATE, CULTURE, SCIENCE = (
    "Climate and Weather",
    "Entertainment",
    "Science and Technology",
)

FOOTBALL_SIDES = (
    ("KC", "Kansas City"),
    ("BUF", "Buffalo"),
    ("DET", "Detroit"),
    ("PHI", "Philadelphia"),
    ("GB", "Green Bay"),
    ("DAL", "Dallas"),
    ("SF", "San Francisco"),
    ("BAL", "Baltimore"),
    ("SEA", "Seattle"),
    ("DEN", "Denver"),
    ("MIN", "Minnesota"),
    ("PIT", "Pittsburgh"),
)
BASKETBALL_SIDES = (
    ("BOS", "Boston"),
    ("OKC", "Oklahoma City"),
    ("DEN", "Denver"),
    ("NYK", "New York"),
    ("CLE", "Cleveland"),
    ("MIN", "Minnesota"),
    ("MIL", "Milwaukee"),
    ("PHX", "Phoenix"),
    ("MEM", "Memphis"),
    ("ORL", "Orlando"),
    ("SAC", "Sacramento"),
    ("ATL", "Atlanta"),
)
HOCKEY_SIDES = (
    ("EDM", "Edmonton"),
    ("FLA", "Florida"),
    ("TOR", "Toronto"),
    ("NYR", "New York"),
    ("COL", "Colorado"),
    ("WPG", "Winnipeg"),
    ("VGK", "Vegas"),
    ("CAR", "Carolina"),
    ("TBL", "Tampa Bay"),
    ("DAL", "Dallas"),
)
SOCCER_SIDES = (
    ("ARS", "Arsenal"),
    ("LFC", "Liverpool"),
    ("MCI", "Manchester City"),
    ("CFC", "Chelsea"),
    ("TOT", "Tottenham"),
    ("NEW", "Newcastle"),
    ("AVL", "Aston Villa"),
    ("BHA", "Brighton"),
    ("WHU", "West Ham"),
    ("FUL", "Fulham"),
)
TENNIS_SIDES = (
    ("ALD", "Aldana"),
    ("BRU", "Brunner"),
    ("CAS", "Castel"),
    ("DVO", "Dvorska"),
    ("EKS", "Ekstrand"),
    ("FUJ", "Fujimori"),
    ("GAR", "Garrigan"),
    ("HOL", "Holub"),
    ("IVA", "Ivanchuk"),
    ("JAN", "Janssen"),
)


def _series(
    ticker: str, title: str, category: str, frequency: str, *tags: str
) -> Series:
    return Series(ticker, title, category, frequency, tags)


def _coin(
    ticker: str, name: str, centre: float, step: float, decimals: int, tail: float
) -> ThresholdTopic:
    return ThresholdTopic(
        _series(ticker, f"{name} price hourly", CRYPTO, "hourly", name),
        f"{name} price at {{when}}: {{strike}}?",
        f"{name} price at {{when}}",
        centre,
        step * 2.2,
        step,
        7,
        prefix="$",
        decimals=decimals,
        every="hour",
        grid="deci_cent",
        tail=tail,
    )


def _index(ticker: str, name: str, centre: float, step: float) -> ThresholdTopic:
    return ThresholdTopic(
        _series(ticker, f"{name} close", FINANCE, "daily", "Indices"),
        f"Will the {name} close {{strike}} on {{when}}?",
        f"{name} close on {{when}}",
        centre,
        step * 2,
        step,
        6,
        tail=0.0001,
    )


def _heat(code: str, city: str, centre: float) -> ThresholdTopic:
    return ThresholdTopic(
        _series(f"KXHIGH{code}", f"High temperature in {city}", CLIMATE, "daily"),
        f"Will the high temperature in {city} be {{strike}} on {{when}}?",
        f"High temperature in {city} on {{when}}",
        centre,
        3.2,
        2,
        6,
        unit="°",
        shape="between",
    )


def _match(
    ticker: str,
    title: str,
    competition: str,
    sides: tuple[tuple[str, str], ...],
    draw: bool = False,
) -> ContestTopic:
    tags = (title.split()[0],)
    series = Series(
        ticker,
        title,
        SPORTS,
        "custom",
        tags,
        competition=competition,
        scope="Games",
    )
    return ContestTopic(series, sides, draw)


def _score(ticker: str, title: str, centre: float, step: float) -> ThresholdTopic:
    return ThresholdTopic(
        Series(
            ticker,
            title,
            SPORTS,
            "custom",
            (title.split()[-1],),
            competition="Pro Basketball (M)",
            scope="Totals",
        ),
        f"{title} on {{when}}: {{strike}}?",
        f"{title} on {{when}}",
        centre,
        step * 2.5,
        step,
        5,
        unit=" points",
    )


# In listing order: the first ones are the busiest kinds.
TOPICS: tuple[Topic, ...] = (
    _match("KXNFLGAME", "Football game", "Pro Football", FOOTBALL_SIDES),
    _coin("KXBTCD", "Bitcoin", 91_250, 250, 0, 0.01),
    _match("KXNBAGAME", "Basketball game", "Pro Basketball (M)", BASKETBALL_SIDES),
    _index("KXINXU", "S&P 500", 6_950, 25),
    ChoiceTopic(
        _series("KXFEDDECISION", "Fed decision", ECONOMICS, "custom", "Fed"),
        "Fed decision in {when}",
        "Will the Federal Reserve {name} at its {when} meeting?",
        (
            ("H0", "hold rates"),
            ("C25", "cut by 25 basis points"),
            ("C50", "cut by more than 25 basis points"),
            ("H25", "raise rates"),
        ),
    ),
    _heat("NY", "New York City", 52),
    _match("KXEPLGAME", "Soccer game", "EPL", SOCCER_SIDES, draw=True),
    _coin("KXETHD", "Ethereum", 3_020, 20, 0, 0.01),
    _match("KXNHLGAME", "Hockey game", "Pro Hockey", HOCKEY_SIDES),
    ThresholdTopic(
        _series("KXAPPROVAL", "Presidential approval", POLITICS, "daily", "Approval"),
        "Will the President's approval rating be {strike} on {when}?",
        "Presidential approval on {when}",
        41.6,
        0.9,
        0.4,
        5,
        unit="%",
        decimals=1,
    ),
    _score("KXNBATOTAL", "Basketball total points", 226, 6),
    _heat("CHI", "Chicago", 44),
    _coin("KXSOLD", "Solana", 139, 1.5, 2, 0.0001),
    ThresholdTopic(
        _series("KXCPIYOY", "Inflation", ECONOMICS, "monthly", "Inflation"),
        "Will yearly inflation be {strike} in {when}?",
        "Inflation in {when}",
        2.8,
        0.16,
        0.1,
        5,
        unit="%",
        decimals=1,
        every="month",
    ),
    ChoiceTopic(
        _series("KXTOPSONG", "Song of the day", CULTURE, "daily", "Music"),
        "Top song on {when}",
        "Will {name} be the top song on {when}?",
        (
            ("GLAS", "Glasshouse"),
            ("NORT", "Northern Line"),
            ("PAPE", "Paper Lanterns"),
            ("SLOW", "Slow Tide"),
            ("TELE", "Telephone Summer"),
        ),
        every="day",
    ),
    _match("KXTENNISMATCH", "Tennis match", "ATP", TENNIS_SIDES),
    _index("KXNASDAQ100U", "Nasdaq-100", 25_350, 100),
    _heat("MIA", "Miami", 81),
    ThresholdTopic(
        _series("KXFILMSCORE", "Film review score", CULTURE, "custom", "Movies"),
        "Will 'The Salt Road' be rated {strike} on {when}?",
        "'The Salt Road' review score on {when}",
        78,
        4,
        3,
        5,
        unit="%",
    ),
    ChoiceTopic(
        _series("KXSHUTDOWNLEN", "Government shutdown", POLITICS, "custom"),
        "How the {when} spending deadline ends",
        "Will the {when} spending deadline end with {name}?",
        (
            ("CR", "a stopgap bill"),
            ("FULL", "full-year bills"),
            ("SHUT", "a shutdown"),
        ),
    ),
    ThresholdTopic(
        _series("KXPAYROLLS", "Jobs numbers", ECONOMICS, "monthly", "Jobs"),
        "Will payrolls change by {strike} in {when}?",
        "Jobs numbers in {when}",
        60_000,
        45_000,
        25_000,
        5,
        every="month",
    ),
    _heat("LAX", "Los Angeles", 72),
    ThresholdTopic(
        _series("KXLAUNCHES", "Orbital launches", SCIENCE, "monthly", "Space"),
        "Will there be {strike} orbital launches in {when}?",
        "Orbital launches in {when}",
        27,
        3,
        2,
        5,
        every="month",
    ),
    _heat("DEN", "Denver", 47),
)
TOPIC_OF_SERIES = {topic.series.ticker: topic for topic in TOPICS}
