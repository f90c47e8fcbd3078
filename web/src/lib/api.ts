// The HTTP API as the page reads it. Made by `make types`: do not edit it by hand.
// Prices, counts and dollars are fixed-point strings, `_ms` is Unix milliseconds.

/** What came of comparing with the exchange, trade by trade. */
export interface AuditTotal {
  /** Trades here. */
  readonly ours: number;
  /** Trades that the exchange has. */
  readonly exchange: number;
  /** Of the exchange's, not here. */
  readonly missing: number;
  /** Here, not the exchange's. */
  readonly extra: number;
  /** Missing when first compared, and healed. */
  readonly recovered: number;
  /** How much time was compared. */
  readonly audited_ms: number;
}

/** An hour of the clock, compared with the exchange. */
export interface AuditedHour {
  /** Trades here. */
  readonly ours: number;
  /** Trades that the exchange has. */
  readonly exchange: number;
  /** Of the exchange's, not here. */
  readonly missing: number;
  /** Here, not the exchange's. */
  readonly extra: number;
  /** Missing when first compared, and healed. */
  readonly recovered: number;
  /** How much time was compared. */
  readonly audited_ms: number;
  /** Where it begins. Unix milliseconds. */
  readonly from_ms: number;
  /** Whether all of it was compared. */
  readonly whole: boolean;
  /** Of the ids of our trades, 32 hex digits. */
  readonly digest: string;
  /** Of the exchange's. */
  readonly exchange_digest: string;
}

/** A span is being filled in the background. */
export interface BackfillBegun {
  /** Its number, of which `/api/coverage` tells more. */
  readonly gap: number;
}

/** The body of `/api/backfill`: a span of exchange time. */
export interface BackfillRequest {
  /** The first millisecond of it, Unix. */
  readonly from_ms: number;
  /** The first behind it. */
  readonly to_ms: number;
  /** For one market alone; null: for all. */
  readonly ticker?: string | null;
}

/** Totals over all markets, combos too. */
export interface BoardStats {
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /**
   * Board time: exchange time of the newest trade, and the time passed since. Unix
   * milliseconds.
   */
  readonly ts_ms: number;
  /** What the figures are sums over. */
  readonly window: "15m" | "1h" | "1m" | "24h" | "5m";
  /** The first millisecond that counts. Unix milliseconds. */
  readonly window_from_ms: number;
  /** The first that does not any more. Unix milliseconds. */
  readonly window_to_ms: number;
  /** How much of the window the tape reaches over. */
  readonly window_covered_ms: number;
  /** Trades of this installation. */
  readonly trades_total: number;
  /** Over the last minute. */
  readonly trades_per_s: number;
  /** Markets with a trade in the window. */
  readonly active_markets: number;
  /** What takers paid in the window. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** Of the stream. */
  readonly clients: number;
  /** Of the feed since the start. */
  readonly counters: Readonly<Record<string, number>>;
}

/** What a market did in an interval; there is none where it was not traded. */
export interface Candle {
  /** Where it begins; hours and days are those of UTC. Unix milliseconds. */
  readonly ts_ms: number;
  /** Price of YES in the first trade. Dollars a contract, four decimals. */
  readonly open_dollars: string;
  /** The highest. Dollars a contract, four decimals. */
  readonly high_dollars: string;
  /** The lowest. Dollars a contract, four decimals. */
  readonly low_dollars: string;
  /** In the last trade. Dollars a contract, four decimals. */
  readonly close_dollars: string;
  /** Contracts. Contracts, two decimals. */
  readonly volume_fp: string;
  /** Those of YES takers. Contracts, two decimals. */
  readonly yes_volume_fp: string;
  /** Those of NO takers. Contracts, two decimals. */
  readonly no_volume_fp: string;
  /** YES less NO. Contracts, two decimals. */
  readonly net_flow_fp: string;
  /** What all takers paid. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** What YES takers paid. Dollars, six decimals. */
  readonly yes_flow_dollars: string;
  /** What NO takers paid. Dollars, six decimals. */
  readonly no_flow_dollars: string;
  /** Trades. */
  readonly trade_count: number;
  /** Whether it is not over yet. */
  readonly running: boolean;
  /** Whether trades may be missing from it. */
  readonly gap: boolean;
}

/** A market's newest candles of a span. */
export interface CandleList {
  /** The market. */
  readonly ticker: string;
  /** Their length. */
  readonly interval: string;
  /** Oldest first; intervals without a trade are left out. */
  readonly candles: readonly Candle[];
  /** Of them. */
  readonly count: number;
  /** Where what was looked through begins. Unix milliseconds. */
  readonly from_ms: number;
  /** Where it ends. Unix milliseconds. */
  readonly to_ms: number;
  /** Where in it trades may be missing. */
  readonly gaps: readonly GapInSpan[];
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /** Gives the candles before these; empty where there are none. */
  readonly cursor: string;
}

/** One category. */
export interface CategoryCount {
  /** The exchange's word; empty for markets of which none is told. */
  readonly category: string;
  /** Markets that can be traded, as far as is known. */
  readonly open_markets: number;
  /** Markets with a trade in the window. */
  readonly active_markets: number;
  /** What takers paid in the window. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** Its leagues, those first in which most was paid. */
  readonly leagues: readonly LeagueCount[];
  /** Its series, likewise; 100 at most. */
  readonly series: readonly SeriesCount[];
  /** How many series there are. */
  readonly series_count: number;
}

/** Categories, those first in which most was paid. */
export interface CategoryList {
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /**
   * Board time: exchange time of the newest trade, and the time passed since. Unix
   * milliseconds.
   */
  readonly ts_ms: number;
  /** What the figures are sums over. */
  readonly window: "15m" | "1h" | "1m" | "24h" | "5m";
  /** The first millisecond that counts. Unix milliseconds. */
  readonly window_from_ms: number;
  /** The first that does not any more. Unix milliseconds. */
  readonly window_to_ms: number;
  /** How much of the window the tape reaches over. */
  readonly window_covered_ms: number;
  /** Each with its leagues and series. */
  readonly categories: readonly CategoryCount[];
  /** Of them. */
  readonly count: number;
  /** Whether combo markets are counted. */
  readonly combos: "exclude" | "include";
}

/** Which of the exchange's trades are here, and how that is known. */
export interface CoverageReport {
  /** Where the tape begins; null before the first start. */
  readonly since_ms: number | null;
  /** Up to here nothing is missing, but for what is filled in. */
  readonly complete_to_ms: number | null;
  /** Where what was compared in 24 hours begins; null: nothing was. */
  readonly audited_from_ms: number | null;
  /** Where it ends. */
  readonly audited_to_ms: number | null;
  /** Of which nothing is missing, oldest first. */
  readonly spans: readonly CoveredSpan[];
  /** Newest first; at most 200, the open ones among them. */
  readonly gaps: readonly GapReport[];
  /** All comparisons of 24 hours. */
  readonly last_24h: AuditTotal;
  /** Of the clock, newest first. */
  readonly hours: readonly AuditedHour[];
  /** How often the link to the exchange came back since the start. */
  readonly reconnects: number;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
}

