import { describe, expect, it } from "vitest";
import { guessedEvent, readCategories, readEvents, readLabels } from "./surroundings";

describe("event flows", () => {
  const event = {
    event_ticker: "E",
    title: "A game",
    plus_side: "Home",
    minus_side: "Away",
    plus_flow_dollars: "12.000000",
    minus_flow_dollars: "99.000000",
    notional_dollars: "111.000000",
  };
  const flow = (more: object) => readEvents({ events: [{ ...event, ...more }] })[0];

  it("run to the side of the net contracts, whatever the dollars say", () => {
    expect(flow({ net_flow_fp: "3.00" })).toEqual({ ticker: "E", title: "A game", towards: "Home", sign: 1, dollars: "12.000000" });
    expect(flow({ net_flow_fp: "-0.01" })).toMatchObject({ towards: "Away", sign: -1, dollars: "99.000000" });
  });

  it("run nowhere without sides: then all the dollars are told", () => {
    for (const more of [{ net_flow_fp: null, plus_side: null }, { net_flow_fp: "0.00" }, {}, { net_flow_fp: "5.00", plus_side: null }]) {
      expect(flow(more)).toMatchObject({ towards: null, sign: 0, dollars: "111.000000" });
    }
  });

  it("are none in an answer of another form", () => {
    expect(readEvents("failed")).toEqual([]);
    expect(readEvents({ events: [null, 5, { event_ticker: "X", title: null }] })).toMatchObject([{ ticker: "X", title: "X" }]);
  });
});

it("categories come with their series and counts", () => {
  const told = { categories: [{ category: "Crypto", open_markets: 3, series: [{ series: "KXBTC", title: "", open_markets: 2 }, {}] }, { category: "" }] };
  expect(readCategories(told)).toEqual([
    { name: "Crypto", title: "Crypto", open: 3, series: [{ name: "KXBTC", title: "KXBTC", open: 2 }] },
  ]);
});

it("labels are those that say more than the ticker", () => {
  const told = { markets: [{ market_ticker: "A", short_label: "A" }, { market_ticker: "B", short_label: "Bee\u202e" }, { short_label: "C" }] };
  expect(readLabels(told)).toEqual(new Map([["B", "Bee"]]));
});

it("an event is guessed from its market's ticker", () => {
  expect(["KXA-26NOV21-T5", "KXA", "-X"].map(guessedEvent)).toEqual(["KXA-26NOV21", "KXA", "-X"]);
});
