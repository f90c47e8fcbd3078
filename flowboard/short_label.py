"""A market -> its name for narrow places, as "BTC ≥ 98k" or "PHI @ DAL · PHI"; pure.

The event may be cut in it, outcome and strike never. A number is shortened only where
nothing of it is lost.
"""

import re
from decimal import Decimal

from flowboard.directory import Directory, is_combo
from flowboard.market_info import EventInfo, Leg, MarketInfo

SEPARATOR = " · "
AND = " + "
EVENT_MAX = 40
NAME_MAX = 40  # Of a question that is its outcome itself.
TAG_MAX = 5
LEGS_SHOWN = 3
DIGITS_MAX = 24  # Of a number that is shortened: four fewer than are reckoned with.
COMBO_MAX = 200  # Hostile names apart, three legs need half of it.
CUT = "…"
DASH = "\u2013"

_NUMBER = r"(?:-?\$?|\$-)\d[\d,]*(?:\.\d+)?"
_UNIT = r"(?:\s?[%°][CF]?| (?!or\b|to\b|and\b)[a-z]+)?"
_VALUE = rf"({_NUMBER}{_UNIT})"
# What the exchange writes for YES, and what it means.
_FORMS = tuple(
    (re.compile(form.replace("#", _VALUE), re.IGNORECASE), sign)
    for form, sign in (
        (r"# or (?:above|more|higher|greater|later)", "≥ "),
        (r"(?:at least|no less than) #", "≥ "),
        (r"# or (?:below|less|lower|fewer)", "≤ "),
        (r"(?:at most|no more than|up to) #", "≤ "),
        (r"(?:above|over|more than|greater than) #", "> "),
        (r"(?:below|under|less than|fewer than) #", "< "),
    )
)
_BETWEEN = re.compile(
    rf"(?:between )?{_VALUE} (?:to|and|[-{DASH}]) {_VALUE}", re.IGNORECASE
)
_SIGNS = {
    "greater": "> ",
    "greater_or_equal": "≥ ",
    "less": "< ",
    "less_or_equal": "≤ ",
}
_SCALES = ((10**9, "B"), (10**6, "M"), (10**3, "k"))
_ASIDE = re.compile(r"\s*\([^()]*\)\s*$")
_ENDS = re.compile(r"\s*(?:winner)?\s*\?+$", re.IGNORECASE)
_SIDES = re.compile(r"([A-Z0-9]{2,5}) (?:at|@|vs\.?) ([A-Z0-9]{2,5})")
_CONTEST = re.compile(r"Will .+? win the (.+? vs\.? .+)", re.IGNORECASE)
_VERSUS = re.compile(r" (?:vs\.?|at|@) ")
_LEG = re.compile(r"^(?:yes|no) ")


def short_label(ticker: str, directory: Directory) -> str:
    """Return a market's name for narrow places; the ticker where nothing is known."""
    info = directory.market(ticker)
    if info is None:
        return ticker
    if is_combo(ticker) and info.legs:
        return _combo(info, directory)
    event = directory.event(info.event_ticker)
    strike = strike_of(info)
    if strike:
        subject = _subject(info, event, directory)
        return f"{subject} {strike}" if subject else strike
    outcome = _outcome(info, event)
    name = _event_name(info, event)
    if not name or not outcome:
        return outcome or cut(name, EVENT_MAX) or ticker
    if _names_itself(info, name, outcome):
        return name if len(name) <= NAME_MAX else outcome
    return f"{cut(name, EVENT_MAX)}{SEPARATOR}{outcome}"


def leg_names(info: MarketInfo, directory: Directory) -> list[str]:
    """Return what each leg of a combo is called; "not ..." where NO of it is needed."""
    told = info.outcome.split(",")
    # A combo's own name is made of its legs' outcomes: a help where a leg is not known.
    texts = told if len(told) == len(info.legs) else [""] * len(info.legs)
    return [
        _leg_name(leg, _LEG.sub("", text.strip()), directory)
        for leg, text in zip(info.legs, texts, strict=True)
    ]


