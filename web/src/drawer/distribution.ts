// A ladder's implied distribution -> bars: how likely the number falls between two strikes.
// Pure.

import { parseFixed } from "../lib/format";
import type { Implied } from "../lib/market";

/** A strike that falls short of a whole number by so little means that number. */
const ALMOST = 0.0101;

export interface Bar {
  /** The strikes around it; null: open at that end. */
  readonly low: number | null;
  readonly high: number | null;
  /** 0 to 1. */
  readonly mass: number;
}

/** Returns the bars of a distribution, from the lowest; none where too little is known. */
export function barsOf(implied: Implied | null): Bar[] {
  const points = (implied?.points ?? []).map(({ strike, above_probability: above }) => ({
    strike,
    above: Number(parseFixed(above, 4) ?? 0n) / 10_000,
  }));
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return [];
  const bars: Bar[] = [{ low: null, high: first.strike, mass: rounded(1 - first.above) }];
  points.slice(1).forEach((point, index) => {
    const under = points[index];
    if (under) bars.push({ low: under.strike, high: point.strike, mass: rounded(Math.max(0, under.above - point.above)) });
  });
  bars.push({ low: last.strike, high: null, mass: rounded(last.above) });
  // An end that nothing can fall beyond is no bar: ladders of buckets have closed ends.
  return bars.filter((bar, index) => (index > 0 && index < bars.length - 1) || bar.mass > 0);
}

/** Mass at an earlier moment, bar by bar; null where the strikes were others. */
export function matched(bars: readonly Bar[], before: readonly Bar[]): (number | null)[] {
  return bars.map((bar) => before.find((each) => each.low === bar.low && each.high === bar.high)?.mass ?? null);
}

/** Where a value stands among the bars, from 0 to 1 of their width; null: in none. */
export function placeOf(value: number | null, bars: readonly Bar[]): number | null {
  if (value === null) return null;
  const index = bars.findIndex((bar) => (bar.low === null || value >= bar.low) && (bar.high === null || value < bar.high));
  const bar = bars[index];
  if (!bar) return null;
  const inside = bar.low === null || bar.high === null ? 0.5 : (value - bar.low) / (bar.high - bar.low);
  return (index + inside) / bars.length;
}

/** "≤ 97k", "97k to 98k", "> 98k". */
export function barName(bar: Bar): string {
  if (bar.low === null) return `\u2264 ${strikeText(bar.high ?? 0)}`;
  return bar.high === null ? `> ${strikeText(bar.low)}` : `${strikeText(bar.low)} to ${strikeText(bar.high)}`;
}

/** What stands below a bar: where it begins; its neighbour says where it ends. */
export function edgeName(bar: Bar): string {
  return bar.low === null ? barName(bar) : strikeText(bar.low);
}

/** A strike as short as it can be: "98k", "3.75", "6,875". The exchange writes "6,875 or
 * above" as above 6,874.9999: such a strike is named by what it means. */
export function strikeText(strike: number): string {
  const near = Math.ceil(strike);
  const meant = near - strike <= ALMOST ? near : strike;
  const thousands = meant / 1000;
  if (Math.abs(meant) >= 10_000 && Number.isInteger(thousands * 10)) return `${numberText(thousands, 1)}k`;
  return numberText(meant, 6);
}

/** A median with as many digits as its strikes tell. */
export function medianText(median: number, bars: readonly Bar[]): string {
  const edges = bars.flatMap((bar) => (bar.low === null || bar.high === null ? [] : [bar.high - bar.low]));
  const step = Math.min(...edges, Math.abs(median) || 1);
  const digits = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(step))));
  return numberText(median, digits);
}

/** One sentence for those who do not see the bars. */
export function distributionWords(implied: Implied | null, before: Implied | null, window: string): string {
  const bars = barsOf(implied);
  if (!bars.length) return "Too few prices are known to tell a distribution.";
  const most = bars.reduce((a, b) => (b.mass > a.mass ? b : a));
  const likeliest = `Likeliest: ${barName(most)}, ${Math.round(most.mass * 100)} %.`;
  if (implied?.median == null) return likeliest;
  const now = `Median ${medianText(implied.median, bars)}`;
  if (before?.median == null) return `${now}. ${likeliest}`;
  const then = medianText(before.median, bars);
  const moved = then === medianText(implied.median, bars) ? `as ${window} ago` : `${then} ${window} ago`;
  return `${now}, ${moved}. ${likeliest}`;
}

function numberText(value: number, digits: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: digits }).replace("-", "\u2212");
}

function rounded(mass: number): number {
  return Math.round(mass * 10_000) / 10_000;
}
