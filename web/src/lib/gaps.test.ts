import { describe, expect, it } from "vitest";
import type { Gap } from "./coverage";
import { auditedHours, causeWords, gapState } from "./gaps";

function gap(fields: Partial<Gap> = {}): Gap {
  return { gap: 1, cause: "disconnect", from_ms: 0, to_ms: 9, asked_to_ms: null, ticker: null, state: "open", background: false, recovered: 0, ...fields };
}

it("a gap tells why in plain words, and of which market", () => {
  expect(causeWords(gap())).toBe("Connection lost");
  expect(causeWords(gap({ cause: "some_new\u202eword" }))).toBe("some newword");
  expect(causeWords(gap({ cause: "backfill", ticker: "KX-A" }))).toBe("Asked for: KX-A");
  expect(gapState(gap({ state: "healing" }))).toBe("being fetched");
});

describe("auditedHours", () => {
  const counts = { ours: 0, exchange: 0, missing: 0, extra: 0 };
  const hour = (from_ms: number, audited_ms: number) => ({ from_ms, audited_ms, ...counts });

  it("leaves out what was not compared: no trades there is another thing", () => {
    expect(auditedHours([hour(3, 1_500_000), hour(2, 3_600_000), hour(1, 0), { from_ms: 0, ...counts }])).toEqual([
      { hour: hour(3, 1_500_000), part: "25 min" },
      { hour: hour(2, 3_600_000), part: "" },
      { hour: { from_ms: 0, ...counts }, part: "" },
    ]);
  });
});
