// Whale prints -> the marks of a chart: one at most for each side of each slot of time, as
// large as its dollars, so that they never crowd the price they stand beside. Pure.

import type { Trade } from "../lib/messages";
import { centsOf, type Series } from "./chart-data";

/** Prints that a chart marks at most: the largest of its range. */
export const MARKED_MAX = 60;
/** Slots across a chart: with more, neighbours would cover each other. */
const SLOTS = 48;
const THOUSANDFOLD_LOG10 = 3;

/** What takers of one side paid in whale prints of one slot. */
export interface Mark {
  /** The step of the largest of its prints. */
  readonly ms: number;
  readonly side: "yes" | "no";
  /** YES price of the largest. */
  readonly cents: number;
  /** Together. */
  readonly dollars: number;
  readonly prints: number;
  /** Its slot. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The whale prints of a span. */
export interface Whales {
  /** The largest, largest first; `MARKED_MAX` at most. */
  readonly largest: readonly Trade[];
  /** How many there are in all; with `more` that is the least. */
  readonly count: number;
  readonly more: boolean;
  /** The least that one has. */
  readonly leastDollars: number;
}

/** Returns the whale prints in an answer to `sort=largest` from `fromMs` on; null when it is
 * none. Of a span that holds too many the server looks at the newest. */
export function readWhales(value: unknown, fromMs: number): Whales | null {
  const answer = value as { trades?: unknown; total?: unknown; threshold_dollars?: unknown; from_ms?: unknown } | null;
  const { trades, total, threshold_dollars: least, from_ms: reachedMs } = answer ?? {};
  if (!Array.isArray(trades) || typeof total !== "number" || typeof reachedMs !== "number") return null;
  return { largest: ranked(trades as Trade[]), count: total, more: reachedMs > fromMs, leastDollars: Number(least) || 0 };
}

/** With prints that came since, each once. */
export function withFresh(whales: Whales, fresh: readonly Trade[]): Whales {
  const known = new Set(whales.largest.map((trade) => trade.trade_id));
  const added = fresh.filter((trade) => paid(trade) >= whales.leastDollars && !known.has(trade.trade_id));
  if (!added.length) return whales;
  return { ...whales, largest: ranked([...whales.largest, ...added]), count: whales.count + added.length };
}

/** Marks for what a chart has steps for, oldest first. */
export function marksOf(whales: Whales, series: Series): Mark[] {
  const slotMs = Math.max(series.stepMs, Math.ceil((series.toMs - series.fromMs) / SLOTS / series.stepMs) * series.stepMs);
  const marks = new Map<string, Mark>();
  // Largest first: the first of a slot is the one whose place and price it takes.
  for (const trade of whales.largest) {
    if (trade.ts_ms < series.fromMs || trade.ts_ms >= series.toMs) continue;
    const side = trade.taker_outcome_side === "yes" ? "yes" : "no";
    const fromMs = Math.floor(trade.ts_ms / slotMs) * slotMs;
    const key = `${side} ${fromMs}`;
    const before = marks.get(key);
    marks.set(key, {
      ms: before?.ms ?? Math.floor(trade.ts_ms / series.stepMs) * series.stepMs,
      side,
      cents: before?.cents ?? centsOf(trade.yes_price_dollars) ?? 0,
      dollars: (before?.dollars ?? 0) + paid(trade),
      prints: (before?.prints ?? 0) + 1,
      fromMs,
      toMs: fromMs + slotMs,
    });
  }
  return [...marks.values()].sort((a, b) => a.ms - b.ms);
}

/** "2 NO whales $9.40k" of the marks of the slot that `ms` is in; "" for none. */
export function markWords(marks: readonly Mark[], ms: number, money: (dollars: number) => string): string {
  return marks
    .filter((mark) => mark.fromMs <= ms && ms < mark.toMs)
    .map((mark) => `${mark.prints} ${mark.side.toUpperCase()} ${mark.prints === 1 ? "whale" : "whales"} ${money(mark.dollars)}`)
    .join(", ");
}

/** How large a mark is drawn: 1 for the least whale, 3 for a thousand of them. */
export function markSize(dollars: number, leastDollars: number): number {
  const times = Math.log10(dollars / Math.max(1, leastDollars));
  return 1 + (2 / THOUSANDFOLD_LOG10) * Math.min(THOUSANDFOLD_LOG10, Math.max(0, times));
}

/** "60 largest of 312 whales, ≥ $1k". */
export function markedWords({ largest, count, more, leastDollars }: Whales, money: (dollars: number) => string): string {
  const least = money(leastDollars);
  const all = `${more ? "over " : ""}${count.toLocaleString("en-US")}`;
  if (largest.length < count) return `${largest.length} largest of ${all} whales, ≥ ${least}`;
  if (count === 0) return `no whales, ≥ ${least}`;
  return count === 1 ? `1 whale, ≥ ${least}` : `${all} whales, ≥ ${least}`;
}

function ranked(prints: readonly Trade[]): Trade[] {
  return prints.toSorted((a, b) => paid(b) - paid(a) || a.ts_ms - b.ts_ms).slice(0, MARKED_MAX);
}

function paid(trade: Trade): number {
  const dollars = Number(trade.notional_dollars);
  return Number.isFinite(dollars) ? dollars : 0;
}
