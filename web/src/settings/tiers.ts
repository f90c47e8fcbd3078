// How large a whale print is, and which are worth a sound or a notice. Pure.

import { parseFixed } from "../lib/format";
import type { Trade } from "../lib/messages";
import type { Preferences } from "../lib/preferences.svelte";

/** From the smallest; the same sizes that the whale list shows larger. */
export const TIERS = ["small", "middle", "big"] as const;
export type Tier = (typeof TIERS)[number];

const MIDDLE_E6 = 2_500_000_000n;
const BIG_E6 = 10_000_000_000n;
/** From then on no notice about the same market. */
const MARKET_QUIET_MS = 60_000;
const NOTICES_A_MINUTE = 5;
const FRESH_MS = 10_000;

export function tierOf(trade: Pick<Trade, "notional_dollars">): Tier {
  const paid = parseFixed(trade.notional_dollars, 6) ?? 0n;
  return paid >= BIG_E6 ? "big" : paid >= MIDDLE_E6 ? "middle" : "small";
}

/** Whether a tier is heard with this setting. */
export function isHeard(tier: Tier, sound: Preferences["sound"]): boolean {
  if (sound === "off") return false;
  return sound === "all" || tier === "big" || (sound === "middle" && tier === "middle");
}

/** Whether a print is news: made just before it came. */
export function isOfNow(trade: Pick<Trade, "late" | "received_ts_ms" | "ts_ms">): boolean {
  return !trade.late && trade.received_ts_ms - trade.ts_ms < FRESH_MS;
}

/** Says which prints become notices: one a market and minute, five a minute in all. */
export class NoticeGate {
  #told: { ticker: string; atMs: number }[] = [];

  lets(ticker: string, atMs: number): boolean {
    this.#told = this.#told.filter((notice) => notice.atMs > atMs - MARKET_QUIET_MS);
    if (this.#told.length >= NOTICES_A_MINUTE || this.#told.some((notice) => notice.ticker === ticker)) return false;
    this.#told.push({ ticker, atMs });
    return true;
  }
}
