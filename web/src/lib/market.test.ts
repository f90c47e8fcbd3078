import { describe, expect, it } from "vitest";
import {
  buyPrices,
  endsByWords,
  exchangeAddress,
  mergePrints,
  nameOf,
  neighbour,
  quietWords,
  readEventPage,
  readMarketPage,
  settlementOf,
  spreadOf,
  timesUsual,
  untilWords,
} from "./market";
import type { Trade } from "./messages";

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;

function print(seq: number, tsMs: number, id = `t${seq}`): Trade {
  return { seq, trade_id: id, ts_ms: tsMs } as Trade;
}

describe("buyPrices", () => {
  it("is the ask for YES and a dollar less the bid for NO", () => {
    expect(buyPrices({ yes_bid_dollars: "0.6400", yes_ask_dollars: "0.6550" })).toEqual({ yes: "0.6550", no: "0.3600" });
  });

  it("has no price where nobody offers", () => {
    expect(buyPrices({ yes_bid_dollars: null, yes_ask_dollars: "0.0400" })).toEqual({ yes: "0.0400", no: null });
    expect(buyPrices({})).toEqual({ yes: null, no: null });
  });
});

describe("spreadOf", () => {
  it("needs both sides, and the ask above the bid", () => {
    expect(spreadOf({ yes_bid_dollars: "0.3300", yes_ask_dollars: "0.3510" })).toBe("0.0210");
    expect(spreadOf({ yes_bid_dollars: "0.3300", yes_ask_dollars: null })).toBeNull();
    expect(spreadOf({ yes_bid_dollars: "0.3300", yes_ask_dollars: "0.3200" })).toBeNull();
  });
});

describe("settlementOf", () => {
  const settled = (status: string, result: string | null, value: string | null) =>
    settlementOf({ status, result, settlement_value_dollars: value });

  it("is none while the market can be traded", () => {
    expect(settled("active", null, null)).toBeNull();
    expect(settled("unknown", "", null)).toBeNull();
  });

  it("tells the result and what each side is paid", () => {
    expect(settled("settled", "yes", "1.0000")).toEqual({ result: "YES", side: "yes", yesPays: "1.0000", noPays: "0.0000" });
    expect(settled("determined", "no", null)).toEqual({ result: "NO", side: "no", yesPays: "0.0000", noPays: "1.0000" });
    expect(settled("settled", "scalar", "0.3750")).toEqual({ result: "scalar", side: null, yesPays: "0.3750", noPays: "0.6250" });
  });

  it("does not guess at what is not told", () => {
    expect(settled("closed", null, null)).toEqual({ result: null, side: null, yesPays: null, noPays: null });
  });
});

describe("neighbour", () => {
  it("steps through the list as shown, and ends with it", () => {
    const list = ["A", "B", "C"];

    expect([neighbour(list, "B", 1), neighbour(list, "B", -1), neighbour(list, "C", 1)]).toEqual(["C", "A", null]);
    expect([neighbour(list, "X", 1), neighbour(list, "X", -1), neighbour([], "X", 1)]).toEqual(["A", "C", null]);
  });
});

describe("mergePrints", () => {
  it("is newest first, each once, and bounded", () => {
    const known = [print(3, 30), print(1, 10)];

    const merged = mergePrints(known, [print(4, 20), print(3, 30)], 3);

    expect(merged.map((trade) => trade.seq)).toEqual([3, 4, 1]);
    expect(mergePrints(merged, [print(5, 40)], 2).map((trade) => trade.seq)).toEqual([5, 3]);
  });
});

describe("words", () => {
  it("tell how long it is until, or since", () => {
    const cases: [number, string][] = [
      [30_000, "in 30 s"],
      [45 * MINUTE_MS, "in 45 min"],
      [200 * MINUTE_MS, "in 3 h 20 min"],
      [180 * MINUTE_MS, "in 3 h"],
      [50 * 60 * MINUTE_MS, "in 2 d 2 h"],
      [30 * 24 * 60 * MINUTE_MS, "in 30 d"],
      [-16 * MINUTE_MS, "16 min ago"],
    ];
    for (const [afterMs, words] of cases) expect(untilWords(NOW_MS + afterMs, NOW_MS)).toBe(words);
  });

  it("tell by which time it ends", () => {
    expect(["occurrence", "close", "latest_of_all", null].map(endsByWords)).toEqual([
      "when it is to happen",
      "trading closes",
      "latest of all",
      "",
    ]);
  });

  it("tell how much more than usual a print is", () => {
    expect(timesUsual("1200.000000", "100.000000")).toBe("12×");
    expect(timesUsual("199.000000", "100.000000")).toBe("");
    expect(timesUsual("1200.000000", null)).toBe("");
    expect(timesUsual("1200.000000", "0.000000")).toBe("");
    expect(timesUsual("5000000.000000", "1.000000")).toBe("over 1,000×");
  });

  it("tell that a window is quiet", () => {
    expect(quietWords("5m", NOW_MS - 1_000, NOW_MS)).toBe("No trades in the last 5m. Last one 11:59:59.");
    expect(quietWords("5m", null, NOW_MS)).toBe("No trades in the last 5m. None is known.");
  });

  it("name a market by its outcome, without marks that turn text around", () => {
    expect(nameOf({ outcome: "51° or \u202eabove", short_label: "NYC", market_ticker: "T" })).toBe("51° or above");
    expect(nameOf({ outcome: null, short_label: "", market_ticker: "T" })).toBe("T");
  });
});

describe("exchangeAddress", () => {
  it("leads to the exchange whatever the tickers hold", () => {
    expect(exchangeAddress("KXHIGHNY", "KXHIGHNY-26NOV21", "KXHIGHNY-26NOV21-T50")).toBe(
      "https://kalshi.com/markets/kxhighny/market/kxhighny-26nov21",
    );
    expect(exchangeAddress(null, null, "../X?a=1-B")).toBe("https://kalshi.com/markets/..%2Fx%3Fa%3D1/market");
  });
});

describe("reading answers", () => {
  it("refuses what is none", () => {
    const market = { market: { market_ticker: "T" }, trades: [], event: { markets: [] } };

    expect(readMarketPage(market)).toBe(market);
    for (const value of [null, 7, {}, { market: {} }, { ...market, trades: 1 }, { ...market, event: null }]) {
      expect(readMarketPage(value)).toBeNull();
    }
    expect(readEventPage({ event: { event_ticker: "E" }, markets: [] })).not.toBeNull();
    for (const value of [null, {}, { event: {}, markets: [] }, { event: { event_ticker: "E" } }]) {
      expect(readEventPage(value)).toBeNull();
    }
  });
});
