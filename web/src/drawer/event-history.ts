// Candles of an event's markets -> their prices step by step, and what those implied of a
// ladder's number. Pure.

import { beliefOf, boundsOf, pointsOf, type Belief, type Bounds } from "./belief";
import { centsOf } from "./chart-data";
import type { Candle, EventMember } from "../lib/market";

/** Lines in one chart: with more, none could be told from the others. */
export const LINES_MAX = 6;
const STEPS_MAX = 960;

/** A market's trades over a range. */
export interface MemberTape {
  readonly ticker: string;
  /** YES price in cents before the range; null: none is known. */
  readonly before: number | null;
  /** Oldest first. */
  readonly candles: readonly Candle[];
}

/** The markets that get a line: those of most dollars, then of most open contracts; as
 * many as `LINES_MAX`, in the order in which they are listed. */
export function lineTickers(members: readonly EventMember[]): string[] {
  const figure = (text: string | null): number => Number(text ?? 0) || 0;
  const ranked = members.toSorted(
    (a, b) => figure(b.notional_dollars) - figure(a.notional_dollars) || figure(b.open_interest_fp) - figure(a.open_interest_fp),
  );
  const picked = new Set(ranked.slice(0, LINES_MAX).map((member) => member.market_ticker));
  return members.map((member) => member.market_ticker).filter((ticker) => picked.has(ticker));
}

/** Prices of an event's markets, step by step, kept up as time passes. */
export class EventHistory {
  readonly stepMs: number;
  /** Where each step begins. */
  readonly times: number[] = [];
  readonly #prices = new Map<string, (number | null)[]>();
  readonly #bounds: ReadonlyMap<string, Bounds | null>;
  #beliefs: (Belief | null)[] | null = null;

  constructor(fromMs: number, toMs: number, stepMs: number, members: readonly EventMember[]) {
    this.stepMs = stepMs;
    for (let ms = Math.floor(fromMs / stepMs) * stepMs; ms < toMs; ms += stepMs) this.times.push(ms);
    this.#bounds = new Map(members.map((member) => [member.market_ticker, boundsOf(member)]));
  }

  get fromMs(): number {
    return this.times[0] ?? 0;
  }

  get toMs(): number {
    return (this.times.at(-1) ?? 0) + this.stepMs;
  }

  /** YES price in cents at each step's end; null before the first that is known. */
  pricesOf(ticker: string): readonly (number | null)[] {
    return this.#prices.get(ticker) ?? [];
  }

  /** Puts in a market's trades: each price holds until the next one. */
  add({ ticker, before, candles }: MemberTape): void {
    const prices: (number | null)[] = [];
    let held = before;
    let next = 0;
    for (const ms of this.times) {
      for (let candle = candles[next]; candle && candle.ts_ms < ms + this.stepMs; candle = candles[(next += 1)]) {
        held = centsOf(candle.close_dollars) ?? held;
      }
      prices.push(held);
    }
    this.#prices.set(ticker, prices);
    this.#beliefs = null;
  }

  /** Goes on to `nowMs` with the prices of now; returns the first step that changed, or
   * null. What is not told of stays as it is. */
  follow(nowMs: number, now: ReadonlyMap<string, number | null>): number | null {
    const before = this.times.length;
    while (this.times.length && this.toMs <= nowMs && this.times.length - before < STEPS_MAX) {
      this.times.push(this.toMs);
      for (const prices of this.#prices.values()) prices.push(prices.at(-1) ?? null);
    }
    const last = this.times.length - 1;
    let first = this.times.length > before ? before : null;
    for (const [ticker, prices] of this.#prices) {
      const price = now.get(ticker) ?? null;
      if (price === null || price === prices[last]) continue;
      prices[last] = price;
      first ??= last;
    }
    if (first === null) return null;
    if (this.#beliefs) for (let step = first; step <= last; step += 1) this.#beliefs[step] = this.#beliefAt(step);
    if (this.times.length <= STEPS_MAX) return first;
    const gone = this.times.length - STEPS_MAX / 2;
    for (const list of [this.times, ...this.#prices.values(), this.#beliefs ?? []]) list.splice(0, gone);
    return 0;
  }

  /** What the prices implied at each step; null where too little was known. */
  get beliefs(): readonly (Belief | null)[] {
    return (this.#beliefs ??= this.times.map((_, step) => this.#beliefAt(step)));
  }

  #beliefAt(step: number): Belief | null {
    const tickers = [...this.#bounds.keys()];
    const prices = tickers.map((ticker) => {
      const price = this.#prices.get(ticker)?.[step] ?? null;
      return price === null ? null : Math.round(price * 100);
    });
    return beliefOf(pointsOf(tickers.map((ticker) => this.#bounds.get(ticker) ?? null), prices));
  }
}

/** The price of now of each market, in cents: what is decided is worth 100 or 0. */
export function pricesNow(members: readonly EventMember[]): Map<string, number | null> {
  return new Map(
    members.map((member) => [
      member.market_ticker,
      member.result === "yes" ? 100 : member.result === "no" ? 0 : centsOf(member.yes_price_dollars),
    ]),
  );
}

/** One sentence for those who do not see the chart. */
export function historyWords(history: EventHistory, names: ReadonlyMap<string, string>, range: string): string {
  const cents = (price: number): string => String(Math.round(price * 100) / 100);
  const told = [...names].map(([ticker, name]) => {
    const known = history.pricesOf(ticker).filter((price) => price !== null);
    const [first, last] = [known[0], known.at(-1)];
    if (first === undefined || last === undefined) return `${name}: no price`;
    return first === last ? `${name} ${cents(last)}` : `${name} from ${cents(first)} to ${cents(last)}`;
  });
  return told.length ? `YES prices over ${range}, in cents: ${told.join("; ")}.` : `No prices in ${range}.`;
}
