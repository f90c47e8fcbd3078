// The board as the stream tells it: a pure function from a board and a frame to the
// next board. Reading rule of /ws/stream: keep rows by ticker, apply absolute values,
// drop `left`, sort by the subscription's sort; then a board made of deltas equals a
// fresh snapshot. A page that resumes goes on with the board that it has.

import { fixedText, parseFixed } from "./format";
import { labelOf, type Named } from "./groups";
import type { Delta, EventRow, Feed, Frame, HotRow, Snapshot, SortName, Stats, Trade, WindowName } from "./messages";

export const TRADES_MAX = 200;
export const WHALES_MAX = 50;
const LABELS_MAX = 2000;

export interface Board {
  readonly epoch: string;
  readonly offset: number;
  readonly version: number;
  readonly mode: string;
  readonly feed: Feed;
  readonly window: WindowName;
  readonly windowFromMs: number;
  readonly windowToMs: number;
  readonly windowCoveredMs: number;
  readonly sort: SortName;
  /** In the server's order. */
  readonly rows: readonly HotRow[];
  /** Newest first, at most TRADES_MAX. */
  readonly trades: readonly Trade[];
  /** Largest first, at most WHALES_MAX, none older than the window. */
  readonly whales: readonly Trade[];
  /** In the server's order; none without the channel `events`. */
  readonly events: readonly EventRow[];
  readonly stats: Stats;
  /** Short labels of the markets seen so far, for prints of markets not on the list. */
  readonly labels: ReadonlyMap<string, string>;
  /** The server's board time of the last frame. */
  readonly tsMs: number;
  /** Age of the newest data at that moment; null before the first trade. */
  readonly dataAgeMs: number | null;
}

export interface Step {
  readonly board: Board | null;
  /** A delta is missing: what is shown can no longer be trusted; ask for a snapshot. */
  readonly hole: boolean;
}

/** Returns the board after `frame`. Frames that say nothing about the board change nothing. */
export function applyFrame(board: Board | null, frame: Frame): Step {
  if (frame.type === "snapshot") return { board: fromSnapshot(frame, board), hole: false };
  if (frame.type === "delta") {
    if (!board) return { board, hole: true };
    if (frame.offset <= board.offset) return { board, hole: false };
    if (frame.offset !== board.offset + 1) return { board, hole: true };
    const next = withDelta(board, frame);
    return next ? { board: next, hole: false } : { board, hole: true };
  }
  if (frame.type === "heartbeat" && board) {
    const dataAgeMs = frame.feed.data_age_ms;
    const next = { ...board, feed: frame.feed, tsMs: frame.ts_ms, dataAgeMs };
    return { board: next, hole: frame.offset > board.offset };
  }
  if (frame.type === "trades" && board) {
    return { board: { ...board, trades: newestFirst([...board.trades, ...frame.trades]) }, hole: false };
  }
  if (frame.type === "resumed") {
    const here = board?.epoch === frame.epoch && board.offset === frame.offset;
    return { board, hole: !here };
  }
  return { board, hole: false };
}

/** Returns `shown` without the rows that left, and the new ones below: an order held. */
export function heldOrder(shown: readonly string[], rows: readonly HotRow[]): HotRow[] {
  const byTicker = new Map(rows.map((row) => [row.market_ticker, row]));
  const kept: HotRow[] = [];
  for (const ticker of shown) {
    const row = byTicker.get(ticker);
    if (row && byTicker.delete(ticker)) kept.push(row);
  }
  return [...kept, ...byTicker.values()];
}

function fromSnapshot(frame: Snapshot, before: Board | null): Board {
  return {
    epoch: frame.epoch,
    offset: frame.offset,
    version: frame.v,
    mode: frame.mode,
    feed: frame.feed,
    window: frame.window,
    windowFromMs: frame.window_from_ms,
    windowToMs: frame.window_to_ms,
    windowCoveredMs: frame.window_covered_ms,
    sort: frame.subscription.sort,
    rows: ranked(frame.hot_markets, frame.subscription.sort),
    trades: (frame.recent_trades ?? []).slice(0, TRADES_MAX),
    whales: (frame.whales ?? []).slice(0, WHALES_MAX),
    events: rankedEvents(frame.events ?? [], frame.subscription.sort),
    stats: frame.stats,
    labels: withLabels(before?.labels ?? new Map(), frame.hot_markets),
    tsMs: frame.ts_ms,
    dataAgeMs: frame.feed.data_age_ms,
  };
}

/** Returns null when the delta changes a row that was never told whole. */
function withDelta(board: Board, delta: Delta): Board | null {
  const rows = new Map(board.rows.map((row) => [row.market_ticker, row]));
  for (const change of delta.hot_markets ?? []) {
    const known = rows.get(change.market_ticker);
    if (!known && change.notional_dollars === undefined) return null;
    rows.set(change.market_ticker, known ? { ...known, ...change } : (change as HotRow));
  }
  for (const ticker of delta.left ?? []) rows.delete(ticker);
  const trades = delta.trades ?? [];
  return {
    ...board,
    offset: delta.offset,
    window: delta.window,
    windowFromMs: delta.window_from_ms,
    windowToMs: delta.window_to_ms,
    windowCoveredMs: delta.window_covered_ms ?? covered(board, delta),
    rows: ranked([...rows.values()], board.sort),
    trades: trades.length ? newestFirst([...board.trades, ...trades]) : board.trades,
    whales: largestFirst([...board.whales, ...(delta.whales ?? [])], delta.window_from_ms),
    events: delta.events || delta.events_left ? changedEvents(board, delta) : board.events,
    stats: delta.stats ?? board.stats,
    feed: delta.feed ?? board.feed,
    labels: withLabels(board.labels, delta.hot_markets ?? []),
    tsMs: delta.ts_ms,
    dataAgeMs: delta.feed ? delta.feed.data_age_ms : dataAge(board, delta),
  };
}

