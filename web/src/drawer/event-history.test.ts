import { describe, expect, it } from "vitest";
import type { Candle, EventMember } from "../lib/market";
import { gapsOf } from "./event-chart-loader";
import { EventHistory, historyWords, lineTickers, pricesNow } from "./event-history";

function member(ticker: string, fields: Partial<EventMember> = {}): EventMember {
  return { market_ticker: ticker, notional_dollars: "0.000000", open_interest_fp: null, strike_type: "", floor_strike: null, cap_strike: null, ...fields } as EventMember;
}

function candle(ts_ms: number, close: string): Candle {
  return { ts_ms, close_dollars: close, volume_fp: "1.00", net_flow_fp: "1.00" };
}

const LADDER = [10, 20, 30].map((floor_strike) => member(`T${floor_strike}`, { strike_type: "greater", floor_strike }));

describe("lineTickers", () => {
  it("is the six of most dollars, then of most open contracts, as they are listed", () => {
    const members = [5, 0, 7, 1, 0, 9, 3, 8].map((paid, n) =>
      member(`T${n}`, { notional_dollars: `${paid}.000000`, open_interest_fp: n === 4 ? "900.00" : "1.00" }),
    );

    expect(lineTickers(members)).toEqual(["T0", "T2", "T3", "T5", "T6", "T7"]);
    expect(lineTickers(members.slice(0, 5).concat(members.slice(5, 7)))).toEqual(["T0", "T2", "T3", "T4", "T5", "T6"]);
  });
});

describe("EventHistory", () => {
  it("holds each price until the next trade, whatever the candles", () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const history = new EventHistory(100, 200, 10, []);
      const times = Array.from({ length: 1 + (seed % 7) }, (_, n) => 60 + ((seed * 37 + n * n * 13) % 150)).sort((a, b) => a - b);
      const candles = times.map((ms, n) => candle(ms, `0.${10 + ((seed + n * 7) % 80)}`));
      const before = seed % 3 ? seed : null;

      history.add({ ticker: "T", before, candles });

      // The plain way: of all that was traded before a step's end, the last.
      const expected = history.times.map((ms) => {
        const known = candles.filter((each) => each.ts_ms < ms + 10);
        return known.length ? Math.round(Number(known.at(-1)?.close_dollars) * 100) : before;
      });
      expect(history.pricesOf("T")).toEqual(expected);
    }
  });

  it("tells of a ladder what its prices implied at each step", () => {
    const history = new EventHistory(0, 30, 10, LADDER);
    history.add({ ticker: "T10", before: 90, candles: [] });
    history.add({ ticker: "T20", before: null, candles: [candle(10, "0.5000")] });
    history.add({ ticker: "T30", before: null, candles: [candle(20, "0.1000")] });

    expect(history.beliefs.map((belief) => belief?.median)).toEqual([undefined, 20, 20]);
    expect(history.beliefs.map((belief) => belief?.high)).toEqual([undefined, { value: 20, open: true }, { value: 30, open: false }]);
  });

  it("goes on with time and the prices of now, and says from where", () => {
    const history = new EventHistory(0, 30, 10, LADDER);
    for (const { market_ticker: ticker } of LADDER) history.add({ ticker, before: 50, candles: [] });
    void history.beliefs;

    expect(history.follow(29, new Map([["T10", 50]]))).toBeNull();
    expect(history.follow(29, new Map([["T10", 90]]))).toBe(2);
    expect(history.follow(45, new Map([["T30", 10]]))).toBe(3);

    expect(history.times).toEqual([0, 10, 20, 30, 40]);
    expect(history.pricesOf("T10")).toEqual([50, 50, 90, 90, 90]);
    expect(history.pricesOf("T30")).toEqual([50, 50, 50, 50, 10]);
    expect(history.beliefs).toEqual(fresh(history).beliefs);
  });

  it("stays bounded, and whole", () => {
    const history = new EventHistory(0, 30, 10, LADDER);
    for (const { market_ticker: ticker } of LADDER) history.add({ ticker, before: 50, candles: [] });
    void history.beliefs;

    for (let turn = 1; turn < 8; turn += 1) history.follow(turn * 8_000, new Map([["T10", 40 + turn]]));

    expect(history.times.length).toBeLessThanOrEqual(960);
    expect(history.times.at(-1)).toBe(56_000);
    expect(history.pricesOf("T10").length).toBe(history.times.length);
    expect(history.beliefs).toEqual(fresh(history).beliefs);
  });
});

/** The same prices, put in at once. */
function fresh(history: EventHistory): EventHistory {
  const made = new EventHistory(history.fromMs, history.toMs, history.stepMs, LADDER);
  for (const { market_ticker: ticker } of LADDER) {
    const prices = history.pricesOf(ticker);
    const candles = prices.flatMap((price, step) => (price === null ? [] : [candle(history.times[step] ?? 0, (price / 100).toFixed(4))]));
    made.add({ ticker, before: null, candles });
  }
  return made;
}

describe("pricesNow", () => {
  it("is the last price, and what a decided market is worth", () => {
    const members = [member("A", { yes_price_dollars: "0.4550" }), member("B", { result: "yes", yes_price_dollars: "0.9000" }), member("C", { result: "no" }), member("D", { yes_price_dollars: null })];

    expect([...pricesNow(members).values()]).toEqual([45.5, 100, 0, null]);
  });
});

describe("historyWords", () => {
  it("tells the chart in a sentence", () => {
    const history = new EventHistory(0, 20, 10, []);
    history.add({ ticker: "A", before: 40, candles: [candle(10, "0.4550")] });
    history.add({ ticker: "B", before: 7, candles: [] });

    const names = new Map([
      ["A", "Yes"],
      ["B", "No"],
      ["C", "Draw"],
    ]);

    expect(historyWords(history, names, "1h")).toBe("YES prices over 1h, in cents: Yes from 40 to 45.5; No 7; Draw: no price.");
    expect(historyWords(history, new Map(), "1h")).toBe("No prices in 1h.");
  });
});

describe("gapsOf", () => {
  it("is each moment once, however many answers tell of it", () => {
    const gap = (from_ms: number, to_ms: number | null) => ({ from_ms, to_ms, state: "open" });

    expect(gapsOf([{ gaps: [gap(0, 5), gap(20, 30)] }, { gaps: [gap(0, 4), gap(28, null)] }, { gaps: [gap(10, 12)] }])).toEqual([gap(0, 5), gap(10, 12), gap(20, null)]);
  });
});