/** Exchange time of which nothing is missing. */
export interface CoveredSpan {
  /** The first millisecond. Unix milliseconds. */
  readonly from_ms: number;
  /** The first that is not of it any more. Unix milliseconds. */
  readonly to_ms: number;
}

/** One event's figures over the window: the sums of all its markets. */
export interface Event {
  /** The event. */
  readonly event_ticker: string;
  /** What it is about; null until it is known. */
  readonly title: string | null;
  /** A shorter form; empty where there is none. */
  readonly sub_title: string;
  /** Its series. */
  readonly series_ticker: string;
  /** The exchange's word; empty until it is known. */
  readonly category: string;
  /** The second level of its category; empty where there is none. */
  readonly league: string;
  /**
   * two_leg: two outcomes that exclude each other; ladder: one number asked about at several
   * strikes; exclusive: more outcomes that exclude each other; plain: anything else.
   */
  readonly kind: "exclusive" | "ladder" | "plain" | "two_leg";
  /**
   * When the first of its open markets ends, as far as is known; once all are over, the last.
   */
  readonly ends_ts_ms: number | null;
  /** Which time that is. */
  readonly ends_by: "close" | "expected_expiration" | "occurrence" | null;
  /** Markets that are known of it. */
  readonly market_count: number;
  /** Those with a trade in the window. */
  readonly traded_market_count: number;
  /** Those that nobody can trade any more; their trades count. */
  readonly over_market_count: number;
  /** What all takers paid. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** Contracts. Contracts, two decimals. */
  readonly volume_fp: string;
  /** Trades. */
  readonly trade_count: number;
  /**
   * What the flow runs towards where it is above zero: the first leg's outcome, or up; null
   * where the event has no two sides.
   */
  readonly plus_side: string | null;
  /** What it runs towards below zero. */
  readonly minus_side: string | null;
  /** Contracts towards the plus side less those towards the minus side; null without sides. */
  readonly net_flow_fp: string | null;
  /**
   * How strong that is; without sides, the strongest net flow of one of its markets. Ranks by
   * flow. Contracts, two decimals.
   */
  readonly flow_size_fp: string;
  /** What takers towards the plus side paid. Dollars, six decimals. */
  readonly plus_flow_dollars: string;
  /** What takers towards the minus side paid. Dollars, six decimals. */
  readonly minus_flow_dollars: string;
  /** What the others paid: those of markets that point nowhere. Dollars, six decimals. */
  readonly other_flow_dollars: string;
  /**
   * Of a ladder: the number above which half of the probability lies, by what its markets are
   * worth now; null where that cannot be told.
   */
  readonly median: number | null;
  /** The same by quotes at the window's start, to a 24th of it. */
  readonly first_median: number | null;
  /** Its traded markets of the most dollars, 3 at most. */
  readonly top_markets: readonly EventMarket[];
}

/** The events with a trade in the window, ranked; ties by ticker. */
export interface EventList {
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /**
   * Board time: exchange time of the newest trade, and the time passed since. Unix
   * milliseconds.
   */
  readonly ts_ms: number;
  /** What the figures are sums over. */
  readonly window: "15m" | "1h" | "1m" | "24h" | "5m";
  /** The first millisecond that counts. Unix milliseconds. */
  readonly window_from_ms: number;
  /** The first that does not any more. Unix milliseconds. */
  readonly window_to_ms: number;
  /** How much of the window the tape reaches over. */
  readonly window_covered_ms: number;
  /** As on the stream. */
  readonly events: readonly Event[];
  /** Of them. */
  readonly count: number;
  /** Gives the next page of the ranking as it is then; empty behind the last. */
  readonly cursor: string;
  /** What ranks them. */
  readonly sort: "flow" | "notional" | "trades";
  /** Whether events of combo markets are among them. */
  readonly combos: "exclude" | "include";
}

/** One market of an event over the window. */
export interface EventMarket {
  /** The market. */
  readonly market_ticker: string;
  /** What YES stands for; empty until it is known. */
  readonly outcome: string;
  /** To which side its YES points; null where to neither. */
  readonly side: "minus" | "plus" | null;
  /** Whether nobody can trade it any more. */
  readonly is_over: boolean;
  /** Of its last trade; null where none is in memory. */
  readonly yes_price_dollars: string | null;
  /** What all takers paid. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** Contracts of YES takers less those of NO takers. Contracts, two decimals. */
  readonly net_flow_fp: string;
  /** Trades. */
  readonly trade_count: number;
}

/** A market of an event: its object, its place in the event, its flow. */
export interface EventMember {
  /** The exchange's name of it. */
  readonly market_ticker: string;
  /** The same, as older tools call it. */
  readonly ticker_symbol: string;
  /** A UUID made of the ticker: the same on every board. */
  readonly id: string;
  /** Its question; null until it is known. */
  readonly title: string | null;
  /** What YES means; null until it is known. */
  readonly outcome: string | null;
  /** For narrow places. */
  readonly short_label: string;
  /** Its event; null until it is known. */
  readonly event_ticker: string | null;
  /** What the event is about; empty until it is known. */
  readonly event_title: string;
  /** Its series. */
  readonly series_ticker: string | null;
  /** The exchange's; null until it is known. */
  readonly category: string | null;
  /** The second level of its category, where there is one. */
  readonly league: string | null;
  /** The exchange's word; unknown before it has told one. */
  readonly status: string;
  /** What it was settled as, once it is. */
  readonly result: string | null;
  /** What a YES contract was worth then. */
  readonly settlement_value_dollars: string | null;
  /** When trading begins or began. */
  readonly open_ts_ms: number | null;
  /** When trading ends or ended. */
  readonly close_ts_ms: number | null;
  /** When it is decided, as far as is known; `ends_by` says by which key. */
  readonly ends_ts_ms: number | null;
  /** The exchange's key that `ends_ts_ms` is from. */
  readonly ends_by: string | null;
  /** Of the last trade in memory. */
  readonly yes_price_dollars: string | null;
  /** The best bid for YES; null: none. */
  readonly yes_bid_dollars: string | null;
  /** The best ask; null: none. */
  readonly yes_ask_dollars: string | null;
  /** Contracts at the bid. */
  readonly yes_bid_size_fp: string | null;
  /** Contracts at the ask. */
  readonly yes_ask_size_fp: string | null;
  /** Ask less bid. */
  readonly spread_dollars: string | null;
  /** Half way between bid and ask. */
  readonly mid_dollars: string | null;
  /** Contracts that are held. */
  readonly open_interest_fp: string | null;
  /** When the touch was last told. */
  readonly quote_ts_ms: number | null;
  /** Contracts of 24 hours. Contracts, two decimals. */
  readonly volume_24h_fp: string;
  /** What takers paid in 24 hours. Dollars, six decimals. */
  readonly notional_24h_dollars: string;
  /** Contracts of YES takers less those of NO takers. Contracts, two decimals. */
  readonly net_flow_24h_fp: string;
  /** Trades of 24 hours. */
  readonly trade_count_24h: number;
  /** Of the last trade in memory. */
  readonly last_trade_ts_ms: number | null;
  /**
   * Dollars of 24 hours as a number, rounded to cents. KalshiWhale gave contracts of the
   * market's whole life here, and called them dollars.
   */
  readonly volume: number;
  /** The same in millions. */
  readonly volume_millions: number;
  /** The newer of trade and quote, ISO 8601, UTC; null before both. */
  readonly last_updated: string | null;
  /** To which side of the event its YES points; null where to neither. */
  readonly side: "minus" | "plus" | null;
  /** Whether nobody can trade it any more. */
  readonly is_over: boolean;
  /** As greater, less or between; empty where there is none. */
  readonly strike_type: string;
  /** The strike's lower bound, in the unit of the question. */
  readonly floor_strike: number | null;
  /** Its upper bound. */
  readonly cap_strike: number | null;
  /** What all takers paid in the window. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** What YES takers paid. Dollars, six decimals. */
  readonly yes_flow_dollars: string;
  /** What NO takers paid. Dollars, six decimals. */
  readonly no_flow_dollars: string;
  /** Contracts of YES takers less those of NO takers. Contracts, two decimals. */
  readonly net_flow_fp: string;
  /** Contracts. Contracts, two decimals. */
  readonly volume_fp: string;
  /** Trades. */
  readonly trade_count: number;
}

