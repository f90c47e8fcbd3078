// Candles, prints and quotes -> what a chart draws: one bucket for each step of time, so
// that the axis runs as time does, however few trades there were. Pure.

import { parseFixed } from "../lib/format";
import type { Candle, Hole } from "../lib/market";
import type { Trade } from "../lib/messages";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const RANGES = ["15m", "1h", "6h", "1d", "7d", "all"] as const;
export type Range = (typeof RANGES)[number];

/** How a range is asked for and drawn. */
export interface Plan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the candles. */
  readonly interval: "1m" | "5m" | "1h" | "1d";
  readonly intervalMs: number;
  /** Where the prints of the range are few enough: drawn by so much; null: candles alone. */
  readonly printStepMs: number | null;
}

/** Of one step of time. */
export interface Bucket {
  readonly ms: number;
  /** Last YES price in cents; null before the first that is known, and in a gap. */
  price: number | null;
  /** Contracts. */
  volume: number;
  /** Contracts of YES takers less those of NO takers, up to here. */
  flow: number;
  /** Best prices of the book in cents at the step's end; null where none is known. */
  bid: number | null;
  ask: number | null;
}

/** The best prices of a book at a moment, as the server kept them. */
export interface Quote {
  readonly ts_ms: number;
  readonly yes_bid_dollars: string | null;
  readonly yes_ask_dollars: string | null;
}

export interface Span {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** Quotes, oldest first, and when the server heard of every change of the book. */
export interface Quotes {
  readonly quotes: readonly Quote[];
  readonly covered: readonly Span[];
}

export const NO_QUOTES: Quotes = { quotes: [], covered: [] };

const SPANS_MS: Record<Exclude<Range, "all">, number> = {
  "15m": 15 * MINUTE_MS,
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "1d": DAY_MS,
  "7d": 7 * DAY_MS,
};
const BUCKETS_MAX = 480;
const FIRST_MS = 5 * DAY_MS;

/** Returns how to ask for `range`; `sinceMs` is when the tape, or the market, begins. */
export function planFor(range: Range, nowMs: number, sinceMs: number | null): Plan {
  const spanMs = range === "all" ? Math.max(HOUR_MS, nowMs - (sinceMs ?? nowMs - FIRST_MS)) : SPANS_MS[range];
  const [interval, intervalMs] =
    spanMs <= 6 * HOUR_MS
      ? (["1m", MINUTE_MS] as const)
      : spanMs <= 36 * HOUR_MS
        ? (["5m", 5 * MINUTE_MS] as const)
        : spanMs <= BUCKETS_MAX * HOUR_MS
          ? (["1h", HOUR_MS] as const)
          : (["1d", DAY_MS] as const);
  const toMs = (Math.floor(nowMs / intervalMs) + 1) * intervalMs;
  const steps = Math.min(BUCKETS_MAX, Math.ceil(spanMs / intervalMs));
  const printStepMs = range === "15m" ? 5 * SECOND_MS : range === "1h" ? 15 * SECOND_MS : null;
  return { fromMs: toMs - steps * intervalMs, toMs, interval, intervalMs, printStepMs };
}

/** A chart's steps from first to last, kept up as prints come. */
export class Series {
  readonly buckets: Bucket[] = [];
  readonly stepMs: number;
  #pricedMs = -Infinity;

  /** `price` is what held before the first bucket, in cents. */
  constructor(fromMs: number, toMs: number, stepMs: number, price: number | null = null) {
    this.stepMs = stepMs;
    for (let ms = Math.floor(fromMs / stepMs) * stepMs; ms < toMs; ms += stepMs) {
      this.buckets.push({ ms, price, volume: 0, flow: 0, bid: null, ask: null });
    }
  }

  get fromMs(): number {
    return this.buckets[0]?.ms ?? 0;
  }

  get toMs(): number {
    return (this.buckets.at(-1)?.ms ?? 0) + this.stepMs;
  }

  /** Goes on to `nowMs`: the last price holds, nothing is traded. Returns how many steps. */
  grow(nowMs: number): number {
    let grown = 0;
    while (this.buckets.length && this.toMs <= nowMs && grown < BUCKETS_MAX) {
      const last = this.buckets.at(-1);
      if (last) this.buckets.push({ ...last, ms: this.toMs, volume: 0 });
      grown += 1;
    }
    if (this.buckets.length > 2 * BUCKETS_MAX) this.buckets.splice(0, BUCKETS_MAX);
    return grown;
  }

