// Where a gap lies in the tape. Pure.

import type { Gap } from "./coverage";
import type { Trade } from "./messages";

/** A gap as the tape marks it. */
export interface TapeMark {
  readonly gap: number;
  readonly ms: number;
  readonly recovered: number;
  readonly closed: boolean;
}

/** Returns the gaps in which trades were, or may still be, missing and that lie among `trades` (newest first), each by the `seq` of the print
 * that it stands above: the first one that is older than the gap's end. */
export function tapeMarks(trades: readonly Trade[], gaps: readonly Gap[]): Map<number, TapeMark> {
  const marks = new Map<number, TapeMark>();
  const newest = trades[0];
  for (const { gap, from_ms, to_ms, asked_to_ms, ticker, state, recovered } of newest ? gaps : []) {
    const endMs = asked_to_ms ?? to_ms ?? from_ms;
    const below = endMs <= (newest?.ts_ms ?? 0) && ticker === null && (recovered > 0 || state !== "closed") && trades.find((trade) => trade.ts_ms < endMs);
    if (below) marks.set(below.seq, { gap, ms: endMs - from_ms, recovered, closed: state === "closed" });
  }
  return marks;
}