/** The event that a market belongs to. */
export interface EventOfMarket {
  /** Its name; until it is told, the ticker less its last part. */
  readonly event_ticker: string;
  /** Its series. */
  readonly series_ticker: string;
  /** What it is about. */
  readonly title: string;
  /** A shorter form of that. */
  readonly sub_title: string;
  /** The exchange's. */
  readonly category: string;
  /** The second level of the category, where there is one. */
  readonly league: string;
  /** What of it is bet on. */
  readonly scope: string;
  /** Whether one market at most ends in YES; null until told. */
  readonly mutually_exclusive: boolean | null;
  /** The moment that it is about, where that is one. */
  readonly strike_ts_ms: number | null;
  /** Its markets by strike, this one too; of many the 100 that most was paid in. */
  readonly markets: readonly ShortMarket[];
  /** How many are known. */
  readonly market_count: number;
}

/** One event, traded or not. */
export interface EventPage {
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /**
   * Board time: exchange time of the newest trade, and the time passed since. Unix
   * milliseconds.
   */
  readonly ts_ms: number;
  /** What the figures are sums over. */
  readonly window: "15m" | "1h" | "1m" | "24h" | "5m";
  /** The first millisecond that counts. Unix milliseconds. */
  readonly window_from_ms: number;
  /** The first that does not any more. Unix milliseconds. */
  readonly window_to_ms: number;
  /** How much of the window the tape reaches over. */
  readonly window_covered_ms: number;
  /** As on the stream. */
  readonly event: Event;
  /** All that are known: a ladder's by strike, others by ticker. */
  readonly markets: readonly EventMember[];
  /** Of them. */
  readonly count: number;
  /** The event's figures by window. */
  readonly flows: Readonly<Record<string, EventWindow>>;
  /** Of a ladder, now: by results, else quotes, else last trades; null of other kinds. */
  readonly implied: Implied | null;
  /** At the window's start: by quotes to a 24th of it, else by the window's first trades. */
  readonly first_implied: Implied | null;
}

/** An event's figures over one window; the keys of `Event`. */
export interface EventWindow {
  /** What all takers paid. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** Contracts. Contracts, two decimals. */
  readonly volume_fp: string;
  /** Trades. */
  readonly trade_count: number;
  /** Contracts towards the plus side less those towards the minus side; null without sides. */
  readonly net_flow_fp: string | null;
  /** How strong that is; without sides, its strongest market's. Contracts, two decimals. */
  readonly flow_size_fp: string;
  /** What takers towards the plus side paid. Dollars, six decimals. */
  readonly plus_flow_dollars: string;
  /** What takers towards the minus side paid. Dollars, six decimals. */
  readonly minus_flow_dollars: string;
  /** What the others paid. Dollars, six decimals. */
  readonly other_flow_dollars: string;
  /** Its name. */
  readonly window: "15m" | "1h" | "1m" | "24h" | "5m";
  /** The first millisecond that counts. Unix milliseconds. */
  readonly window_from_ms: number;
  /** The first that does not any more. Unix milliseconds. */
  readonly window_to_ms: number;
  /** How much of the window the tape reaches over. */
  readonly window_covered_ms: number;
}

/** How the exchange's trades reach the server. */
export interface Feed {
  /** live, delayed, healing, polling, stale, storage_degraded or starting. */
  readonly state: string;
  /** Whether trades reach it right now. */
  readonly connected: boolean;
  /** Time since the last one arrived; null before the first. */
  readonly data_age_ms: number | null;
  /** Exchange time up to which none is missing; null before the first. */
  readonly complete_to_ms: number | null;
  /** Spans of which trades may be missing. */
  readonly open_gaps: number;
}

/** The body of `/api/feed`. */
export interface FeedChange {
  /** Which one; `auto` polls while there is no socket. */
  readonly feed: "auto" | "polling" | "websocket";
}

/** The feed that is asked for from now on. */
export interface FeedChanged {
  /** As it was asked for. */
  readonly feed: "auto" | "polling" | "websocket";
}

/** A part of the span in which trades may be missing. */
export interface GapInSpan {
  /** Its number; `/api/coverage` has more of it. */
  readonly gap: number;
  /** Why. */
  readonly cause: string;
  /** The first millisecond that may be missing. Unix milliseconds. */
  readonly from_ms: number;
  /** The first that is not; null: to the newest trade there is. */
  readonly to_ms: number | null;
  /** open, or healing. */
  readonly state: string;
}

/** A span of exchange time of which trades may be missing, or were. */
export interface GapReport {
  /** Its number. */
  readonly gap: number;
  /**
   * start, connect, disconnect, restart, seq, stall, sleep, audit, backfill; others may come.
   */
  readonly cause: string;
  /** The first millisecond that may be missing. Unix milliseconds. */
  readonly from_ms: number;
  /** The first that is not; falls as the gap is walked. null: up to the newest. */
  readonly to_ms: number | null;
  /** What `to_ms` was before. */
  readonly asked_to_ms: number | null;
  /** Of one market alone; null: of all. */
  readonly ticker: string | null;
  /** healing: being walked. */
  readonly state: "closed" | "healing" | "open";
  /** Older than the installation, or asked for. */
  readonly background: boolean;
  /** When it was noticed, by the server's clock. Unix milliseconds. */
  readonly noticed_ms: number;
  /** When it was closed; null while it is not. */
  readonly closed_ms: number | null;
  /** Trades that were missing. */
  readonly recovered: number;
  /** That were asked for. */
  readonly pages: number;
}

