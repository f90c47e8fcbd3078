// The frames of /ws/stream, version 1, as the page reads them. Mirrors
// flowboard/stream_frames.py. Money, prices and counts are fixed-point strings.

/** Newest version of the stream that this page can read. */
export const STREAM_VERSION = 1;

export const WINDOWS = ["1m", "5m", "15m", "1h", "24h"] as const;
export const SORTS = ["notional", "volume", "net_flow", "heat"] as const;

/** Span of every figure on the board. */
export type WindowName = (typeof WINDOWS)[number];
/** Figure that ranks the hot markets, largest first (`net_flow` by its size). */
export type SortName = (typeof SORTS)[number];

/** What the page asks the stream for; the rest of a subscription keeps its default. */
export interface Choice {
  readonly window: WindowName;
  readonly sort: SortName;
  readonly limit: number;
  readonly category?: readonly string[];
  readonly league?: readonly string[];
  readonly series?: readonly string[];
  readonly tickers?: readonly string[];
  readonly side?: "yes" | "no";
  readonly min_notional?: string;
  readonly combos?: "include";
}

/** Health of the way from the exchange to the server; see `feedWords`. */
export interface Feed {
  /** live, delayed, healing, polling, stale, storage_degraded or starting. */
  readonly state: string;
  readonly connected: boolean;
  /** Age of the newest data when the frame was written; null before the first trade. */
  readonly data_age_ms: number | null;
  readonly complete_to_ms: number | null;
  readonly open_gaps: number;
}

/** Totals over all markets; the last two over the window. */
export interface Stats {
  readonly trades_total: number;
  readonly trades_per_s: number | string;
  readonly active_markets: number;
  readonly notional_dollars: string;
}

/** One market's figures over the window. */
export interface HotRow {
  readonly market_ticker: string;
  /** Question and outcome; null until it is known. */
  readonly title: string | null;
  readonly outcome?: string;
  /** For narrow places: only what stands before the outcome is ever cut. */
  readonly short_label?: string;
  readonly event_ticker?: string;
  /** "" until it is known. */
  readonly event_title?: string;
  readonly ends_ts_ms?: number | null;
  readonly ends_by?: string | null;
  /** The best prices of the book; null where that side is empty or nothing is known. */
  readonly yes_bid_dollars?: string | null;
  readonly yes_ask_dollars?: string | null;
  readonly spread_dollars?: string | null;
  readonly mid_dollars?: string | null;
  readonly first_mid_dollars?: string | null;
  readonly yes_price_dollars: string;
  readonly first_yes_price_dollars: string;
  /** Of the mid where it is known at both ends of the window, else of the last price. */
  readonly change_dollars: string;
  readonly notional_dollars: string;
  readonly yes_flow_dollars: string;
  readonly no_flow_dollars: string;
  /** Contracts of YES takers less those of NO takers: the direction. */
  readonly net_flow_fp: string;
  readonly volume_fp: string;
  readonly trade_count: number;
  readonly last_trade_ts_ms: number;
  /** 0-100; not offered for 24h. */
  readonly heat?: number | null;
  /** 60 steps of the window: last YES price in 1e-4 dollar, null before the first. */
  readonly sparkline: readonly (number | null)[];
}

/** A row that entered (whole) or changed (its ticker and the changed fields). */
export type HotRowChange = Partial<HotRow> & Pick<HotRow, "market_ticker">;

/** One public print. */
export interface Trade {
  readonly seq: number;
  readonly trade_id: string;
  readonly market_ticker: string;
  readonly yes_price_dollars: string;
  readonly no_price_dollars: string;
  readonly count_fp: string;
  readonly taker_outcome_side: "yes" | "no";
  readonly is_block_trade: boolean;
  readonly ts_ms: number;
  /** Contracts x the price of the taker's side. */
  readonly notional_dollars: string;
  readonly received_ts_ms: number;
  readonly source: string;
  /** Fetched afterwards, not live; left out where not. */
  readonly late?: boolean;
}

/** One of an event's markets over the window. */
export interface EventMarket {
  readonly market_ticker: string;
  readonly outcome: string;
  /** To which side of the event its YES points; null where to neither. */
  readonly side: "plus" | "minus" | null;
  readonly is_over: boolean;
  readonly yes_price_dollars: string | null;
  readonly notional_dollars: string;
  readonly net_flow_fp: string;
  readonly trade_count: number;
}