def strike_of(info: MarketInfo) -> str:
    """Return the strike of a market as "≥ 98k"; "" where it has none of that form."""
    for form, sign in _FORMS:
        match = form.fullmatch(info.outcome)
        if match:
            return sign + _compact(match[1])
    match = _BETWEEN.fullmatch(info.outcome)
    if match:
        return _span(match[1], match[2])
    if info.outcome:
        return ""  # Its words say more than its number, as "Ann Lee: 4+".
    floor, cap = info.floor_strike, info.cap_strike
    if floor is not None and cap is not None:
        return _span(_plain(floor), _plain(cap))
    strike = floor if floor is not None else cap
    sign = _SIGNS.get(info.strike_type, "")
    return sign + _compact(_plain(strike)) if strike is not None and sign else ""


def cut(text: str, length_max: int) -> str:
    """Return the beginning of `text`, cut between words where it can be."""
    if len(text) <= length_max:
        return text
    head = text[: length_max - 1]
    words = head.rpartition(" ")[0]
    return (words if len(words) > length_max // 2 else head).rstrip(" ,:;-") + CUT


def _combo(info: MarketInfo, directory: Directory) -> str:
    names = leg_names(info, directory)
    shown = AND.join(names[:LEGS_SHOWN])
    more = len(names) - LEGS_SHOWN
    return cut(shown, COMBO_MAX) + (f"{AND}{more} more" if more > 0 else "")


def _leg_name(leg: Leg, told: str, directory: Directory) -> str:
    market = directory.market(leg.market_ticker)
    name = told or leg.market_ticker
    if market is not None and (market.outcome or market.title):
        name = strike_of(market) or market.outcome or market.title
        if market.outcome and strike_of(market):
            event = directory.event(market.event_ticker)
            name = f"{_subject(market, event, directory)} {name}".strip()
    return name if leg.side != "no" else f"not {name}"


def _subject(info: MarketInfo, event: EventInfo | None, directory: Directory) -> str:
    """Return what a strike is of: a symbol as "BTC" if the series has one."""
    name = _event_name(info, event)
    series = directory.series(directory.series_of(info.ticker))
    for tag in () if series is None else series.tags:
        is_symbol = len(tag) <= TAG_MAX and tag.isalnum() and tag.isupper()
        if is_symbol or name.casefold().startswith(tag.casefold()):
            return tag
    return cut(name, EVENT_MAX)


def _event_name(info: MarketInfo, event: EventInfo | None) -> str:
    if event is not None:
        short = _ASIDE.sub("", event.sub_title)
        if _SIDES.fullmatch(short):
            return short.replace(" at ", " @ ")
    told = event.title if event is not None and event.title else info.title
    contest = _CONTEST.fullmatch(told)
    return _ENDS.sub("", contest[1] if contest else told)


def _outcome(info: MarketInfo, event: EventInfo | None) -> str:
    """Return the outcome; a side's code where the event is named by codes."""
    if event is not None:
        sides = _SIDES.fullmatch(_ASIDE.sub("", event.sub_title))
        code = info.ticker.rpartition("-")[2]
        if sides and code in sides.groups():
            return code
    return info.outcome


def _names_itself(info: MarketInfo, name: str, outcome: str) -> bool:
    """Whether a market's own question is its outcome, as "Ann Lee: 4+ hits"."""
    return (
        info.title.startswith(name)
        and name.casefold().startswith(outcome.casefold())
        and any(character.isdigit() for character in outcome)
        and _VERSUS.search(name) is None
    )


def _span(low: str, high: str) -> str:
    """Return both bounds, shortened alike or not at all."""
    short = _compact(low), _compact(high)
    whole = low.replace("$", ""), high.replace("$", "")
    ends = {text[-1] for text in short} & {"k", "M", "B"}
    alike = short[0][-1] == short[1][-1] or not ends
    low, high = short if alike else whole
    unit = re.sub(_NUMBER + "[kMB]?", "", high)
    return f"{low.removesuffix(unit)}{DASH}{high}"


def _compact(value: str) -> str:
    """Return a number with its unit, shortened where nothing is lost: 98,000 as 98k."""
    match = re.match(_NUMBER, value)
    if match is None:
        return value
    number, unit = match[0].replace("$", ""), value[match.end() :]
    exact = Decimal(number.replace(",", ""))
    if len(exact.as_tuple().digits) > DIGITS_MAX:
        return number + unit
    for scale, name in _SCALES:
        scaled = exact / scale
        if abs(scaled) >= 1 and scaled == round(scaled, 2):
            return f"{scaled.normalize():f}{name}{unit}"
    return number + unit


def _plain(value: float) -> str:
    return f"{Decimal(repr(value)).normalize():f}"
