// What an event's chart asks for: the candles of a few markets at once, those of a ladder's
// others after them, two at a time.

import { readMarketPage, type Candle, type EventMember, type EventPage, type Hole } from "../lib/market";
import { ask } from "./ask";
import { centsOf, planFor, type Plan, type Range } from "./chart-data";
import { EventHistory, type MemberTape } from "./event-history";

/** Of a ladder with more markets, the median is not told: it would be of some alone. */
export const LADDER_MAX = 30;
const CANDLES_MAX = 500;
const AT_ONCE = 2;

export interface EventChart {
  readonly plan: Plan;
  readonly history: EventHistory;
  /** The markets that have a line. */
  readonly lines: readonly string[];
  /** Of which trades may be missing. */
  readonly gaps: readonly Hole[];
  /** Whether all of a ladder's prices are in it, so that its median may be told. */
  readonly isWhole: boolean;
}

interface Tape extends MemberTape {
  readonly gaps: readonly Hole[];
}

/** Returns the chart of some markets of an event; null when their candles cannot be had. */
export async function loadEventChart(
  page: EventPage,
  lines: readonly string[],
  range: Range,
  nowMs: number,
  signal: AbortSignal,
): Promise<EventChart | null> {
  const since = range === "all" ? await sinceOf(lines[0], signal) : null;
  const plan = planFor(range, nowMs, since);
  const members = page.markets.filter((member) => lines.includes(member.market_ticker));
  const tapes = await tapesOf(members, plan, members.length, signal);
  if (!tapes) return null;
  const history = new EventHistory(plan.fromMs, plan.toMs, plan.intervalMs, page.markets);
  for (const tape of tapes) history.add(tape);
  const isWhole = page.event.kind === "ladder" && page.markets.length === members.length;
  return { plan, history, lines, gaps: gapsOf(tapes), isWhole };
}

/** Returns the same chart with the ladder's other markets; null where they cannot be had. */
export async function withOthers(chart: EventChart, page: EventPage, signal: AbortSignal): Promise<EventChart | null> {
  if (page.event.kind !== "ladder" || page.markets.length > LADDER_MAX) return null;
  const others = page.markets.filter((member) => !chart.lines.includes(member.market_ticker));
  const tapes = await tapesOf(others, chart.plan, AT_ONCE, signal);
  if (!tapes) return null;
  for (const tape of tapes) chart.history.add(tape);
  return { ...chart, gaps: gapsOf([{ gaps: chart.gaps }, ...tapes]), isWhole: true };
}

/** Asks for some markets, `atOnce` at a time; null where one of them cannot be had. */
async function tapesOf(members: readonly EventMember[], plan: Plan, atOnce: number, signal: AbortSignal): Promise<Tape[] | null> {
  const tapes: Tape[] = [];
  for (let from = 0; from < members.length; from += atOnce) {
    const found = await Promise.all(members.slice(from, from + atOnce).map((member) => tapeOf(member, plan, signal)));
    for (const tape of found) {
      if (!tape) return null;
      tapes.push(tape);
    }
  }
  return tapes;
}

async function tapeOf(member: EventMember, plan: Plan, signal: AbortSignal): Promise<Tape | null> {
  const ticker = member.market_ticker;
  const lastMs = member.last_trade_ts_ms;
  // Not traded in the range: what it was worth is known, and nobody need be asked.
  if (lastMs === null || lastMs < plan.fromMs) return { ticker, before: centsOf(member.yes_price_dollars), candles: [], gaps: [] };
  const market = `/api/markets/${encodeURIComponent(ticker)}`;
  const span = `from=${plan.fromMs}&to=${plan.toMs}&limit=${CANDLES_MAX}`;
  const told = await ask(`${market}/candles?interval=${plan.interval}&${span}`, readCandles, signal);
  if (told === "unknown" || told === "failed") return null;
  const isFirstKnown = (told.candles[0]?.ts_ms ?? Infinity) <= plan.fromMs;
  const earlier = isFirstKnown ? null : await ask(`${market}/trades?to=${plan.fromMs}&limit=1`, readLast, signal);
  const before = earlier === "unknown" || earlier === "failed" ? null : (earlier?.cents ?? null);
  return { ticker, before, ...told };
}

/** When the tape of a market begins; null where it is not told. */
async function sinceOf(ticker: string | undefined, signal: AbortSignal): Promise<number | null> {
  if (ticker === undefined) return null;
  const told = await ask(`/api/markets/${encodeURIComponent(ticker)}`, readMarketPage, signal);
  return told === "unknown" || told === "failed" ? null : told.since_ms;
}

/** The gaps of all, those that overlap as one: answers a moment apart tell of the same one
 * with other ends. */
export function gapsOf(tapes: readonly { readonly gaps: readonly Hole[] }[]): Hole[] {
  const merged: Hole[] = [];
  for (const gap of tapes.flatMap((tape) => tape.gaps).toSorted((a, b) => a.from_ms - b.from_ms)) {
    const last = merged.at(-1);
    if (last && (last.to_ms === null || gap.from_ms <= last.to_ms)) {
      merged[merged.length - 1] = { ...last, to_ms: last.to_ms === null || gap.to_ms === null ? null : Math.max(last.to_ms, gap.to_ms) };
    } else merged.push(gap);
  }
  return merged;
}

function readCandles(value: unknown): { candles: readonly Candle[]; gaps: readonly Hole[] } | null {
  const answer = value as { candles?: unknown; gaps?: unknown } | null;
  if (!Array.isArray(answer?.candles) || !Array.isArray(answer.gaps)) return null;
  return { candles: answer.candles as Candle[], gaps: answer.gaps as Hole[] };
}

function readLast(value: unknown): { cents: number | null } | null {
  const trades = (value as { trades?: unknown } | null)?.trades;
  if (!Array.isArray(trades)) return null;
  return { cents: centsOf((trades[0] as { yes_price_dollars?: string } | undefined)?.yes_price_dollars) };
}
