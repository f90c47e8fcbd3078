from flowboard.directory import Directory
from flowboard.market_info import EventInfo, Leg, MarketInfo, SeriesInfo
from flowboard.market_wants import Wants

NOW_MS = 1_795_262_400_000


def known(*infos: MarketInfo | EventInfo | SeriesInfo) -> Directory:
    directory = Directory()
    for info in infos:
        if isinstance(info, MarketInfo):
            directory.put_market(info)
        elif isinstance(info, EventInfo):
            directory.put_event(info)
        else:
            directory.put_series(info)
    return directory


def a_market(ticker: str, **fields: object) -> MarketInfo:
    event = {"event_ticker": ticker.rpartition("-")[0], "status": "active"}
    return MarketInfo(ticker=ticker, **(event | fields))  # type: ignore[arg-type]


def taken(
    wants: Wants,
    shown: list[str],
    now_ms: int = NOW_MS,
    most: int = 100,
    *,
    polling: bool = False,
) -> list[str]:
    return wants.take(shown, now_ms, most, polling=polling)


def test_what_is_shown_without_a_name_comes_first() -> None:
    """Then the legs of combos, then what is known and was not read in this process."""
    combo = a_market("KXMVE-1-A", legs=(Leg("", "KXL-1-A", "yes"),))
    wants = Wants(known(a_market("KXA-1-A"), combo))

    found = taken(wants, ["KXA-1-A", "KXMVE-1-A", "KXB-1-A"])

    assert found == ["KXB-1-A", "KXL-1-A", "KXA-1-A", "KXMVE-1-A"]


def test_no_more_are_taken_than_can_be_asked_for() -> None:
    """The most wanted first."""
    wants = Wants(Directory())

    assert taken(wants, ["A", "B", "C"], most=2) == ["A", "B"]


def test_what_is_shown_is_read_again_after_minutes_or_polled() -> None:
    """Every five minutes while frames bring the quotes, else every five seconds."""
    market = a_market("KXA-1-A", close_ms=NOW_MS * 2)
    wants = Wants(known(market))
    taken(wants, ["KXA-1-A"])
    wants.answered("KXA-1-A", NOW_MS)

    assert taken(wants, ["KXA-1-A"], NOW_MS + 4_999, polling=True) == []
    assert taken(wants, ["KXA-1-A"], NOW_MS + 5_000, polling=True) == ["KXA-1-A"]
    assert taken(wants, ["KXA-1-A"], NOW_MS + 299_999) == []
    assert taken(wants, ["KXA-1-A"], NOW_MS + 300_000) == ["KXA-1-A"]


def test_an_unknown_ticker_rests_for_ten_minutes() -> None:
    """Asking again each second what nobody knows would be rude."""
    wants = Wants(Directory())
    taken(wants, ["KXGONE"])
    wants.missing(["KXGONE"], NOW_MS)

    assert taken(wants, ["KXGONE"], NOW_MS + 599_999) == []
    assert taken(wants, ["KXGONE"], NOW_MS + 600_000) == ["KXGONE"]


def test_a_created_market_is_tried_a_few_times() -> None:
    """REST knows it a moment later; one that it never knows is let go."""
    wants = Wants(known(a_market("KXNEW-1-A", close_ms=NOW_MS * 2)))
    wants.created("KXNEW-1-A")
    wants.changed("KXNEW-1-A", NOW_MS)
    now_ms, tries = NOW_MS, []
    for _ in range(200):
        now_ms += 1_000
        if wants.agenda.take(now_ms, 10):
            tries.append(now_ms - NOW_MS)
            wants.missing(["KXNEW-1-A"], now_ms)

    assert tries == [3_000, 9_000, 21_000, 51_000]
    assert len(wants.agenda) == 1  # In an hour: it was said to be there.


def test_a_created_market_that_is_found_is_planned() -> None:
    """Its next look is at its close."""
    wants = Wants(known(a_market("KXNEW-1-A", close_ms=NOW_MS + 60_000)))
    wants.created("KXNEW-1-A")
    wants.changed("KXNEW-1-A", NOW_MS)
    wants.answered("KXNEW-1-A", NOW_MS)

    assert taken(wants, [], NOW_MS + 61_999) == []
    assert taken(wants, [], NOW_MS + 62_000) == ["KXNEW-1-A"]


def test_a_failure_puts_off_what_was_due() -> None:
    """Its time has come and gone: it comes again a moment later."""
    wants = Wants(known(a_market("KXA-1-A")))
    wants.agenda.put("KXA-1-A", NOW_MS)
    found = taken(wants, [])
    wants.failed(found, NOW_MS)

    assert found == ["KXA-1-A"]
    assert taken(wants, [], NOW_MS + 1_999) == []
    assert taken(wants, [], NOW_MS + 2_000) == ["KXA-1-A"]


def test_a_market_can_be_asked_for_though_nobody_shows_it() -> None:
    """Once; its quote counts like that of one that is shown."""
    wants = Wants(Directory())
    wants.want("KXA-1-A")

    found = taken(wants, ["KXB-1-A"])

    assert sorted(found) == ["KXA-1-A", "KXB-1-A"]
    assert wants.shows("KXA-1-A")
    assert taken(wants, []) == []
    assert not wants.shows("KXA-1-A")


def test_events_and_series_of_what_is_shown_are_wanted() -> None:
    """Until they are known, or the exchange does not know them; none of combos."""
    directory = known(
        a_market("KXA-1-A"),
        a_market("KXA-1-B"),
        a_market("KXB-1-A"),
        a_market("KXMVEX-1-A"),
        EventInfo(ticker="KXB-1", series_ticker="KXBS"),
        SeriesInfo(ticker="KXA"),
    )
    wants = Wants(directory)
    shown = ["KXA-1-A", "KXA-1-B", "KXB-1-A", "KXMVEX-1-A", "KXC-1-A"]

    events, series = wants.events(shown, NOW_MS), wants.series(shown, NOW_MS)
    wants.unknown("event", "KXA-1", NOW_MS)
    wants.unknown("series", "KXC", NOW_MS)

    assert events == ["KXA-1"]
    assert series == ["KXBS", "KXMVEX", "KXC"]
    assert wants.events(shown, NOW_MS) == []
    assert wants.series(shown, NOW_MS) == ["KXBS", "KXMVEX"]


def test_memory_is_bounded() -> None:
    """Ever new unknown tickers do not fill the memory."""
    wants = Wants(Directory())
    for n in range(30_000):
        wants.missing([f"KX{n}"], NOW_MS)
        wants.want(f"KX{n}")
        wants.created(f"KX{n}")

    assert len(wants._unknown_until_ms) == 20_000
    assert len(wants._asked_for) == 1_000
    assert len(wants._fresh) == 5_000
