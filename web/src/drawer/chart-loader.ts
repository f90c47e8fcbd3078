// What a chart needs of one market over one range, asked for at once.

import type { Candle, Hole } from "../lib/market";
import type { Trade } from "../lib/messages";
import { ask, type Answer } from "./ask";
import {
  centsOf,
  marksOf,
  planFor,
  seriesOfCandles,
  seriesOfPrints,
  type Mark,
  type Plan,
  type Quote,
  type Range,
  type Series,
} from "./chart-data";

/** Prints of a short range are fetched so far; a busier one is drawn of candles. */
const PRINT_PAGES_MAX = 4;
const PAGE = 500;
export const MARKS_MAX = 60;
const WHALE_DOLLARS = 1_000;

export interface Chart {
  readonly series: Series;
  readonly marks: readonly Mark[];
  /** Of which trades may be missing. */
  readonly gaps: readonly Hole[];
  /** Later trades are not in it yet. */
  readonly seq: number;
  /** Least dollars of a mark. */
  readonly whaleDollars: number;
}

/** Returns the chart, or null when its candles cannot be had. */
export async function loadChart(
  ticker: string,
  range: Range,
  nowMs: number,
  sinceMs: number | null,
  signal: AbortSignal,
): Promise<Chart | null> {
  const plan = planFor(range, nowMs, sinceMs);
  const market = `/api/markets/${encodeURIComponent(ticker)}`;
  const span = `from=${plan.fromMs}&to=${plan.toMs}`;
  const whaleDollars = given(await ask("/api/config", readWhaleDollars, signal)) ?? WHALE_DOLLARS;
  const [candles, whales, quotes, before, prints] = await Promise.all([
    ask(`${market}/candles?interval=${plan.interval}&${span}&limit=${PAGE}`, readCandles, signal),
    ask(`${market}/trades?${span}&min_notional=${whaleDollars}&limit=200`, readTrades, signal),
    ask(`/api/v1${market.slice(4)}/snapshots?${span}&limit=${PAGE}`, readQuotes, signal),
    ask(`${market}/trades?to=${plan.fromMs}&limit=1`, readTrades, signal),
    plan.printStepMs === null ? null : allPrints(`${market}/trades?${span}&limit=${PAGE}`, signal),
  ]);
  const told = given(candles);
  if (!told) return null;
  const held = centsOf(given(before)?.trades[0]?.yes_price_dollars);
  const series = makeSeries(told.candles, prints, plan, held);
  for (const quote of given(quotes) ?? []) {
    series.addQuote(quote.ts_ms, centsOf(quote.yes_bid_dollars), centsOf(quote.yes_ask_dollars));
  }
  const seq = prints ? Math.max(0, ...prints.map((trade) => trade.seq)) : told.seq;
  const marks = marksOf(given(whales)?.trades ?? [], series, whaleDollars, MARKS_MAX);
  return { series, marks, gaps: told.gaps, seq, whaleDollars };
}

function makeSeries(candles: readonly Candle[], prints: readonly Trade[] | null, plan: Plan, before: number | null): Series {
  if (prints && plan.printStepMs !== null) return seriesOfPrints(prints, plan, plan.printStepMs, before);
  return seriesOfCandles(candles, plan, before);
}

/** Every print of a span, newest first; null where they are too many, or not to be had. */
async function allPrints(path: string, signal: AbortSignal): Promise<readonly Trade[] | null> {
  const found: Trade[] = [];
  let cursor = "";
  for (let page = 0; page < PRINT_PAGES_MAX; page += 1) {
    const asked = cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path;
    const answer = given(await ask(asked, readTrades, signal));
    if (!answer) return null;
    found.push(...answer.trades);
    cursor = answer.cursor;
    if (!cursor) return found;
  }
  return null;
}

interface Trades {
  readonly trades: readonly Trade[];
  readonly cursor: string;
}

interface Candles {
  readonly candles: readonly Candle[];
  readonly gaps: readonly Hole[];
  readonly seq: number;
}

function readTrades(value: unknown): Trades | null {
  return Array.isArray((value as Trades | null)?.trades) ? (value as Trades) : null;
}

function readCandles(value: unknown): Candles | null {
  const answer = value as Candles | null;
  return Array.isArray(answer?.candles) && Array.isArray(answer.gaps) ? answer : null;
}

/** Oldest first, whichever way the server lists them. */
function readQuotes(value: unknown): Quote[] | null {
  const quotes = (value as { snapshots?: unknown } | null)?.snapshots;
  return Array.isArray(quotes) ? (quotes as Quote[]).toSorted((a, b) => a.ts_ms - b.ts_ms) : null;
}

function readWhaleDollars(value: unknown): number | null {
  const dollars = Number((value as { whale_dollars?: unknown } | null)?.whale_dollars);
  return Number.isFinite(dollars) && dollars > 0 ? dollars : null;
}

function given<T>(answer: Answer<T>): T | null {
  return answer === "unknown" || answer === "failed" ? null : answer;
}
