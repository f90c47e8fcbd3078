import { expect, it } from "vitest";
import type { Gap } from "./coverage";
import type { Trade } from "./messages";
import { tapeMarks } from "./tape-marks";

const print = (seq: number, ts_ms: number): Trade => ({ seq, ts_ms }) as Trade;
const PRINTS = [print(4, 9_000), print(3, 6_000), print(2, 5_000), print(1, 1_000)];

function marks(fields: Partial<Gap>): [number, { ms: number; closed: boolean }][] {
  const gap: Gap = { gap: 1, cause: "disconnect", from_ms: 4_000, to_ms: 7_000, asked_to_ms: null, ticker: null, state: "closed", background: false, recovered: 2, ...fields };
  return [...tapeMarks(PRINTS, [gap])];
}

it("a gap stands above what is older than its end", () => {
  expect(marks({})).toMatchObject([[3, { ms: 3_000, closed: true }]]);
  expect(marks({ asked_to_ms: 9_000, state: "open" })).toMatchObject([[3, { ms: 5_000, closed: false }]]);
  expect(marks({ to_ms: 6_000 })).toMatchObject([[2, { ms: 2_000 }]]);
});

it("what lies beside the tape shown, is one market's or held nothing is not marked", () => {
  for (const fields of [{ to_ms: 9_001 }, { from_ms: 0, to_ms: 1_000 }, { ticker: "KXA" }, { recovered: 0 }]) expect(marks(fields)).toEqual([]);
  expect(tapeMarks([], [])).toEqual(new Map());
});
