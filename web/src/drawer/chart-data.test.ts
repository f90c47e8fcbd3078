import { describe, expect, it } from "vitest";
import type { Trade } from "../lib/messages";
import { planFor, priceRange, Series, seriesOfCandles, seriesOfPrints, shades, summary } from "./chart-data";

const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 30);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function print(ms: number, yes: string, count: string, side: "yes" | "no", paid = "10.000000"): Trade {
  return { ts_ms: ms, yes_price_dollars: yes, count_fp: count, taker_outcome_side: side, notional_dollars: paid } as Trade;
}

function quote(ts_ms: number, bid: string | null, ask: string | null) {
  return { ts_ms, yes_bid_dollars: bid, yes_ask_dollars: ask };
}

describe("planFor", () => {
  it("asks for a bounded number of candles, up to and with the running one", () => {
    for (const range of ["15m", "1h", "6h", "1d", "7d", "all"] as const) {
      const plan = planFor(range, NOW_MS, NOW_MS - 40 * 24 * HOUR_MS);

      expect(plan.toMs - NOW_MS, range).toBeGreaterThan(0);
      expect(plan.toMs - NOW_MS, range).toBeLessThanOrEqual(plan.intervalMs);
      expect((plan.toMs - plan.fromMs) / plan.intervalMs, range).toBeLessThanOrEqual(480);
    }
  });

  it("takes for all as fine a step as there is room for", () => {
    const interval = (hours: number) => planFor("all", NOW_MS, NOW_MS - hours * HOUR_MS).interval;

    expect([2, 30, 100, 1000].map(interval)).toEqual(["1m", "5m", "1h", "1d"]);
    expect(planFor("all", NOW_MS, null).interval).toBe("1h");
  });
});

describe("Series", () => {
  it("has a step for every moment, with the price held between trades", () => {
    const series = new Series(0, 50, 10);

    expect(series.add(12, 40, 5, 5)).toBe(1);
    expect(series.add(31, 45, 2, -2)).toBe(3);

    expect(series.buckets.map((each) => each.ms)).toEqual([0, 10, 20, 30, 40]);
    expect(series.buckets.map((each) => each.price)).toEqual([null, 40, 40, 45, 45]);
    expect(series.buckets.map((each) => each.volume)).toEqual([0, 5, 0, 2, 0]);
    expect(series.buckets.map((each) => each.flow)).toEqual([0, 5, 5, 3, 3]);
  });

  it("leaves out what lies before it or after it", () => {
    const series = new Series(100, 120, 10, 33);

    expect([series.add(99, 1, 1, 1), series.add(120, 1, 1, 1)]).toEqual([null, null]);
    expect(series.buckets.map((each) => each.price)).toEqual([33, 33]);
  });

  it("holds a quote until the next one", () => {
    const series = new Series(0, 30, 10);

    series.addQuotes({ quotes: [quote(-5, "0.40", "0.42"), quote(11, "0.41", null)], covered: [{ from_ms: -9, to_ms: 30 }] });
    series.grow(30);

    expect(series.buckets.map((each) => [each.bid, each.ask])).toEqual([
      [40, 42],
      [41, null],
      [41, null],
      [41, null],
    ]);
  });

  it("knows no quote where the server heard of none, until the next", () => {
    const series = new Series(0, 50, 10);
    const covered = [
      { from_ms: 0, to_ms: 15 },
      { from_ms: 42, to_ms: 50 },
    ];

    series.addQuotes({ quotes: [quote(2, "0.40", "0.42"), quote(44, "0.50", "0.52")], covered });

    expect(series.buckets.map((each) => each.bid)).toEqual([40, 40, null, null, 50]);
  });

  it("counts a late trade, whose price moves no line", () => {
    const series = new Series(0, 30, 10);
    series.add(25, 60, 1, 1);

    series.add(5, 20, 4, -4);

    expect(series.buckets.map((each) => [each.price, each.volume, each.flow])).toEqual([
      [null, 4, -4],
      [null, 0, -4],
      [60, 1, -3],
    ]);
  });

  it("goes on with time, and stays bounded", () => {
    const series = new Series(0, 20, 10, 50);

    expect(series.grow(35)).toBe(2);
    expect(series.buckets.at(-1)).toEqual({ ms: 30, price: 50, volume: 0, flow: 0, bid: null, ask: null });
    for (let turn = 0; turn < 10; turn += 1) series.grow(1e9);
    expect(series.buckets.length).toBeLessThanOrEqual(960);
  });
});

describe("making a series", () => {
  const plan = { fromMs: 0, toMs: 4 * MINUTE_MS, interval: "1m", intervalMs: MINUTE_MS, printStepMs: 5000 } as const;

  it("sums candles", () => {
    const candles = [
      { ts_ms: MINUTE_MS, close_dollars: "0.4550", volume_fp: "10.00", net_flow_fp: "-4.00" },
      { ts_ms: 3 * MINUTE_MS, close_dollars: "0.5000", volume_fp: "1.50", net_flow_fp: "1.50" },
    ];

    const { buckets } = seriesOfCandles(candles, plan);

    expect(buckets.map((each) => [each.price, each.volume, each.flow])).toEqual([
      [null, 0, 0],
      [45.5, 10, -4],
      [45.5, 0, -4],
      [50, 1.5, -2.5],
    ]);
  });

  it("sums prints to what their candles would be", () => {
    const prints = [
      print(3 * MINUTE_MS, "0.5000", "1.50", "yes"),
      print(MINUTE_MS + 9, "0.4550", "7.00", "no"),
      print(MINUTE_MS, "0.4000", "3.00", "yes"),
    ];

    const { buckets } = seriesOfPrints(prints, plan, MINUTE_MS, 12);

    expect(buckets.map((each) => [each.price, each.volume, each.flow])).toEqual([
      [12, 0, 0],
      [45.5, 10, -4],
      [45.5, 0, -4],
      [50, 1.5, -2.5],
    ]);
  });
});

describe("shades", () => {
  it("is what is seen of each gap", () => {
    const gaps = [
      { from_ms: 0, to_ms: 5, state: "open" },
      { from_ms: 8, to_ms: 12, state: "open" },
      { from_ms: 15, to_ms: null, state: "healing" },
      { from_ms: 99, to_ms: null, state: "open" },
    ];

    expect(shades(gaps, 10, 20)).toEqual([
      { fromMs: 10, toMs: 12 },
      { fromMs: 15, toMs: 20 },
    ]);
  });
});

describe("priceRange", () => {
  it("is five cents at least, inside of 0 to 100", () => {
    expect(priceRange(50, 50)).toEqual({ from: 47.5, to: 52.5 });
    expect(priceRange(1, 2)).toEqual({ from: 0, to: 5 });
    expect(priceRange(99, 100)).toEqual({ from: 95, to: 100 });
    expect(priceRange(20, 60)).toEqual({ from: 20, to: 60 });
  });
});

describe("summary", () => {
  it("tells the chart in a sentence", () => {
    const series = new Series(0, 30, 10);
    expect(summary(series, { count: 0, more: false }, "1h")).toBe("No trades in 1h.");

    series.add(0, 40, 10, 10);
    series.add(20, 45.5, 2000, -1510);

    expect(summary(series, { count: 1, more: false }, "1h")).toBe(
      "YES price over 1h: from 40 to 45.5 cents, lowest 40, highest 45.5; net flow 1,510 contracts to NO; 1 whale print.",
    );
  });
});
