import { describe, expect, it } from "vitest";
import type { Implied } from "../lib/market";
import { barName, barsOf, distributionWords, edgeName, matched, medianText, placeOf, strikeText } from "./distribution";

function implied(median: number | null, ...points: [number, string][]): Implied {
  return {
    median,
    points: points.map(([strike, above_probability]) => ({ strike, above_probability })),
    quoted_market_count: points.length,
    priced_market_count: points.length,
  };
}

const NOW = implied(98_400, [97_000, "0.9000"], [98_000, "0.6000"], [99_000, "0.3500"]);

describe("barsOf", () => {
  it("is the mass between strikes, and beyond the last on either side", () => {
    const bars = barsOf(NOW);

    expect(bars.map((bar) => [bar.low, bar.high, bar.mass])).toEqual([
      [null, 97_000, 0.1],
      [97_000, 98_000, 0.3],
      [98_000, 99_000, 0.25],
      [99_000, null, 0.35],
    ]);
    expect(bars.reduce((sum, bar) => sum + bar.mass, 0)).toBeCloseTo(1);
  });

  it("has no bar beyond a closed end, and none where nothing is known", () => {
    const bars = barsOf(implied(61, [60, "1.0000"], [62, "0.4000"], [64, "0.0000"]));

    expect(bars.map(barName)).toEqual(["60 to 62", "62 to 64"]);
    expect(barsOf(null)).toEqual([]);
    expect(barsOf(implied(null))).toEqual([]);
  });
});

describe("matched", () => {
  it("pairs bars of the same strikes alone", () => {
    const before = barsOf(implied(97_500, [97_000, "0.8000"], [98_000, "0.4000"]));

    expect(matched(barsOf(NOW), before)).toEqual([0.2, 0.4, null, null]);
  });
});

describe("placeOf", () => {
  it("is how far along the bars a value stands", () => {
    const bars = barsOf(NOW);

    expect(placeOf(98_500, bars)).toBeCloseTo(2.5 / 4);
    expect(placeOf(1, bars)).toBeCloseTo(0.5 / 4);
    expect([placeOf(null, bars), placeOf(5, [])]).toEqual([null, null]);
  });
});

describe("words", () => {
  it("write strikes and medians without needless digits", () => {
    expect([98_000, 97_999.99, 6874.9999, 3.75, 61, -25_000, 105_500].map(strikeText)).toEqual(["98k", "98k", "6,875", "3.75", "61", "\u221225k", "105.5k"]);
    expect(barsOf(NOW).map(edgeName)).toEqual(["\u2264 97k", "97k", "98k", "99k"]);
    expect(medianText(98_412.345, barsOf(NOW))).toBe("98,412");
    expect(medianText(61.237, barsOf(implied(61, [60, "0.9"], [62, "0.4"])))).toBe("61.2");
  });

  it("tell the distribution, and what it was", () => {
    expect(distributionWords(NOW, implied(97_900, [97_000, "0.8"]), "5m")).toBe(
      "Median 98,400, 97,900 5m ago. Likeliest: > 99k, 35 %.",
    );
    expect(distributionWords(NOW, NOW, "5m")).toContain("Median 98,400, as 5m ago.");
    expect(distributionWords(null, null, "5m")).toContain("Too few prices");
  });
});
