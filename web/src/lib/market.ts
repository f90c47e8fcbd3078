// What the page reads of the server's answers about one market and one event; and the small
// sums that their pages make of it. Pure.

import type * as api from "./api";
import { clockTime, fixedText, moment, parseFixed, plainTitle } from "./format";
import type { HotRow, Trade, WindowName } from "./messages";

const PRICE_DECIMALS = 4;
const DOLLAR_E4 = 10_000n;

/** The best prices of a market's book; null where there is none, or none is known. */
export type Touch = Partial<Pick<api.MarketObject, "yes_bid_dollars" | "yes_ask_dollars">>;

export type Market = Touch &
  Pick<
    api.MarketObject,
    | "market_ticker"
    | "title"
    | "outcome"
    | "short_label"
    | "event_ticker"
    | "series_ticker"
    | "category"
    | "league"
    | "status"
    | "result"
    | "settlement_value_dollars"
    | "ends_ts_ms"
    | "ends_by"
    | "yes_price_dollars"
    | "yes_bid_size_fp"
    | "yes_ask_size_fp"
    | "spread_dollars"
    | "open_interest_fp"
    | "last_trade_ts_ms"
  >;

/** A market of the same event, as much as stands in a strip. */
export type Sibling = Touch &
  Pick<api.ShortMarket, "market_ticker" | "outcome" | "short_label" | "status" | "result" | "yes_price_dollars"> &
  Partial<Pick<api.ShortMarket, "mid_dollars">>;

/** How a market is decided. Texts are empty where the exchange says nothing. */
export type Rules = Pick<
  api.MarketRules,
  "rules_primary" | "rules_secondary" | "early_close_condition" | "can_close_early" | "settlement_timer_seconds" | "settlement_sources"
>;

/** What is usual in a market, to compare a print with. */
export type Usual = Pick<
  api.UsualOfMarket,
  "trade_count_24h" | "mean_print_dollars" | "a_minute_dollars" | "median_print_dollars" | "largest_print_dollars"
>;

/** A market's figures over one window: those of a hot row that depend on it. */
export type WindowFigures = Pick<
  HotRow,
  "change_dollars" | "notional_dollars" | "yes_flow_dollars" | "no_flow_dollars" | "net_flow_fp" | "volume_fp" | "trade_count"
> & { readonly heat?: number | null };

/** A span of which trades may be missing; without an end: up to now. */
export type Hole = Pick<api.GapInSpan, "from_ms" | "to_ms" | "state">;

/** The answer of /api/markets/{ticker}. */
export interface MarketPage {
  readonly market: Market;
  readonly event: {
    readonly event_ticker: string;
    readonly title: string;
    readonly category: string;
    readonly markets: readonly Sibling[];
  };
  readonly series: { readonly title: string };
  readonly rules: Rules;
  /** The conditions of a combo. */
  readonly legs?: readonly (Sibling & { readonly side: string })[];
  readonly windows: Partial<Record<WindowName, WindowFigures | null>>;
  readonly usual: Usual;
  /** Newest first. */
  readonly trades: readonly Trade[];
  readonly gaps: readonly Hole[];
  readonly since_ms: number | null;
  readonly seq: number;
  /** Board time of the answer. */
  readonly ts_ms: number;
}

/** One candle of /api/markets/{ticker}/candles. */
export type Candle = Pick<api.Candle, "ts_ms" | "close_dollars" | "volume_fp" | "net_flow_fp">;

export type EventFlow = Pick<
  api.EventWindow,
  "notional_dollars" | "volume_fp" | "trade_count" | "net_flow_fp" | "plus_flow_dollars" | "minus_flow_dollars" | "other_flow_dollars"
>;

export type EventMember = Market &
  Pick<
    api.EventMember,
    | "side"
    | "is_over"
    | "strike_type"
    | "floor_strike"
    | "cap_strike"
    | "notional_dollars"
    | "yes_flow_dollars"
    | "no_flow_dollars"
    | "net_flow_fp"
    | "volume_fp"
    | "trade_count"
  >;

/** What a ladder's prices imply of the number that it asks about. */
export type Implied = Pick<api.Implied, "median" | "points" | "quoted_market_count" | "priced_market_count">;

/** The answer of /api/events/{event_ticker}. */
export interface EventPage {
  readonly event: {
    readonly event_ticker: string;
    readonly title: string | null;
    readonly sub_title: string;
    readonly series_ticker: string;
    readonly category: string;
    readonly league: string;
    /** two_leg, ladder, exclusive or plain. */
    readonly kind: string;
    readonly ends_ts_ms: number | null;
    readonly ends_by: string | null;
    readonly plus_side: string | null;
    readonly minus_side: string | null;
  };
  readonly markets: readonly EventMember[];
  readonly flows: Partial<Record<WindowName, EventFlow>>;
  readonly implied: Implied | null;
  readonly first_implied: Implied | null;
  readonly window: WindowName;
  readonly window_from_ms: number;
  readonly ts_ms: number;
}

/** Returns the market in `value`, or null when it is none that this page can read. */
export function readMarketPage(value: unknown): MarketPage | null {
  const page = value as MarketPage | null;
  const whole = typeof page?.market?.market_ticker === "string" && Array.isArray(page.trades);
  return whole && Array.isArray(page.event?.markets) ? page : null;
}