/** Whether the board can be relied on. */
export interface HealthReport {
  /** `degraded`: something is wrong, see the others. */
  readonly status: "degraded" | "ok" | "starting";
  /** ok, rebuilding, or which stage has died. */
  readonly process: string;
  /** How the exchange's trades reach the server. */
  readonly feed: Feed;
  /** Whether trades can be stored. */
  readonly store: "failing" | "ok";
  /** auto, websocket or polling: what the operator has chosen. */
  readonly feed_policy: string;
  /** How far the exchange's clock is ahead; null before it was heard. */
  readonly clock_skew_ms: number | null;
  /** The longest that the server was late in the last minute. */
  readonly loop_lag_ms: number;
  /** What is wrong with the feed and what to do, where that is known. */
  readonly problem?: string;
}

/** An event with its hot markets. */
export interface HotEvent {
  /** The event. */
  readonly event_ticker: string;
  /** What it is about; null until it is known. */
  readonly title: string | null;
  /** A shorter form; empty where there is none. */
  readonly sub_title: string;
  /** Its series. */
  readonly series_ticker: string;
  /** The exchange's word; empty until it is known. */
  readonly category: string;
  /** The second level of its category; empty where there is none. */
  readonly league: string;
  /**
   * two_leg: two outcomes that exclude each other; ladder: one number asked about at several
   * strikes; exclusive: more outcomes that exclude each other; plain: anything else.
   */
  readonly kind: "exclusive" | "ladder" | "plain" | "two_leg";
  /**
   * When the first of its open markets ends, as far as is known; once all are over, the last.
   */
  readonly ends_ts_ms: number | null;
  /** Which time that is. */
  readonly ends_by: "close" | "expected_expiration" | "occurrence" | null;
  /** Markets that are known of it. */
  readonly market_count: number;
  /** Those with a trade in the window. */
  readonly traded_market_count: number;
  /** Those that nobody can trade any more; their trades count. */
  readonly over_market_count: number;
  /** What all takers paid. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** Contracts. Contracts, two decimals. */
  readonly volume_fp: string;
  /** Trades. */
  readonly trade_count: number;
  /**
   * What the flow runs towards where it is above zero: the first leg's outcome, or up; null
   * where the event has no two sides.
   */
  readonly plus_side: string | null;
  /** What it runs towards below zero. */
  readonly minus_side: string | null;
  /** Contracts towards the plus side less those towards the minus side; null without sides. */
  readonly net_flow_fp: string | null;
  /**
   * How strong that is; without sides, the strongest net flow of one of its markets. Ranks by
   * flow. Contracts, two decimals.
   */
  readonly flow_size_fp: string;
  /** What takers towards the plus side paid. Dollars, six decimals. */
  readonly plus_flow_dollars: string;
  /** What takers towards the minus side paid. Dollars, six decimals. */
  readonly minus_flow_dollars: string;
  /** What the others paid: those of markets that point nowhere. Dollars, six decimals. */
  readonly other_flow_dollars: string;
  /**
   * Of a ladder: the number above which half of the probability lies, by what its markets are
   * worth now; null where that cannot be told.
   */
  readonly median: number | null;
  /** The same by quotes at the window's start, to a 24th of it. */
  readonly first_median: number | null;
  /** Its traded markets of the most dollars, 3 at most. */
  readonly top_markets: readonly EventMarket[];
  /** The rows of the stream, ranked. */
  readonly hot_markets: readonly HotRow[];
}

/** The hot markets, ranked; ties by ticker. */
export interface HotMarkets {
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /**
   * Board time: exchange time of the newest trade, and the time passed since. Unix
   * milliseconds.
   */
  readonly ts_ms: number;
  /** What the figures are sums over. */
  readonly window: "15m" | "1h" | "1m" | "24h" | "5m";
  /** The first millisecond that counts. Unix milliseconds. */
  readonly window_from_ms: number;
  /** The first that does not any more. Unix milliseconds. */
  readonly window_to_ms: number;
  /** How much of the window the tape reaches over. */
  readonly window_covered_ms: number;
  /** The rows of the stream; not there with `group=event`. */
  readonly hot_markets?: readonly HotRow[];
  /**
   * With `group=event` alone: the same rows under their events, these ranked by the same sort;
   * by heat with their hottest market.
   */
  readonly events?: readonly HotEvent[];
  /** Of the list. */
  readonly count: number;
  /** With `group=event` alone. */
  readonly group?: "event";
  /** What ranks them. */
  readonly sort: "heat" | "net_flow" | "notional" | "volume";
  /** Whether combo markets are among them. */
  readonly combos: "exclude" | "include";
}

/** One market's figures over the window. */
export interface HotRow {
  /** The market. */
  readonly market_ticker: string;
  /** Question and outcome; null until it is known. */
  readonly title: string | null;
  /** The last price in the window. Dollars a contract, four decimals. */
  readonly yes_price_dollars: string;
  /** The first. Dollars a contract, four decimals. */
  readonly first_yes_price_dollars: string;
  /**
   * Mid less first mid; where one is null, last price less first. Dollars a contract, four
   * decimals.
   */
  readonly change_dollars: string;
  /** What all takers paid. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** What YES takers paid. Dollars, six decimals. */
  readonly yes_flow_dollars: string;
  /** What NO takers paid. Dollars, six decimals. */
  readonly no_flow_dollars: string;
  /**
   * Contracts of YES takers less those of NO takers: the direction. Contracts, two decimals.
   */
  readonly net_flow_fp: string;
  /** Contracts. Contracts, two decimals. */
  readonly volume_fp: string;
  /** Trades. */
  readonly trade_count: number;
  /** Exchange time of the last one. Unix milliseconds. */
  readonly last_trade_ts_ms: number;
  /**
   * The last YES price at the end of each sixtieth of the window, in ten-thousandths of a
   * dollar; null before the first trade.
   */
  readonly sparkline: readonly (number | null)[];
  /** 0 to 100, money a minute against the day before; not there in `24h`. */
  readonly heat?: number | null;
  /** What YES stands for; empty until it is known. */
  readonly outcome?: string;
  /** Its name for narrow places: only what stands before the outcome is ever cut. */
  readonly short_label?: string;
  /** Its event; until that is known, the ticker less its last part. */
  readonly event_ticker?: string;
  /** What the event is about; empty until it is known. */
  readonly event_title?: string;
  /** When it ends, as far as is known. */
  readonly ends_ts_ms?: number | null;
  /** Which time that is. */
  readonly ends_by?: "close" | "expected_expiration" | "occurrence" | null;
  /** Best bid for YES; null where there is none, or none is known. */
  readonly yes_bid_dollars?: string | null;
  /** Best ask, likewise. */
  readonly yes_ask_dollars?: string | null;
  /** From bid to ask; null unless there are both. */
  readonly spread_dollars?: string | null;
  /** Half way between them, rounded down; null unless there are both. */
  readonly mid_dollars?: string | null;
  /** The same at the window's start, to a 24th of the window. */
  readonly first_mid_dollars?: string | null;
}

