import json
from pathlib import Path
from typing import Any

from bench.listed_objects import ObjectReport, kept_wrongly, objects_in
from bench.recordings import bodies
from tests.kalshi.market_json import a_market, a_series, an_event, an_old_market

COMBO = a_market(
    ticker="KXMVE-1-A",
    mve_collection_ticker="KXMVE-1",
    mve_selected_legs=[
        {"event_ticker": "KXA-1", "market_ticker": "KXA-1-A", "side": "no"}
    ],
)
SETTLED = a_market(
    ticker="KXS-1",
    status="finalized",
    result="no",
    settlement_value_dollars="0.0000",
    settlement_ts="2026-11-22T06:10:45.333635Z",
    yes_bid_dollars="0.0000",
    yes_ask_dollars="1.0000",
)
ANSWERS: list[Any] = [
    {"markets": [a_market(), an_old_market(), COMBO], "cursor": ""},
    {"events": [an_event(markets=[SETTLED])], "cursor": "", "milestones": []},
    {"event": an_event(), "markets": [a_market(title="Will it **rain**?")]},
    {"series": [a_series(), a_series(ticker="KXT", tags=None)]},
    {"trades": [{"ticker": "KXA-1", "trade_id": "x"}], "cursor": ""},
]


def report_of(*answers: Any) -> ObjectReport:
    report = ObjectReport()
    for answer in answers:
        report.add(answer)
    return report


def test_every_object_is_found_inside_its_answer() -> None:
    """Nested or not; a trade is no market."""
    kinds = [kind for answer in ANSWERS for kind, _ in objects_in(answer)]

    assert sorted(kinds) == ["event"] * 2 + ["market"] * 5 + ["series"] * 2


def test_nothing_is_lost_of_invented_objects() -> None:
    """In all forms that the exchange has used; on the disk, too."""
    report = report_of(*ANSWERS)

    assert dict(report.losses) == {}
    assert sum(report.refused.values()) == 0
    assert report.quotes == 5
    assert kept_wrongly(report) == 0


def test_a_loss_is_told() -> None:
    """The report can fail: a title cut short, a price that is none, no ticker."""
    report = report_of(
        a_market(title="x" * 400),
        a_market(ticker="\n"),
        a_market(open_time="2026-11-20T11:00:00Z", floor_strike="7"),
    )

    assert dict(report.losses) == {"market title": 1, "market floor_strike": 1}
    assert dict(report.refused) == {"market": 1}


def test_a_cassette_gives_its_bodies(tmp_path: Path) -> None:
    """JSON as a quoted scalar, folded over lines, its quotes doubled."""
    body = {"markets": [a_market(title="Ann's and a rather long title")], "cursor": ""}
    text = json.dumps(body).replace("'", "''").replace("rather ", "rather\n        ")
    (tmp_path / "tape.yaml").write_text(
        f"interactions:\n- response:\n    body:\n      string: '{text}'\n"
    )

    assert list(bodies(tmp_path)) == [body]