/** Returns the event in `value`, or null when it is none that this page can read. */
export function readEventPage(value: unknown): EventPage | null {
  const page = value as EventPage | null;
  return typeof page?.event?.event_ticker === "string" && Array.isArray(page.markets) ? page : null;
}

/** What YES and NO cost now. A NO is bought from who bids for YES: a dollar less that bid. */
export function buyPrices(touch: Touch): { yes: string | null; no: string | null } {
  const bid = parseFixed(touch.yes_bid_dollars, PRICE_DECIMALS);
  return { yes: touch.yes_ask_dollars ?? null, no: bid === null ? null : fixedText(DOLLAR_E4 - bid, PRICE_DECIMALS) };
}

/** Ask less bid; null unless there are both. */
export function spreadOf(touch: Touch): string | null {
  const bid = parseFixed(touch.yes_bid_dollars, PRICE_DECIMALS);
  const ask = parseFixed(touch.yes_ask_dollars, PRICE_DECIMALS);
  return bid === null || ask === null || ask < bid ? null : fixedText(ask - bid, PRICE_DECIMALS);
}

const ENDS_BY: Record<string, string> = {
  occurrence: "when it is to happen",
  expected_expiration: "expected to be decided",
  close: "trading closes",
};

/** By which of the exchange's times a market ends, in words. */
export function endsByWords(by: string | null): string {
  return by === null ? "" : (ENDS_BY[by] ?? plainTitle(by).replaceAll("_", " ").slice(0, 30));
}

/** "in 3 h 20 min", "in 12 d", "16 min ago". */
export function untilWords(ms: number, nowMs: number): string {
  const span = spanWords(Math.abs(ms - nowMs));
  return ms > nowMs ? `in ${span}` : `${span} ago`;
}

function spanWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return days < 10 && hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

export interface Settlement {
  /** "YES", "NO" or the exchange's own word; null: decided, not told how. */
  readonly result: string | null;
  readonly side: "yes" | "no" | null;
  /** What a contract of each side is worth; null until it is told. */
  readonly yesPays: string | null;
  readonly noPays: string | null;
}

const OVER = new Set(["closed", "determined", "disputed", "amended", "finalized", "settled"]);

/** Returns how a market was decided; null while it can be traded, as far as is known. */
export function settlementOf(market: Pick<Market, "status" | "result" | "settlement_value_dollars">): Settlement | null {
  const { status, result, settlement_value_dollars: value } = market;
  if (!OVER.has(status) && !result) return null;
  const side = result === "yes" || result === "no" ? result : null;
  const told = parseFixed(value, PRICE_DECIMALS) ?? (side && (side === "yes" ? DOLLAR_E4 : 0n));
  return {
    result: side ? side.toUpperCase() : result ? plainTitle(result).replaceAll("_", " ").slice(0, 30) : null,
    side,
    yesPays: told === null ? null : fixedText(told, PRICE_DECIMALS),
    noPays: told === null || told > DOLLAR_E4 ? null : fixedText(DOLLAR_E4 - told, PRICE_DECIMALS),
  };
}

/** Returns the ticker `step` places after `current`; null at either end. */
export function neighbour(tickers: readonly string[], current: string, step: 1 | -1): string | null {
  const place = tickers.indexOf(current);
  if (place < 0) return (step > 0 ? tickers[0] : tickers.at(-1)) ?? null;
  return tickers[place + step] ?? null;
}

/** What a market is called where there is room: its outcome, or what else tells it. */
export function nameOf(market: Pick<Market, "outcome" | "short_label" | "market_ticker">): string {
  return plainTitle(market.outcome || market.short_label || market.market_ticker);
}

/** Merges prints, newest first, each once, at most `most`. */
export function mergePrints(known: readonly Trade[], more: readonly Trade[], most: number): Trade[] {
  const byId = new Map([...known, ...more].map((trade) => [trade.trade_id, trade]));
  return [...byId.values()].sort((a, b) => b.ts_ms - a.ts_ms || b.seq - a.seq).slice(0, most);
}

/** How a print compares with what is usual here: "12×" from twice on, else "". */
export function timesUsual(notional: string, usual: string | null): string {
  const paid = parseFixed(notional, 6);
  const middle = parseFixed(usual, 6);
  if (paid === null || !middle || paid < 2n * middle) return "";
  const times = paid / middle;
  return times >= 1000n ? "over 1,000×" : `${times}×`;
}

/** The market's page at the exchange; a link leaves this board only when it is clicked. */
export function exchangeAddress(seriesTicker: string | null, eventTicker: string | null, ticker: string): string {
  const series = seriesTicker || ticker.split("-", 1)[0] || ticker;
  const path = [series, "market", eventTicker ?? ""].filter(Boolean).map((part) => encodeURIComponent(part.toLowerCase()));
  return `https://kalshi.com/markets/${path.join("/")}`;
}

/** "02:47:31" of the last trade in a sentence, or that there is none. */
export function quietWords(window: string, lastTradeMs: number | null, nowMs: number): string {
  const last = lastTradeMs === null ? "None is known." : `Last one ${moment(lastTradeMs, nowMs)}.`;
  return `No trades in the last ${window}. ${last}`;
}

/** Text for copying: the time and every figure of a print. */
export function printTitle(trade: Trade): string {
  return `${clockTime(trade.ts_ms)}, ${trade.is_block_trade ? "block trade, " : ""}by ${trade.source}${trade.late ? ", fetched afterwards" : ""}`;
}