/** What a ladder's prices imply of the number that it asks about. */
export interface Implied {
  /** Half of the probability lies above it; null where that cannot be told. */
  readonly median: number | null;
  /** By rising strike; none where too few prices are known. */
  readonly points: readonly ImpliedPoint[];
  /** How many of its markets were priced by quotes. */
  readonly quoted_market_count: number;
  /** By quotes, trades or results. */
  readonly priced_market_count: number;
}

/** One point of an implied distribution. */
export interface ImpliedPoint {
  /** In the unit of the question. */
  readonly strike: number;
  /** That the number lies above it, four decimals. Dollars a contract, four decimals. */
  readonly above_probability: string;
}

/** A market's last quote. */
export interface LatestSnapshot {
  /** The market. */
  readonly ticker: string;
  /** Null where there never was one. */
  readonly snapshot: QuoteSnapshot | null;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
}

/** A league of a category. */
export interface LeagueCount {
  /** Its name. */
  readonly league: string;
  /** Markets that can be traded, as far as is known. */
  readonly open_markets: number;
  /** Markets with a trade in the window. */
  readonly active_markets: number;
  /** What takers paid in the window. Dollars, six decimals. */
  readonly notional_dollars: string;
}

/** One condition of a combo: an outcome of another market. */
export interface LegOfMarket {
  /** The market. */
  readonly market_ticker: string;
  /** Its question; null until it is known. */
  readonly title: string | null;
  /** What YES stands for. */
  readonly outcome: string;
  /** For narrow places. */
  readonly short_label: string;
  /** The exchange's word; unknown before it has told one. */
  readonly status: string;
  /** What it was settled as, once it is. */
  readonly result: string;
  /** Lower bound of its strike, where there is one. */
  readonly floor_strike: number | null;
  /** Upper bound, likewise. */
  readonly cap_strike: number | null;
  /** Of the last trade in memory. */
  readonly yes_price_dollars: string | null;
  /** The best bid for YES; null: none. */
  readonly yes_bid_dollars: string | null;
  /** The best ask; null: none. */
  readonly yes_ask_dollars: string | null;
  /** Half way between bid and ask. */
  readonly mid_dollars: string | null;
  /** What takers paid in 24 hours. Dollars, six decimals. */
  readonly notional_24h_dollars: string;
  /** Contracts of YES takers less those of NO takers. Contracts, two decimals. */
  readonly net_flow_24h_fp: string;
  /** Trades of 24 hours. */
  readonly trade_count_24h: number;
  /** The event of that market. */
  readonly event_ticker: string;
  /** Which outcome. */
  readonly side: string;
}

/** Markets that pass, ranked; ties by ticker. */
export interface MarketList {
  /** A page of them. */
  readonly markets: readonly MarketObject[];
  /** Of these. */
  readonly count: number;
  /** How many pass. */
  readonly total: number;
  /** What ranks them. */
  readonly sort: string;
  /** Whether combo markets are among them. */
  readonly combos: "exclude" | "include";
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /** Gives the next page; empty behind the last. */
  readonly cursor: string;
}

/** One market: what it is, its touch, and the flow of its last 24 hours. */
export interface MarketObject {
  /** The exchange's name of it. */
  readonly market_ticker: string;
  /** The same, as older tools call it. */
  readonly ticker_symbol: string;
  /** A UUID made of the ticker: the same on every board. */
  readonly id: string;
  /** Its question; null until it is known. */
  readonly title: string | null;
  /** What YES means; null until it is known. */
  readonly outcome: string | null;
  /** For narrow places. */
  readonly short_label: string;
  /** Its event; null until it is known. */
  readonly event_ticker: string | null;
  /** What the event is about; empty until it is known. */
  readonly event_title: string;
  /** Its series. */
  readonly series_ticker: string | null;
  /** The exchange's; null until it is known. */
  readonly category: string | null;
  /** The second level of its category, where there is one. */
  readonly league: string | null;
  /** The exchange's word; unknown before it has told one. */
  readonly status: string;
  /** What it was settled as, once it is. */
  readonly result: string | null;
  /** What a YES contract was worth then. */
  readonly settlement_value_dollars: string | null;
  /** When trading begins or began. */
  readonly open_ts_ms: number | null;
  /** When trading ends or ended. */
  readonly close_ts_ms: number | null;
  /** When it is decided, as far as is known; `ends_by` says by which key. */
  readonly ends_ts_ms: number | null;
  /** The exchange's key that `ends_ts_ms` is from. */
  readonly ends_by: string | null;
  /** Of the last trade in memory. */
  readonly yes_price_dollars: string | null;
  /** The best bid for YES; null: none. */
  readonly yes_bid_dollars: string | null;
  /** The best ask; null: none. */
  readonly yes_ask_dollars: string | null;
  /** Contracts at the bid. */
  readonly yes_bid_size_fp: string | null;
  /** Contracts at the ask. */
  readonly yes_ask_size_fp: string | null;
  /** Ask less bid. */
  readonly spread_dollars: string | null;
  /** Half way between bid and ask. */
  readonly mid_dollars: string | null;
  /** Contracts that are held. */
  readonly open_interest_fp: string | null;
  /** When the touch was last told. */
  readonly quote_ts_ms: number | null;
  /** Contracts of 24 hours. Contracts, two decimals. */
  readonly volume_24h_fp: string;
  /** What takers paid in 24 hours. Dollars, six decimals. */
  readonly notional_24h_dollars: string;
  /** Contracts of YES takers less those of NO takers. Contracts, two decimals. */
  readonly net_flow_24h_fp: string;
  /** Trades of 24 hours. */
  readonly trade_count_24h: number;
  /** Of the last trade in memory. */
  readonly last_trade_ts_ms: number | null;
  /**
   * Dollars of 24 hours as a number, rounded to cents. KalshiWhale gave contracts of the
   * market's whole life here, and called them dollars.
   */
  readonly volume: number;
  /** The same in millions. */
  readonly volume_millions: number;
  /** The newer of trade and quote, ISO 8601, UTC; null before both. */
  readonly last_updated: string | null;
}

/** All that a page about one market needs. */
export interface MarketPage {
  /** The market. */
  readonly market: MarketObject;
  /** Its event and the markets beside it. */
  readonly event: EventOfMarket;
  /** Its series. */
  readonly series: SeriesOfMarket;
  /** What decides it. */
  readonly rules: MarketRules;
  /** Of a combo: what it is made of. */
  readonly legs: readonly LegOfMarket[];
  /** Figures by window; null where it was not traded in it. */
  readonly windows: Readonly<Record<string, WindowOfMarket | null>>;
  /** What is usual in it. */
  readonly usual: UsualOfMarket;
  /** The newest, newest first by exchange time. */
  readonly trades: readonly Trade[];
  /** Of them. */
  readonly count: number;
  /** Gives the next page of `/api/markets/{ticker}/trades`. */
  readonly cursor: string;
  /** Of the last twelve hours, oldest first. */
  readonly candles: readonly Candle[];
  /** Their length. */
  readonly interval: string;
  /** Where their span begins. Unix milliseconds. */
  readonly candles_from_ms: number;
  /** Where it ends. Unix milliseconds. */
  readonly candles_to_ms: number;
  /** Where in it trades may be missing. */
  readonly gaps: readonly GapInSpan[];
  /** Where the tape is meant to begin. */
  readonly since_ms: number | null;
  /** Up to where none is missing. */
  readonly complete_to_ms: number | null;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /** Board time. Unix milliseconds. */
  readonly ts_ms: number;
}

