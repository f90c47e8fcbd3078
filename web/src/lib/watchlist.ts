// A watchlist as a file and as a link. Pure.

import { tickersOf } from "./view";

/** The text of the file that an export makes. */
export function watchlistText(tickers: readonly string[]): string {
  return `${JSON.stringify({ flowboard_watchlist: tickers }, null, 2)}\n`;
}

/** Reads such a file, or a bare list of tickers; null where it is neither. */
export function readWatchlist(text: string): string[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const list: unknown = Array.isArray(value) ? value : (value as { flowboard_watchlist?: unknown } | null)?.flowboard_watchlist;
  if (!Array.isArray(list)) return null;
  return list.filter((each): each is string => typeof each === "string" && tickersOf(each)[0] === each);
}

/** The address that shows this list to anybody. */
export function watchlistLink(origin: string, tickers: readonly string[]): string {
  return `${origin}/?${new URLSearchParams({ watch: tickers.join(",") })}`;
}
