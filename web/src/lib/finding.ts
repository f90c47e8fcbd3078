// What a search finds: on the server, or on the board. Pure.

import { objectsIn, textIn, type Told } from "./server";
import { parseFixed, plainTitle } from "./format";
import type { HotRow } from "./messages";

export interface Found {
  readonly ticker: string;
  /** Question and outcome. */
  readonly text: string;
  readonly price: string | null;
}

/** Reads the markets of `/api/markets`. */
export function foundOf(told: Told): Found[] {
  return objectsIn(told, "markets").map((market) => {
    const ticker = textIn(market, "market_ticker");
    const title = plainTitle(textIn(market, "title"));
    const outcome = plainTitle(textIn(market, "outcome"));
    const price = textIn(market, "yes_price_dollars");
    const both = title && outcome && !title.includes(outcome) ? `${title} · ${outcome}` : title;
    return { ticker, text: both || ticker, price: parseFixed(price, 4) === null ? null : price };
  });
}

/** Rows that hold every word of `text`, in their order. */
export function foundIn(rows: readonly HotRow[], text: string): Found[] {
  const words = wordsOf(text);
  return rows.flatMap((row) => {
    const title = row.title === null ? row.market_ticker : plainTitle(row.title);
    const told = `${title} ${row.market_ticker}`.toLowerCase();
    const all = words.every((word) => told.includes(word));
    return all ? [{ ticker: row.market_ticker, text: title, price: row.yes_price_dollars }] : [];
  });
}

/** Cuts a text where words of `wanted` stand in it. */
export function markedParts(text: string, wanted: string): { text: string; hit: boolean }[] {
  const words = wordsOf(wanted).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!words.length) return [{ text, hit: false }];
  const parts = text.split(new RegExp(`(${words.join("|")})`, "i"));
  return parts.flatMap((part, index) => (part ? [{ text: part, hit: index % 2 === 1 }] : []));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}
