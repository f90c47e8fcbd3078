import { describe, expect, it } from "vitest";
import type { Trade } from "../lib/messages";
import { Series } from "./chart-data";
import { MARKED_MAX, markedWords, markSize, marksOf, markWords, readWhales, withFresh, type Whales } from "./whale-marks";

function print(ms: number, paid: number, side: "yes" | "no" = "yes", yes = "0.5000"): Trade {
  return {
    trade_id: `${ms} ${paid} ${side}`,
    ts_ms: ms,
    yes_price_dollars: yes,
    taker_outcome_side: side,
    notional_dollars: paid.toFixed(6),
  } as Trade;
}

function whalesOf(prints: Trade[], total = prints.length, fromMs = 0): Whales {
  const answer = { trades: prints, total, threshold_dollars: "1000.000000", from_ms: fromMs };
  return readWhales(answer, 0) as Whales;
}

describe("readWhales", () => {
  it("refuses what is no answer", () => {
    for (const value of [null, 7, {}, { trades: [] }, { trades: [], total: "1", from_ms: 0 }, { trades: 1, total: 1, from_ms: 0 }]) {
      expect(readWhales(value, 0)).toBeNull();
    }
  });

  it("tells of how many, and that there may be more before what was looked at", () => {
    const prints = [print(5, 3000), print(9, 2000)];

    expect(whalesOf(prints, 312)).toEqual({ largest: prints, count: 312, more: false, leastDollars: 1000 });
    expect(whalesOf(prints, 312, 4).more).toBe(true);
  });
});

describe("marksOf", () => {
  it("has one mark at most for each side of each slot, at the largest of its prints", () => {
    const series = new Series(0, 480, 10); // As many steps as slots.
    const whales = whalesOf(
      [print(7, 1000), print(3, 9000, "yes", "0.4000"), print(4, 2000, "no"), print(42, 1500), print(479, 3000, "no")],
    );

    const marks = marksOf(whales, series);

    expect(marks.map(({ ms, side, cents, dollars, prints }) => [ms, side, cents, dollars, prints])).toEqual([
      [0, "yes", 40, 10_000, 2],
      [0, "no", 50, 2000, 1],
      [40, "yes", 50, 1500, 1],
      [470, "no", 50, 3000, 1],
    ]);
  });

  it("is never crowded, and marks every print inside once, whatever the steps", () => {
    const series = new Series(0, 3_600_000, 5_000);
    const prints = Array.from({ length: 60 }, (_, n) => print(n * 997 * 61, 1000 + n, n % 3 ? "yes" : "no"));

    const marks = marksOf(whalesOf(prints), series);

    const perSide = (side: string) => marks.filter((mark) => mark.side === side);
    for (const side of ["yes", "no"]) {
      const slots = perSide(side).map((mark) => mark.fromMs);
      expect(new Set(slots).size).toBe(slots.length);
      expect(slots.length).toBeLessThanOrEqual(49);
    }
    expect(marks.reduce((sum, mark) => sum + mark.prints, 0)).toBe(prints.filter((each) => each.ts_ms < 3_600_000).length);
    for (const mark of marks) expect(mark.ms >= mark.fromMs - series.stepMs && mark.ms < mark.toMs).toBe(true);
  });

  it("leaves out what lies before the chart or behind it", () => {
    const series = new Series(100, 200, 10);

    expect(marksOf(whalesOf([print(99, 5000), print(200, 5000)]), series)).toEqual([]);
  });
});

describe("withFresh", () => {
  it("counts whales that came since, each once, and keeps the largest", () => {
    const before = whalesOf(
      Array.from({ length: MARKED_MAX }, (_, n) => print(n, 2000 + n)),
    );

    const after = withFresh(before, [print(900, 9999), print(901, 999), print(5, 2005)]);

    expect([after.count, after.largest.length, after.more]).toEqual([MARKED_MAX + 1, MARKED_MAX, false]);
    expect(after.largest[0]?.ts_ms).toBe(900);
    expect(after.largest.some((trade) => trade.notional_dollars === "2000.000000")).toBe(false);
    expect(withFresh(before, [print(7, 10)])).toBe(before);
  });
});

describe("words", () => {
  it("tell what is marked, and of how many", () => {
    const money = (dollars: number) => `$${dollars / 1000}k`;
    const of = (count: number, fromMs = 0) => markedWords(whalesOf(Array.from({ length: count }, (_, n) => print(n, 1000)), count, fromMs), money);

    expect([0, 1, 12, 312].map((count) => of(count))).toEqual([
      "no whales, ≥ $1k",
      "1 whale, ≥ $1k",
      "12 whales, ≥ $1k",
      "60 largest of 312 whales, ≥ $1k",
    ]);
    expect(of(500, 1)).toBe("60 largest of over 500 whales, ≥ $1k");
  });

  it("tell what the marks of a slot stand for", () => {
    const series = new Series(0, 480, 10);
    const marks = marksOf(whalesOf([print(7, 1000), print(3, 9000), print(4, 2000, "no")]), series);
    const money = (dollars: number) => `$${dollars}`;

    expect(markWords(marks, 5, money)).toBe("2 YES whales $10000, 1 NO whale $2000");
    expect(markWords(marks, 15, money)).toBe("");
  });
});

describe("markSize", () => {
  it("grows with the dollars, within bounds", () => {
    const sizes = [1000, 10_000, 1e9].map((dollars) => Math.round(markSize(dollars, 1000) * 10) / 10);

    expect(sizes).toEqual([1, 1.7, 3]);
  });
});