/** Deltas carry `feed` only when it changes; until then a new trade tells the age. */
function dataAge(board: Board, delta: Delta): number | null {
  const passed = Math.max(0, delta.ts_ms - board.tsMs);
  const age = board.dataAgeMs === null ? Infinity : board.dataAgeMs + passed;
  const newest = (delta.trades ?? []).map((trade) => Math.max(0, delta.ts_ms - trade.ts_ms));
  const least = Math.min(age, ...newest);
  return Number.isFinite(least) ? least : null;
}

/** A window that was not full grows by as much as its end moves. */
function covered(board: Board, delta: Delta): number {
  const span = delta.window_to_ms - delta.window_from_ms;
  return Math.min(span, board.windowCoveredMs + Math.max(0, delta.window_to_ms - board.windowToMs));
}

/** Largest first by the subscription's sort; ties by ticker. */
function ranked(rows: readonly HotRow[], sort: SortName): HotRow[] {
  const keyed = rows.map((row) => ({ row, key: rankKey(row, sort) }));
  keyed.sort((a, b) => {
    if (a.key !== b.key) return a.key > b.key ? -1 : 1;
    return a.row.market_ticker < b.row.market_ticker ? -1 : 1;
  });
  return keyed.map(({ row }) => row);
}

function rankKey(row: HotRow, sort: SortName): bigint {
  if (sort === "heat") return BigInt(Math.round(row.heat ?? -1));
  if (sort === "volume") return parseFixed(row.volume_fp, 2) ?? 0n;
  if (sort === "notional") return parseFixed(row.notional_dollars, 6) ?? 0n;
  const flow = parseFixed(row.net_flow_fp, 2) ?? 0n;
  return flow < 0n ? -flow : flow;
}

function changedEvents(board: Board, delta: Delta): EventRow[] {
  const events = new Map(board.events.map((event) => [event.event_ticker, event]));
  for (const event of delta.events ?? []) events.set(event.event_ticker, event);
  for (const ticker of delta.events_left ?? []) events.delete(ticker);
  return rankedEvents([...events.values()], board.sort);
}

/** By the size of their flow where markets are ranked by flow, else by dollars; ties by ticker. */
function rankedEvents(events: readonly EventRow[], sort: SortName): EventRow[] {
  const keyed = events.map((event) => ({
    event,
    key: (sort === "net_flow" ? parseFixed(event.flow_size_fp, 2) : parseFixed(event.notional_dollars, 6)) ?? 0n,
  }));
  keyed.sort((a, b) => {
    if (a.key !== b.key) return a.key > b.key ? -1 : 1;
    return a.event.event_ticker < b.event.event_ticker ? -1 : 1;
  });
  return keyed.map(({ event }) => event);
}

function newestFirst(trades: Trade[]): Trade[] {
  return once(trades.sort(laterFirst)).slice(0, TRADES_MAX);
}

function laterFirst(a: Trade, b: Trade): number {
  return b.ts_ms - a.ts_ms || orderInMs(b, a);
}

/** Within a millisecond prints go in the taker's direction: YES up, then NO down. */
function orderInMs(a: Trade, b: Trade): number {
  if (a.taker_outcome_side !== b.taker_outcome_side) return a.taker_outcome_side === "yes" ? -1 : 1;
  return paid(a) - paid(b) || a.seq - b.seq;
}

function paid(trade: Trade): number {
  const yes = trade.taker_outcome_side === "yes";
  return Number(parseFixed(yes ? trade.yes_price_dollars : trade.no_price_dollars, 6) ?? 0n);
}

function largestFirst(whales: readonly Trade[], fromMs: number): readonly Trade[] {
  const keyed = whales
    .filter((trade) => trade.ts_ms >= fromMs)
    .map((trade) => ({ trade, key: parseFixed(trade.notional_dollars, 6) ?? 0n }));
  keyed.sort((a, b) => (a.key === b.key ? laterFirst(a.trade, b.trade) : a.key > b.key ? -1 : 1));
  return once(keyed.map(({ trade }) => trade)).slice(0, WHALES_MAX);
}

/** Drops repeats, so that a print told twice can never give a list two equal keys. */
function once(trades: readonly Trade[]): Trade[] {
  const seen = new Set<number>();
  return trades.filter((trade) => !seen.has(trade.seq) && seen.add(trade.seq));
}

function withLabels(
  labels: ReadonlyMap<string, string>,
  rows: readonly Named[],
): ReadonlyMap<string, string> {
  const fresh = rows.filter((row) => row.short_label || row.title);
  const other = fresh.filter((row) => labels.get(row.market_ticker) !== labelOf(row));
  if (!other.length) return labels;
  const next = new Map([...labels].slice(labels.size < LABELS_MAX ? 0 : LABELS_MAX / 2));
  for (const row of other) next.set(row.market_ticker, labelOf(row));
  return next;
}