  /** Puts in what was traded at `ms`; returns the first step that changed, null for none.
   * The price of one that comes late moves no line: a later one holds already. */
  add(ms: number, cents: number | null, volume: number, net: number): number | null {
    const first = Math.floor((ms - this.fromMs) / this.stepMs);
    const bucket = this.buckets[first];
    if (first < 0 || !bucket) return null;
    const newest = cents !== null && ms >= this.#pricedMs;
    if (newest) this.#pricedMs = ms;
    bucket.volume += volume;
    for (let index = first; index < this.buckets.length; index += 1) {
      const each = this.buckets[index];
      if (!each) break;
      each.flow += net;
      if (newest) each.price = cents;
    }
    return first;
  }

  /** Puts in the book's best prices: each holds until the next one, but not where the
   * server heard of none: what the book was there, nobody knows. */
  addQuotes({ quotes, covered }: Quotes): void {
    let next = 0;
    let held: Quote | undefined;
    for (const bucket of this.buckets) {
      const endMs = bucket.ms + this.stepMs;
      for (let quote = quotes[next]; quote && quote.ts_ms < endMs; quote = quotes[(next += 1)]) held = quote;
      const known = held && (held.ts_ms >= bucket.ms || covered.some((span) => span.from_ms < endMs && span.to_ms > bucket.ms));
      bucket.bid = known ? centsOf(held?.yes_bid_dollars) : null;
      bucket.ask = known ? centsOf(held?.yes_ask_dollars) : null;
    }
  }

  addPrint(trade: Trade): number | null {
    const contracts = fixed(trade.count_fp);
    const net = trade.taker_outcome_side === "yes" ? contracts : -contracts;
    return this.add(trade.ts_ms, centsOf(trade.yes_price_dollars), contracts, net);
  }
}

/** Of candles, oldest first; `before` is the price until the first, in cents. */
export function seriesOfCandles(candles: readonly Candle[], plan: Plan, before: number | null = null): Series {
  const series = new Series(plan.fromMs, plan.toMs, plan.intervalMs, before);
  for (const candle of candles) {
    series.add(candle.ts_ms, centsOf(candle.close_dollars), fixed(candle.volume_fp), fixed(candle.net_flow_fp));
  }
  return series;
}

/** Of prints, newest first, from `plan.fromMs` on; `before` is the price until the first. */
export function seriesOfPrints(prints: readonly Trade[], plan: Plan, stepMs: number, before: number | null): Series {
  const series = new Series(plan.fromMs, plan.toMs, stepMs, before);
  for (const trade of prints.toReversed()) series.addPrint(trade);
  return series;
}

/** The spans of `gaps` that the chart shows; one without an end reaches to its end. */
export function shades(gaps: readonly Hole[], fromMs: number, toMs: number): { fromMs: number; toMs: number }[] {
  return gaps
    .map((gap) => ({ fromMs: Math.max(fromMs, gap.from_ms), toMs: Math.min(toMs, gap.to_ms ?? toMs) }))
    .filter((gap) => gap.fromMs < gap.toMs);
}

/** A price line's range in cents: at least five, inside of 0 to 100. */
export function priceRange(low: number, high: number): { from: number; to: number } {
  const missing = Math.max(0, 5 - (high - low));
  let from = low - missing / 2;
  let to = high + missing / 2;
  if (from < 0) [from, to] = [0, to - from];
  if (to > 100) [from, to] = [Math.max(0, from - (to - 100)), 100];
  return { from, to };
}

/** One sentence for those who do not see the chart. */
export function summary(series: Series, whales: { readonly count: number; readonly more: boolean } | null, range: string): string {
  const priced = series.buckets.filter((bucket) => bucket.price !== null);
  const first = priced[0]?.price ?? null;
  const last = priced.at(-1)?.price ?? null;
  if (first === null || last === null) return `No trades in ${range}.`;
  const prices = priced.map((bucket) => bucket.price ?? 0);
  const start = series.buckets[0]?.flow ?? 0;
  const net = Math.round((series.buckets.at(-1)?.flow ?? 0) - start);
  const flow = net === 0 ? "even" : `${Math.abs(net).toLocaleString("en-US")} contracts to ${net > 0 ? "YES" : "NO"}`;
  const counted = whales && `; ${whales.more ? "over " : ""}${whales.count.toLocaleString("en-US")} whale ${whales.count === 1 ? "print" : "prints"}`;
  return (
    `YES price over ${range}: from ${short(first)} to ${short(last)} cents, ` +
    `lowest ${short(Math.min(...prices))}, highest ${short(Math.max(...prices))}; net flow ${flow}${counted ?? ""}.`
  );
}

/** Of a price string, in cents; null where it is none. */
export function centsOf(dollars: string | null | undefined): number | null {
  const e4 = parseFixed(dollars, 4);
  return e4 === null ? null : Number(e4) / 100;
}

function fixed(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
}

function short(cents: number): string {
  return String(Math.round(cents * 100) / 100);
}
