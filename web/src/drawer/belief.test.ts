import { describe, expect, it } from "vitest";
import LADDERS from "../../../tests/golden/ladders.json";
import { beliefOf, boundsOf, falling, pointsOf, quantileOf, type Bounds, type Point } from "./belief";

const ROUNDS = 300;

/** The same numbers each time, from 0 to below 1. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function above(low: number): Bounds {
  return { low, high: Infinity };
}

/** What a linear way between points says at `x`. */
function aboveAt(points: readonly Point[], x: number): number {
  const right = points.findIndex((point) => point.strike >= x);
  const [a, b] = [points[right - 1], points[right]];
  if (!b || b.strike === x || !a) return b?.aboveE4 ?? NaN;
  return a.aboveE4 + ((x - a.strike) / (b.strike - a.strike)) * (b.aboveE4 - a.aboveE4);
}

describe("boundsOf", () => {
  const of = (strike_type: string, floor_strike: number | null, cap_strike: number | null) => boundsOf({ strike_type, floor_strike, cap_strike });

  it("reads what YES asks of the number", () => {
    expect(of("greater", 5, null)).toEqual({ low: 5, high: Infinity });
    expect(of("less_or_equal", null, 5)).toEqual({ low: -Infinity, high: 5 });
    expect(of("between", 5, 6)).toEqual({ low: 5, high: 6 });
  });

  it("is none where a strike is not told, or turned around, or there is no number", () => {
    expect([of("greater", null, 5), of("between", 6, 5), of("", 5, 6), of("structured", 5, 6)]).toEqual([null, null, null, null]);
  });
});

describe("falling", () => {
  it("is the nearest that never rises: as the largest means from the left, the least of them", () => {
    const roll = dice(1);
    for (let round = 0; round < ROUNDS; round += 1) {
      const groups = Array.from({ length: 1 + Math.floor(roll() * 8) }, () => ({ total: Math.floor(roll() * 1e4), count: 1 + Math.floor(roll() * 3) }));
      // The plain formula: min over the starts of the max over the ends of the mean between.
      const expected = groups.map((_, at) => {
        const from = groups.slice(0, at + 1).map((_start, start) =>
          Math.max(
            ...groups.slice(at).map((_end, more) => {
              const between = groups.slice(start, at + more + 1);
              return between.reduce((sum, each) => sum + each.total, 0) / between.reduce((sum, each) => sum + each.count, 0);
            }),
          ),
        );
        return Math.floor(Math.min(...from) + 0.5 + 1e-9);
      });

      expect(falling(groups), JSON.stringify(groups)).toEqual(expected);
    }
  });
});

describe("pointsOf", () => {
  it("takes thresholds as they are, from either side, and pools those that rise", () => {
    expect(pointsOf([above(20), above(10), { low: -Infinity, high: 30 }], [5_000, 9_000, 8_000])).toEqual([
      { strike: 10, aboveE4: 9_000 },
      { strike: 20, aboveE4: 5_000 },
      { strike: 30, aboveE4: 2_000 },
    ]);
    expect(pointsOf([above(10), above(20)], [4_000, 6_000])?.map((point) => point.aboveE4)).toEqual([5_000, 5_000]);
  });

  it("makes buckets one together, with edges half way between them", () => {
    const buckets = [{ low: -Infinity, high: 80 }, { low: 80, high: 81 }, { low: 82, high: 83 }, above(83)];

    expect(pointsOf(buckets, [1_000, 3_000, 3_000, 1_000])).toEqual([
      { strike: 79.5, aboveE4: 8_750 },
      { strike: 81.5, aboveE4: 5_000 },
      { strike: 83.5, aboveE4: 1_250 },
    ]);
  });

  it("tells of buckets the share of all that lies above each edge", () => {
    const roll = dice(2);
    for (let round = 0; round < ROUNDS; round += 1) {
      const count = 2 + Math.floor(roll() * 6);
      const buckets = Array.from({ length: count }, (_, n) => ({ low: n * 2.5, high: n * 2.5 + 2.5 }));
      const masses = buckets.map(() => Math.floor(roll() * 5_000));
      const total = masses.reduce((sum, mass) => sum + mass, 0);
      const expected = masses.map((_, n) => masses.slice(n).reduce((sum, mass) => sum + mass, 0) / total);

      const points = pointsOf(buckets, masses);

      if (total < 5_000) expect(points).toBeNull();
      else expect(points?.slice(0, -1).map((point) => Math.abs(point.aboveE4 / 1e4 - (expected.shift() ?? 9)) < 1e-4)).toEqual(masses.map(() => true));
    }
  });

  it("is none where too little is known", () => {
    expect(pointsOf([above(10), above(20)], [5_000, null])).toBeNull();
    expect(pointsOf([null, null, above(20)], [5_000, 1, 2])).toBeNull();
    expect(pointsOf([{ low: 1, high: 2 }, { low: 2, high: 3 }], [2_000, 2_000])).toBeNull();
    expect(pointsOf([{ low: 1, high: 9 }, { low: 2, high: 3 }, above(4)], [2_000, 2_000, 2_000])).toBeNull();
  });
});

