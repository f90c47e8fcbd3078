// What a chart needs of one market over one range, asked for at once.

import type { Candle, Hole } from "../lib/market";
import type { Trade } from "../lib/messages";
import { ask, type Answer } from "./ask";
import {
  centsOf,
  planFor,
  seriesOfCandles,
  seriesOfPrints,
  type Plan,
  NO_QUOTES,
  type Quote,
  type Quotes,
  type Range,
  type Series,
  type Span,
} from "./chart-data";
import { MARKED_MAX, marksOf, readWhales, type Mark, type Whales } from "./whale-marks";

/** Prints of a short range are fetched so far; a busier one is drawn of candles. */
const PRINT_PAGES_MAX = 4;
const PAGE = 500;
/** Quotes are kept once a second at most: an hour of them, or the newest of a longer range. */
const QUOTE_PAGES_MAX = 4;
const QUOTES_A_PAGE = 1_000;
const SPANS_MAX = 400;

export interface Chart {
  readonly series: Series;
  /** Null where the server cannot tell: none are marked, then, rather than some. */
  readonly whales: Whales | null;
  readonly marks: readonly Mark[];
  /** The best prices of the book, as far as they are known in the range. */
  readonly quotes: Quotes;
  /** Of which trades may be missing. */
  readonly gaps: readonly Hole[];
  /** Later trades are not in it yet. */
  readonly seq: number;
}

/** Returns the chart, or null when its candles cannot be had. `before` is the one shown
 * until now, of the same market and range: its quotes are not asked for again. */
export async function loadChart(
  ticker: string,
  range: Range,
  nowMs: number,
  sinceMs: number | null,
  before: Chart | null,
  signal: AbortSignal,
): Promise<Chart | null> {
  const plan = planFor(range, nowMs, sinceMs);
  const market = `/api/markets/${encodeURIComponent(ticker)}`;
  const span = `from=${plan.fromMs}&to=${plan.toMs}`;
  const [candles, whales, quotes, earlier, prints] = await Promise.all([
    ask(`${market}/candles?interval=${plan.interval}&${span}&limit=${PAGE}`, readCandles, signal),
    ask(`${market}/trades?sort=largest&${span}&limit=${MARKED_MAX}`, (answer) => readWhales(answer, plan.fromMs), signal),
    quotesOf(`/api/v1${market.slice(4)}/snapshots`, plan, before?.quotes ?? NO_QUOTES, signal),
    ask(`${market}/trades?to=${plan.fromMs}&limit=1`, readTrades, signal),
    plan.printStepMs === null ? null : allPrints(`${market}/trades?${span}&limit=${PAGE}`, signal),
  ]);
  const told = given(candles);
  if (!told) return null;
  const held = centsOf(given(earlier)?.trades[0]?.yes_price_dollars);
  const series = makeSeries(told.candles, prints, plan, nowMs, held);
  series.addQuotes(quotes);
  const seq = prints ? Math.max(0, ...prints.map((trade) => trade.seq)) : told.seq;
  const ranked = given(whales) ?? before?.whales ?? null;
  return { series, whales: ranked, marks: ranked ? marksOf(ranked, series) : [], quotes, gaps: told.gaps, seq };
}

function makeSeries(candles: readonly Candle[], prints: readonly Trade[] | null, plan: Plan, nowMs: number, before: number | null): Series {
  // Steps are shorter than a candle: those of it that are still to come are not drawn.
  if (prints && plan.printStepMs !== null) return seriesOfPrints(prints, { ...plan, toMs: nowMs + 1 }, plan.printStepMs, before);
  return seriesOfCandles(candles, plan, before);
}

/** Every print of a span, newest first; null where they are too many, or not to be had. */
async function allPrints(path: string, signal: AbortSignal): Promise<readonly Trade[] | null> {
  const { found, whole } = await paged(path, PRINT_PAGES_MAX, readPrintPage, signal);
  return whole ? found : null;
}

/** The quotes of a range that can be had: what is known, and what is newer. */
async function quotesOf(path: string, plan: Plan, known: Quotes, signal: AbortSignal): Promise<Quotes> {
  const last = known.quotes.at(-1);
  const fromMs = Math.max(plan.fromMs, last ? last.ts_ms + 1 : 0);
  const asked = `${path}?from=${fromMs}&to=${plan.toMs}&limit=${QUOTES_A_PAGE}`;
  const spans: Span[] = [];
  const readPage = (value: unknown): Page<Quote> | null => {
    const answer = value as { snapshots?: unknown; cursor?: unknown; covered?: unknown } | null;
    if (!Array.isArray(answer?.snapshots)) return null;
    if (Array.isArray(answer.covered)) spans.push(...(answer.covered as Span[]));
    return { rows: answer.snapshots as Quote[], cursor: typeof answer.cursor === "string" ? answer.cursor : "" };
  };
  const { found, whole } = await paged(asked, QUOTE_PAGES_MAX, readPage, signal);
  // With a hole between them, what is known would be held too long.
  const kept = whole ? known : NO_QUOTES;
  return {
    quotes: [...kept.quotes.filter((quote) => quote.ts_ms >= plan.fromMs), ...found.toSorted((a, b) => a.ts_ms - b.ts_ms)],
    covered: [...kept.covered, ...spans].filter((span) => span.to_ms > plan.fromMs).slice(-SPANS_MAX),
  };
}

interface Page<T> {
  readonly rows: readonly T[];
  readonly cursor: string;
}

/** Asks page by page, `most` of them; `whole`: there are no further ones. */
async function paged<T>(path: string, most: number, read: (value: unknown) => Page<T> | null, signal: AbortSignal) {
  const found: T[] = [];
  let cursor = "";
  for (let page = 0; page < most; page += 1) {
    const answer = given(await ask(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path, read, signal));
    if (!answer) return { found, whole: false };
    found.push(...answer.rows);
    cursor = answer.cursor;
    if (!cursor) return { found, whole: true };
  }
  return { found, whole: false };
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

function readPrintPage(value: unknown): Page<Trade> | null {
  const answer = readTrades(value);
  return answer && { rows: answer.trades, cursor: answer.cursor };
}

function given<T>(answer: Answer<T>): T | null {
  return answer === "unknown" || answer === "failed" ? null : answer;
}