/** What decides a market, in the exchange's words; empty or null where not told. */
export interface MarketRules {
  /** The rules. */
  readonly rules_primary: string;
  /** More of them. */
  readonly rules_secondary: string;
  /** When it closes early. */
  readonly early_close_condition: string;
  /** Whether it may. */
  readonly can_close_early: boolean | null;
  /** The value that decided it. */
  readonly expiration_value: string;
  /** How value and strike are compared. */
  readonly strike_type: string;
  /** The strike, where it is no number. */
  readonly functional_strike: string;
  /** Lower bound. */
  readonly floor_strike: number | null;
  /** Upper bound. */
  readonly cap_strike: number | null;
  /** The strike, where it is several things. */
  readonly custom_strike: Readonly<Record<string, unknown>> | null;
  /** Label of the price grid. */
  readonly price_level_structure: string;
  /** The grid. */
  readonly price_ranges: readonly PriceRange[];
  /** When it ends, ISO 8601. */
  readonly expiration_time: string;
  /** When it ends at the latest. */
  readonly latest_expiration_time: string;
  /** When it was paid out. */
  readonly settlement_ts: string;
  /** How long after its result it is paid out. */
  readonly settlement_timer_seconds: number | null;
  /** Who says how it ended. */
  readonly settlement_sources: readonly SettlementSource[];
}

/** One market's trades, newest first, a page at a time, the largest, or all after one. */
export interface MarketTrades {
  /** The market. */
  readonly ticker: string;
  /** Newest first; after a `seq`, by `seq`; or largest first. */
  readonly trades: readonly Trade[];
  /** Of them. */
  readonly count: number;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /** Gives the next page; empty behind the last. Not with `after_seq`. */
  readonly cursor?: string;
  /**
   * With `after_seq` alone: everything up to here was looked at. Number of a stored trade of
   * this installation, never reused.
   */
  readonly seq?: number;
  /** With `after_seq` alone: whether that is all there was. */
  readonly done?: boolean;
  /** With `sort=largest` alone: whale prints of the span that pass. */
  readonly total?: number;
  /** With `sort=largest` alone: the least dollars of one of these. Dollars, six decimals. */
  readonly threshold_dollars?: string;
  /** With `sort=largest` alone: where what was looked at begins. Unix milliseconds. */
  readonly from_ms?: number;
}

/** The market of an id. */
export interface OneMarket {
  /** The market. */
  readonly market: MarketObject;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
}

/** Prices from one to another, and what lies between two of them. */
export interface PriceRange {
  /** The first. */
  readonly start: string;
  /** The last. */
  readonly end: string;
  /** From one to the next. */
  readonly step: string;
}

/** What went wrong. */
export interface Problem {
  /** For programs: it stays. */
  readonly code: string;
  /** A sentence for people: what happened, and what to do. */
  readonly message: string;
}

/** The settings that a client can use; others may be among them. */
export interface PublicSettings {
  /** Of the server. */
  readonly version: string;
  /** live, polling, demo or replay. */
  readonly mode: string;
  /** Every window. */
  readonly windows: readonly string[];
  /** Where a query names none. */
  readonly default_window?: string;
  /** Every sort. */
  readonly sorts?: readonly string[];
  /** Hot markets of a subscription that asks for nothing. */
  readonly hot_markets_limit?: number;
  /** The least dollars of a whale print. */
  readonly whale_dollars?: number;
  /** Where the stream is. */
  readonly stream?: string;
}

/** A market's best prices from a moment on. */
export interface QuoteSnapshot {
  /** The market. */
  readonly market_ticker: string;
  /** When they became so. Unix milliseconds. */
  readonly ts_ms: number;
  /** The best bid for YES; null: none. */
  readonly yes_bid_dollars: string | null;
  /** The best ask; null: none. */
  readonly yes_ask_dollars: string | null;
  /** Contracts at the bid. Contracts, two decimals. */
  readonly yes_bid_size_fp: string;
  /** Contracts at the ask. Contracts, two decimals. */
  readonly yes_ask_size_fp: string;
  /** Contracts that are held. Contracts, two decimals. */
  readonly open_interest_fp: string;
  /** ws, or poll. */
  readonly source: string;
  /** Rises within a market and source: `ts_ms`, for the exchange numbers no quotes. */
  readonly sequence: number;
}

/** Where each change of a quote was stored. */
export interface QuotedSpan {
  /** ws, or poll. */
  readonly source: string;
  /** Where it begins. Unix milliseconds. */
  readonly from_ms: number;
  /** Where it ends. Unix milliseconds. */
  readonly to_ms: number;
}

/** The newest trades of all markets, or all after a `seq`. */
export interface RecentTrades {
  /** Newest first by exchange time; after a `seq`, by `seq`. */
  readonly recent_trades: readonly Trade[];
  /** Of them. */
  readonly count: number;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Everything up to here was looked at: the next `after_seq`. Number of a stored trade of
   * this installation, never reused.
   */
  readonly seq: number;
  /** With `after_seq` alone: whether that is all there was. */
  readonly done?: boolean;
}

/** The exchange's markets were read. */
export interface Refreshed {
  /** Always true: what fails is an error. */
  readonly success: boolean;
  /** A sentence. */
  readonly message: string;
  /** Markets that were read. */
  readonly count: number;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
}

/** Every error's answer. */
export interface Refusal {
  /** What went wrong. */
  readonly error: Problem;
}

/** A series of a category. */
export interface SeriesCount {
  /** Its name. */
  readonly series_ticker: string;
  /** What it is called. */
  readonly title: string;
  /** Markets that can be traded, as far as is known. */
  readonly open_markets: number;
  /** Markets with a trade in the window. */
  readonly active_markets: number;
  /** What takers paid in the window. Dollars, six decimals. */
  readonly notional_dollars: string;
}

/** Events that repeat. */
export interface SeriesOfMarket {
  /** Its name. */
  readonly series_ticker: string;
  /** What it is called. */
  readonly title: string;
  /** The exchange's. */
  readonly category: string;
  /** Finer than the category. */
  readonly tags: readonly string[];
  /** How often. */
  readonly frequency: string;
  /** How fees are reckoned. */
  readonly fee_type: string;
}

/** Who says how it ended. */
export interface SettlementSource {
  /** What it is called. */
  readonly name: string;
  /** Its address, as the exchange gives it. */
  readonly url: string;
}

