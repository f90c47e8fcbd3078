import { describe, expect, it } from "vitest";
import { readCategories, readEvents, readLabels, readUsual, timesUsual } from "./surroundings";

describe("event flows", () => {
  const event = {
    event_ticker: "E",
    title: "A game",
    plus_side: "Home",
    minus_side: "Away",
    plus_flow_dollars: "12.000000",
    minus_flow_dollars: "99.000000",
    volume_fp: "45.00",
    notional_dollars: "111.000000",
  };
  const flow = (more: object) => readEvents({ events: [{ ...event, ...more }] })[0];

  it("run to the side of the net contracts, whatever the dollars say", () => {
    // 24 contracts for Home at 50 cents, 21 for Away: three are net.
    expect(flow({ net_flow_fp: "3.00" })).toEqual({ ticker: "E", title: "A game", towards: "Home", sign: 1, dollarsE6: 1_500_000n });
    expect(flow({ net_flow_fp: "-45.00" })).toMatchObject({ towards: "Away", sign: -1, dollarsE6: 99_000_000n });
  });

  it("are ranked by the dollars shown, those of no direction last", () => {
    const events = [{ net_flow_fp: null, title: "none" }, { net_flow_fp: "3.00", title: "small" }, { net_flow_fp: "-45.00", title: "large" }];
    expect(readEvents({ events: events.map((each) => ({ ...event, ...each })) }).map(({ title }) => title)).toEqual(["large", "small", "none"]);
  });

  it("run nowhere without sides: then all the dollars are told", () => {
    for (const more of [{ net_flow_fp: null, plus_side: null }, { net_flow_fp: "0.00" }, {}, { net_flow_fp: "5.00", plus_side: null }]) {
      expect(flow(more)).toMatchObject({ towards: null, sign: 0, dollarsE6: 111_000_000n });
    }
  });

  it("are none in an answer of another form", () => {
    expect(readEvents("failed")).toEqual([]);
    expect(readEvents({ events: [null, 5, { event_ticker: "X", title: null }] })).toMatchObject([{ ticker: "X", title: "X" }]);
  });
});

it("categories come with their leagues, series and counts", () => {
  const sports = {
    category: "Sports",
    open_markets: 3,
    leagues: [{ league: "EPL", open_markets: 1 }],
    series: [{ series_ticker: "KXGAME", title: "", open_markets: 2 }, {}],
  };
  expect(readCategories({ categories: [sports, { category: "" }] })).toEqual([
    {
      name: "Sports",
      title: "Sports",
      open: 3,
      leagues: [{ name: "EPL", title: "EPL", open: 1 }],
      series: [{ name: "KXGAME", title: "KXGAME", open: 2 }],
    },
  ]);
});

describe("what is usual", () => {
  it("is none where no day is known, or in an answer of another form", () => {
    expect(readUsual({ window: "5m", usual_notional_dollars: "10.000000", days: 2 })).toEqual({ window: "5m", dollars: "10.000000", days: 2 });
    for (const none of [null, "0.000000", 5, undefined]) {
      expect(readUsual({ window: "5m", usual_notional_dollars: none })).toMatchObject({ dollars: null });
    }
    expect(readUsual("failed")).toBeNull();
  });

  it.each([
    ["18.000000", "10.000000", "1.8×"],
    ["10.000000", "10.000000", "1.0×"],
    ["0.400000", "10.000000", "<0.1×"],
    ["0.500000", "10.000000", "0.1×"],
    ["99.400000", "10.000000", "9.9×"],
    ["99.500000", "10.000000", "10×"],
    ["123456789.000000", "10.000000", "12,345,679×"],
    ["5.000000", "0.000000", ""],
    ["5.000000", null, ""],
    ["–", "5.000000", ""],
  ])("is compared by times: %s of %s", (paid, usual, times) => {
    expect(timesUsual(paid, usual)).toBe(times);
  });
});

it("labels are those that say more than the ticker", () => {
  const told = { markets: [{ market_ticker: "A", short_label: "A" }, { market_ticker: "B", short_label: "Bee\u202e" }, { short_label: "C" }] };
  expect(readLabels(told)).toEqual(new Map([["B", "Bee"]]));
});