describe("the golden ladders", () => {
  it.each(LADDERS)("imply here what they do at the server: $about", ({ spans, prices_e4: prices, points, median }) => {
    const bounds = spans.map(([low, high]) => ({ low: low ?? -Infinity, high: high ?? Infinity }));

    const found = pointsOf(bounds, prices);

    expect(found && found.map((point) => [point.strike, point.aboveE4])).toEqual(points);
    const half = found && quantileOf(found, 5_000);
    if (median === null) expect(half).toBeNull();
    else expect(half).toBeCloseTo(median, 5);
  });
});

describe("quantileOf", () => {
  it("is where a linear way between the points says so, and nowhere else", () => {
    const roll = dice(3);
    for (let round = 0; round < ROUNDS; round += 1) {
      let strike = 0;
      const levels = Array.from({ length: 2 + Math.floor(roll() * 6) }, () => Math.floor(roll() * 11) * 1_000).sort((a, b) => b - a);
      const points = levels.map((aboveE4) => ({ strike: (strike += 1 + Math.floor(roll() * 5)), aboveE4 }));
      const wanted = Math.floor(roll() * 11) * 1_000;

      const found = quantileOf(points, wanted);

      const inside = (levels[0] ?? 0) >= wanted && (levels.at(-1) ?? 0) <= wanted;
      if (!inside) expect(found).toBeNull();
      else expect(aboveAt(points, found ?? NaN), JSON.stringify([points, wanted])).toBeCloseTo(wanted, 6);
    }
  });

  it("is the middle of a stretch", () => {
    const points = [10, 20, 40].map((strike) => ({ strike, aboveE4: 5_000 }));

    expect(quantileOf(points, 5_000)).toBe(25);
  });
});

describe("beliefOf", () => {
  const points = (...levels: number[]): Point[] => levels.map((aboveE4, n) => ({ strike: 10 * (n + 1), aboveE4 }));

  it("is the median, and the span of 80 %", () => {
    expect(beliefOf(points(9_500, 8_500, 1_500, 500))).toEqual({
      median: 25,
      low: { value: 15, open: false },
      high: { value: 35, open: false },
    });
  });

  it("says which end lies beyond the strikes", () => {
    expect(beliefOf(points(8_000, 4_000, 2_000))).toEqual({
      median: 17.5,
      low: { value: 10, open: true },
      high: { value: 30, open: true },
    });
    expect(beliefOf(points(4_000, 500))?.median).toBeNull();
  });

  it("is none where all of it lies beyond them", () => {
    expect([beliefOf(points(900, 100)), beliefOf(points(9_900, 9_500)), beliefOf(null), beliefOf([])]).toEqual([null, null, null, null]);
  });
});
