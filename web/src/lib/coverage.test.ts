import { describe, expect, it } from "vitest";
import { auditedSpan, figureOf, readCoverage, type Coverage } from "./coverage";

const DAY = { ours: 2_412_737, exchange: 2_412_737, missing: 0, extra: 0, audited_ms: 86_400_000 };

function coverage(day: Partial<typeof DAY> = {}): Coverage {
  return { complete_to_ms: 9, gaps: [], hours: [], last_24h: { ...DAY, ...day }, timestamp: "" };
}

describe("the figure", () => {
  it("is every trade of the exchange", () => {
    expect(figureOf(coverage(), false)).toEqual({ text: "2,412,737 of 2,412,737", fault: "", tone: "ok" });
  });

  it("is never whole, nor green, when something is missing or too much", () => {
    expect(figureOf(coverage({ ours: 2_412_732, missing: 7, extra: 2 }), false)).toEqual({
      text: "2,412,730 of 2,412,737",
      fault: "7 missing, 2 extra",
      tone: "bad",
    });
    expect(figureOf(coverage({ extra: 1 }), true)).toMatchObject({ fault: "1 extra", tone: "bad" });
  });

  it("reassures nobody once it is old", () => {
    expect(figureOf(coverage(), true)).toMatchObject({ text: "2,412,737 of 2,412,737", tone: "idle" });
  });

  it("claims nothing before the first audit, not even 0 of 0", () => {
    expect(figureOf(coverage({ ours: 0, exchange: 0, audited_ms: 0 }), false).text).toBe("not audited yet");
    expect(figureOf(coverage({ ours: 0, exchange: 0 }), false)).toEqual({ text: "no trades to audit yet", fault: "", tone: "idle" });
    expect(figureOf(coverage({ ours: 1, exchange: 0, extra: 1 }), false).tone).toBe("bad");
  });

  it.each([
    [300_000, "5 min of the last 24 h"],
    [3 * 3_600_000 + 1, "3 h of the last 24 h"],
    [86_400_000 - 20 * 60_000, "the last 24 h"],
  ])("says over what: %d ms", (audited, words) => {
    expect(auditedSpan(audited)).toBe(words);
  });
});

it("anything else than a coverage is none", () => {
  expect(readCoverage(JSON.parse(JSON.stringify(coverage())))).toEqual(coverage());
  for (const other of [null, 3, "x", [], {}, { gaps: [], hours: [], last_24h: null }]) {
    expect(readCoverage(other)).toBeNull();
  }
});
