// What a search finds: on the server, or on the board. Pure.

import { objectsIn, textIn, type Told } from "./server";
import { parseFixed, plainTitle } from "./format";
import type { HotRow } from "./messages";

export interface Found {
  readonly ticker: string;
  readonly title: string;
  /** What YES stands for; "" where the title says it, or nobody knows. */
  readonly outcome: string;
  readonly price: string | null;
}

/** Reads the markets of `/api/markets`. */
export function foundOf(told: Told): Found[] {
  return objectsIn(told, "markets").map((market) => {
    const ticker = textIn(market, "market_ticker");
    const title = plainTitle(textIn(market, "title"));
    const outcome = plainTitle(textIn(market, "outcome"));
    const price = textIn(market, "yes_price_dollars");
    return { ticker, ...parted(title || ticker, outcome), price: parseFixed(price, 4) === null ? null : price };
  });
}

/** Rows that hold every word of `text`, in their order. */
export function foundIn(rows: readonly HotRow[], text: string): Found[] {
  const words = wordsOf(text);
  return rows.flatMap((row) => {
    const title = row.title === null ? row.market_ticker : plainTitle(row.title);
    const told = `${title} ${row.market_ticker}`.toLowerCase();
    const all = words.every((word) => told.includes(word));
    const named = parted(title, plainTitle(row.outcome ?? ""));
    return all ? [{ ticker: row.market_ticker, ...named, price: row.yes_price_dollars }] : [];
  });
}

/** A title ends with its outcome where the question alone does not tell it. */
function parted(title: string, outcome: string): { title: string; outcome: string } {
  const end = ` · ${outcome}`;
  return { title: outcome && title.endsWith(end) ? title.slice(0, -end.length) : title, outcome };
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