/** An event: the sums of all its markets, turned to one direction where it has two sides. */
export interface EventRow {
  readonly event_ticker: string;
  readonly title: string | null;
  readonly sub_title: string;
  readonly series_ticker: string;
  readonly category: string;
  readonly league: string;
  readonly kind: "two_leg" | "ladder" | "exclusive" | "plain";
  readonly ends_ts_ms: number | null;
  readonly ends_by: string | null;
  readonly market_count: number;
  readonly traded_market_count: number;
  readonly over_market_count: number;
  readonly notional_dollars: string;
  readonly volume_fp: string;
  readonly trade_count: number;
  /** What the flow runs towards above zero, and below; null without sides. */
  readonly plus_side: string | null;
  readonly minus_side: string | null;
  readonly net_flow_fp: string | null;
  /** Its size; without sides that of the strongest market. */
  readonly flow_size_fp: string;
  readonly plus_flow_dollars: string;
  readonly minus_flow_dollars: string;
  readonly other_flow_dollars: string;
  /** Of a ladder: what its prices imply now, and at the window's start. */
  readonly median: number | null;
  readonly first_median: number | null;
  /** The traded ones of the most dollars, 3 at most. */
  readonly top_markets: readonly EventMarket[];
}

/** From <= ts_ms < to. */
interface WindowSpan {
  readonly window: WindowName;
  readonly window_from_ms: number;
  readonly window_to_ms: number;
}

/** The whole board; replaces everything known. */
export interface Snapshot extends WindowSpan {
  readonly type: "snapshot";
  readonly v: number;
  readonly epoch: string;
  readonly offset: number;
  readonly seq: number;
  readonly ts_ms: number;
  /** live, demo, polling or replay. */
  readonly mode: string;
  readonly feed: Feed;
  readonly subscription: Pick<Choice, "window" | "sort" | "limit">;
  /** Less than the window when it reaches before the tape begins. */
  readonly window_covered_ms: number;
  readonly hot_markets: readonly HotRow[];
  /** Newest first. */
  readonly recent_trades: readonly Trade[];
  /** Largest first. */
  readonly whales: readonly Trade[];
  /** Ranked; with the channel `events` alone. */
  readonly events?: readonly EventRow[];
  readonly stats: Stats;
  /** false where the page asked to go on from somewhere and cannot. */
  readonly recovered?: boolean;
  /** What a page that was too slow was not sent as deltas. */
  readonly missed?: { readonly from_seq: number; readonly to_seq: number; readonly trades: number };
}

/** What one beat changed; `offset` is the last one plus one. */
export interface Delta extends WindowSpan {
  readonly type: "delta";
  readonly offset: number;
  readonly seq: number;
  readonly ts_ms: number;
  readonly window_covered_ms?: number;
  /** Oldest first; a late one may be older than what is known. */
  readonly trades?: readonly Trade[];
  readonly hot_markets?: readonly HotRowChange[];
  /** Tickers that left the list. */
  readonly left?: readonly string[];
  /** The new ones only. */
  readonly whales?: readonly Trade[];
  /** Those that entered or changed, whole. */
  readonly events?: readonly EventRow[];
  /** Events that left the list. */
  readonly events_left?: readonly string[];
  readonly stats?: Stats;
  readonly feed?: Feed;
}

/** Five seconds went by without a delta; `offset` is the last delta's. */
export interface Heartbeat {
  readonly type: "heartbeat";
  readonly offset: number;
  readonly ts_ms: number;
  readonly feed: Feed;
}

/** The deltas after `offset`, which the page has, follow: all of them. */
export interface Resumed {
  readonly type: "resumed";
  readonly epoch: string;
  readonly offset: number;
  readonly recovered: true;
}

/** Trades made before the snapshot, for readers who ask for every trade: not the page. */
export interface MissedTrades {
  readonly type: "trades";
  readonly trades: readonly Trade[];
  readonly seq: number;
  readonly done: boolean;
}

/** Answer to a ping. */
export interface Pong {
  readonly type: "pong";
  readonly id?: number | string;
}

/** A request was refused; the old subscription stays in force. */
export interface Refusal {
  readonly type: "error";
  readonly id?: number | string;
  readonly code: string;
  readonly message: string;
}

export type Frame = Snapshot | Delta | Heartbeat | Resumed | MissedTrades | Pong | Refusal;

/** Change the subscription; the answer is a snapshot. */
export interface SubscribeRequest {
  readonly type: "subscribe";
  readonly id: number;
  readonly subscription: Choice;
}

/** Ask for the whole board again, after a hole in the offsets. */
export interface SnapshotRequest {
  readonly type: "get_snapshot";
}

export type Request = SubscribeRequest | SnapshotRequest;

const FRAME_TYPES = new Set(["snapshot", "delta", "heartbeat", "resumed", "trades", "pong", "error"]);

/** Returns the frame in `text`, or null when it is none that this page knows. */
export function parseFrame(text: string): Frame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  return FRAME_TYPES.has(String(value.type)) ? (value as Frame) : null;
}