/** One market in a list beside another one. */
export interface ShortMarket {
  /** The market. */
  readonly market_ticker: string;
  /** Its question; null until it is known. */
  readonly title: string | null;
  /** What YES stands for. */
  readonly outcome: string;
  /** For narrow places. */
  readonly short_label: string;
  /** The exchange's word; unknown before it has told one. */
  readonly status: string;
  /** What it was settled as, once it is. */
  readonly result: string;
  /** Lower bound of its strike, where there is one. */
  readonly floor_strike: number | null;
  /** Upper bound, likewise. */
  readonly cap_strike: number | null;
  /** Of the last trade in memory. */
  readonly yes_price_dollars: string | null;
  /** The best bid for YES; null: none. */
  readonly yes_bid_dollars: string | null;
  /** The best ask; null: none. */
  readonly yes_ask_dollars: string | null;
  /** Half way between bid and ask. */
  readonly mid_dollars: string | null;
  /** What takers paid in 24 hours. Dollars, six decimals. */
  readonly notional_24h_dollars: string;
  /** Contracts of YES takers less those of NO takers. Contracts, two decimals. */
  readonly net_flow_24h_fp: string;
  /** Trades of 24 hours. */
  readonly trade_count_24h: number;
}

/** A market's quotes on disk, newest first: each holds until the next one. */
export interface SnapshotList {
  /** The market. */
  readonly ticker: string;
  /** A page of them. */
  readonly snapshots: readonly QuoteSnapshot[];
  /** Of these. */
  readonly count: number;
  /** Where nothing is missing between them; the newest 200 spans. */
  readonly covered: readonly QuotedSpan[];
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /** Gives the next page; empty behind the last. */
  readonly cursor: string;
}

/** The markets with the most dollars of the last 24 hours. */
export interface TopMarkets {
  /** Most first. */
  readonly markets: readonly MarketObject[];
  /** Of them. */
  readonly count: number;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
}

/** One public print. */
export interface Trade {
  /**
   * Its number in this installation: rising, never used twice. Number of a stored trade of
   * this installation, never reused.
   */
  readonly seq: number;
  /** The exchange's: 8-4-4-4-12 lower-case hex digits. */
  readonly trade_id: string;
  /** Its market. */
  readonly market_ticker: string;
  /** Price of a YES contract. Dollars a contract, four decimals. */
  readonly yes_price_dollars: string;
  /** Price of a NO contract. Dollars a contract, four decimals. */
  readonly no_price_dollars: string;
  /** Contracts. Contracts, two decimals. */
  readonly count_fp: string;
  /** Which outcome the taker bought. */
  readonly taker_outcome_side: "no" | "yes";
  /** Whether it was negotiated off the book. */
  readonly is_block_trade: boolean;
  /** When it was made, by the exchange's clock. Unix milliseconds. */
  readonly ts_ms: number;
  /** Contracts times the price of the taker's side. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** When the server had it, by its own clock. Unix milliseconds. */
  readonly received_ts_ms: number;
  /** ws, poll, heal, backfill or import: how it came. */
  readonly source: string;
  /** Whether it was fetched afterwards and was not live; left out where not. */
  readonly late?: boolean;
}

/** Trades of all markets on disk, newest first, a page at a time, or the largest. */
export interface TradeList {
  /** A page of them: fewer than asked for, or none, where few pass. */
  readonly trades: readonly Trade[];
  /** Of these. */
  readonly count: number;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /** Gives the next page; empty behind the last. */
  readonly cursor: string;
  /** With `sort=largest` alone: whale prints of the span that pass. */
  readonly total?: number;
  /** With `sort=largest` alone: the least dollars of one of these. Dollars, six decimals. */
  readonly threshold_dollars?: string;
  /** With `sort=largest` alone: where what was looked at begins. Unix milliseconds. */
  readonly from_ms?: number;
}

/** What is usually paid in such a window at this hour of the day, combos too. */
export interface UsualFlow {
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /**
   * Board time: exchange time of the newest trade, and the time passed since. Unix
   * milliseconds.
   */
  readonly ts_ms: number;
  /** What the figures are sums over. */
  readonly window: "15m" | "1h" | "1m" | "24h" | "5m";
  /** The first millisecond that counts. Unix milliseconds. */
  readonly window_from_ms: number;
  /** The first that does not any more. Unix milliseconds. */
  readonly window_to_ms: number;
  /** How much of the window the tape reaches over. */
  readonly window_covered_ms: number;
  /**
   * The median over days before of the dollars of this hour by UTC, for as long as the window
   * is; in `24h` of whole days. null: no day.
   */
  readonly usual_notional_dollars: string | null;
  /** Of how many of the seven before the tape has all of that. */
  readonly days: number;
}

/** What is usual in a market, to compare a print with; null without trades. */
export interface UsualOfMarket {
  /** Trades of 24 hours. */
  readonly trade_count_24h: number;
  /** Of them. */
  readonly mean_print_dollars: string | null;
  /** What takers paid a minute in 24 hours, or as long as the tape reaches. */
  readonly a_minute_dollars: string | null;
  /** How many of the newest prints the next two are of. */
  readonly prints: number;
  /** Half of them are as large. */
  readonly median_print_dollars: string | null;
  /** The largest. */
  readonly largest_print_dollars: string | null;
}

/** The markets whose dollars of the last 24 hours exceed a threshold. */
export interface WhaleAlerts {
  /** Markets, most dollars first. */
  readonly alerts: readonly MarketObject[];
  /** Of them. */
  readonly count: number;
  /** In dollars. */
  readonly threshold: number;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
}

/** The whale prints of a window, largest first. */
export interface WhalePrints {
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /**
   * Of the newest trade in these figures. Number of a stored trade of this installation, never
   * reused.
   */
  readonly seq: number;
  /**
   * Board time: exchange time of the newest trade, and the time passed since. Unix
   * milliseconds.
   */
  readonly ts_ms: number;
  /** What the figures are sums over. */
  readonly window: "15m" | "1h" | "1m" | "24h" | "5m";
  /** The first millisecond that counts. Unix milliseconds. */
  readonly window_from_ms: number;
  /** The first that does not any more. Unix milliseconds. */
  readonly window_to_ms: number;
  /** How much of the window the tape reaches over. */
  readonly window_covered_ms: number;
  /** Trades. */
  readonly whales: readonly Trade[];
  /** Of them. */
  readonly count: number;
  /** The least dollars of a whale print. Dollars, six decimals. */
  readonly threshold_dollars: string;
  /** Whether those of combo markets are among them. */
  readonly combos: "exclude" | "include";
}

/** The server in a few words. */
export interface WhaleStatus {
  /** running; starting while the windows are being rebuilt. */
  readonly status: string;
  /** The server's wall clock, ISO 8601, UTC. */
  readonly timestamp: string;
  /** When the newest trade was made; null before the first. */
  readonly last_update: string | null;
  /** Clients of `/ws/stream` and of `/ws`. */
  readonly active_connections: number;
  /** Markets that are known here. */
  readonly total_markets: number;
  /** Always true: there is `/ws`. */
  readonly websocket_enabled: boolean;
  /** live, delayed, healing, polling, stale, storage_degraded or starting. */
  readonly feed: string;
}

/** A market's figures over one window, as in a hot row. */
export interface WindowOfMarket {
  /** The last price in the window. Dollars a contract, four decimals. */
  readonly yes_price_dollars: string;
  /** The first. Dollars a contract, four decimals. */
  readonly first_yes_price_dollars: string;
  /** Half way between bid and ask at its start. */
  readonly first_mid_dollars: string | null;
  /**
   * Mid less first mid; where one is null, last price less first. Dollars a contract, four
   * decimals.
   */
  readonly change_dollars: string;
  /** What all takers paid. Dollars, six decimals. */
  readonly notional_dollars: string;
  /** What YES takers paid. Dollars, six decimals. */
  readonly yes_flow_dollars: string;
  /** What NO takers paid. Dollars, six decimals. */
  readonly no_flow_dollars: string;
  /**
   * Contracts of YES takers less those of NO takers: the direction. Contracts, two decimals.
   */
  readonly net_flow_fp: string;
  /** Contracts. Contracts, two decimals. */
  readonly volume_fp: string;
  /** Trades. */
  readonly trade_count: number;
  /** The last YES price at the end of each sixtieth of the window. */
  readonly sparkline: readonly (number | null)[];
  /** 0 to 100, money a minute against the day before; not there in `24h`. */
  readonly heat?: number;
}

/** What each path answers to GET; null: no JSON. */
export interface Answers {
  readonly "/health": HealthReport;
  readonly "/api/config": PublicSettings;
  readonly "/api/coverage": CoverageReport;
  readonly "/api/markets/hot": HotMarkets;
  readonly "/api/markets": MarketList;
  readonly "/api/markets/{ticker}": MarketPage;
  readonly "/api/markets/{ticker}/candles": CandleList;
  readonly "/api/markets/{ticker}/trades": MarketTrades;
  readonly "/api/trades": TradeList;
  readonly "/api/trades/recent": RecentTrades;
  readonly "/api/trades/stream": null;
  readonly "/api/categories": CategoryList;
  readonly "/api/v1/markets/{ticker}/snapshots": SnapshotList;
  readonly "/api/v1/markets/{ticker}/latest": LatestSnapshot;
  readonly "/api/v1/markets/{market_id}": OneMarket;
  readonly "/api/whales": WhalePrints;
  readonly "/api/stats": BoardStats;
  readonly "/api/usual": UsualFlow;
  readonly "/api/status": WhaleStatus;
  readonly "/api/top-markets": TopMarkets;
  readonly "/api/whale-alerts": WhaleAlerts;
  readonly "/api/events": EventList;
  readonly "/api/events/{event_ticker}": EventPage;
  readonly "/asyncapi.json": Readonly<Record<string, unknown>>;
  readonly "/openapi.json": Readonly<Record<string, unknown>>;
  readonly "/llms.txt": null;
}

/** What each path takes behind its question mark. */
export interface Queries {
  readonly "/health": Readonly<Record<string, never>>;
  readonly "/api/config": Readonly<Record<string, never>>;
  readonly "/api/coverage": Readonly<Record<string, never>>;
  readonly "/api/markets/hot": { readonly window?: "1m" | "5m" | "15m" | "1h" | "24h"; readonly sort?: "notional" | "volume" | "net_flow" | "heat"; readonly limit?: string | number; readonly combos?: "exclude" | "include"; readonly group?: "market" | "event" };
  readonly "/api/markets": { readonly q?: string; readonly tickers?: string; readonly status?: string; readonly category?: string; readonly league?: string; readonly series?: string; readonly event?: string; readonly combos?: "exclude" | "include"; readonly sort?: "notional" | "volume" | "trades" | "ends" | "ticker"; readonly limit?: string | number; readonly cursor?: string };
  readonly "/api/markets/{ticker}": Readonly<Record<string, never>>;
  readonly "/api/markets/{ticker}/candles": { readonly interval?: "1m" | "5m" | "1h" | "1d"; readonly from?: string; readonly to?: string; readonly limit?: string | number; readonly cursor?: string };
  readonly "/api/markets/{ticker}/trades": { readonly limit?: string | number; readonly cursor?: string; readonly from?: string; readonly to?: string; readonly after_seq?: string | number; readonly sort?: "newest" | "largest"; readonly min_notional?: string; readonly side?: "yes" | "no"; readonly live_only?: "1" | "0" };
  readonly "/api/trades": { readonly from?: string; readonly to?: string; readonly limit?: string | number; readonly cursor?: string; readonly sort?: "newest" | "largest"; readonly event?: string; readonly combos?: "exclude" | "include"; readonly tickers?: string; readonly series?: string; readonly category?: string; readonly league?: string; readonly min_notional?: string; readonly side?: "yes" | "no"; readonly live_only?: "1" | "0" };
  readonly "/api/trades/recent": { readonly limit?: string | number; readonly after_seq?: string | number; readonly combos?: "exclude" | "include"; readonly tickers?: string; readonly series?: string; readonly category?: string; readonly league?: string; readonly min_notional?: string; readonly side?: "yes" | "no"; readonly live_only?: "1" | "0" };
  readonly "/api/trades/stream": { readonly format?: "sse" | "ndjson"; readonly after_seq?: string | number; readonly combos?: "exclude" | "include"; readonly tickers?: string; readonly series?: string; readonly category?: string; readonly league?: string; readonly min_notional?: string; readonly side?: "yes" | "no"; readonly live_only?: "1" | "0" };
  readonly "/api/categories": { readonly window?: "1m" | "5m" | "15m" | "1h" | "24h"; readonly combos?: "exclude" | "include" };
  readonly "/api/v1/markets/{ticker}/snapshots": { readonly from?: string; readonly to?: string; readonly source?: "any" | "ws" | "poll"; readonly limit?: string | number; readonly cursor?: string };
  readonly "/api/v1/markets/{ticker}/latest": Readonly<Record<string, never>>;
  readonly "/api/v1/markets/{market_id}": Readonly<Record<string, never>>;
  readonly "/api/whales": { readonly window?: "1m" | "5m" | "15m" | "1h" | "24h"; readonly limit?: string | number; readonly combos?: "exclude" | "include" };
  readonly "/api/stats": { readonly window?: "1m" | "5m" | "15m" | "1h" | "24h" };
  readonly "/api/usual": { readonly window?: "1m" | "5m" | "15m" | "1h" | "24h" };
  readonly "/api/status": Readonly<Record<string, never>>;
  readonly "/api/top-markets": { readonly limit?: string | number };
  readonly "/api/whale-alerts": { readonly threshold?: string; readonly limit?: string | number };
  readonly "/api/events": { readonly window?: "1m" | "5m" | "15m" | "1h" | "24h"; readonly sort?: "notional" | "trades" | "flow"; readonly limit?: string | number; readonly cursor?: string; readonly combos?: "exclude" | "include"; readonly series?: string; readonly category?: string; readonly league?: string };
  readonly "/api/events/{event_ticker}": { readonly window?: "1m" | "5m" | "15m" | "1h" | "24h" };
  readonly "/asyncapi.json": Readonly<Record<string, never>>;
  readonly "/openapi.json": Readonly<Record<string, never>>;
  readonly "/llms.txt": Readonly<Record<string, never>>;
}
