// The page's own address and the stream's. Defaults are left out; unknown values are
// ignored, so an old link never breaks.

import { DEFAULT_CHOICE, SORTS, WINDOWS, type Choice } from "./messages";

/** Reads `?w=15m&sort=heat`. */
export function choiceFromSearch(search: string): Choice {
  const asked = new URLSearchParams(search);
  const window = WINDOWS.find((name) => name === asked.get("w")) ?? DEFAULT_CHOICE.window;
  const sort = SORTS.find((name) => name === asked.get("sort")) ?? DEFAULT_CHOICE.sort;
  return offered({ window, sort });
}

/** Returns the search part for `choice`, keeping what else stands in `search`. */
export function searchForChoice(choice: Choice, search: string): string {
  const params = new URLSearchParams(search);
  set(params, "w", choice.window, DEFAULT_CHOICE.window);
  set(params, "sort", choice.sort, DEFAULT_CHOICE.sort);
  const text = params.toString();
  return text ? `?${text}` : "";
}

/** Address of the stream on the page's own origin. */
export function streamUrl(page: { protocol: string; host: string }, choice: Choice): string {
  const params = new URLSearchParams();
  set(params, "window", choice.window, DEFAULT_CHOICE.window);
  set(params, "sort", choice.sort, DEFAULT_CHOICE.sort);
  const query = params.toString();
  const scheme = page.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${page.host}/ws/stream${query ? `?${query}` : ""}`;
}

/** Heat compares with the last 24 h, so over 24h there is none to sort by. */
export function offered(choice: Choice): Choice {
  const heatless = choice.window === "24h" && choice.sort === "heat";
  return heatless ? { ...choice, sort: DEFAULT_CHOICE.sort } : choice;
}

function set(params: URLSearchParams, key: string, value: string, usual: string): void {
  if (value === usual) params.delete(key);
  else params.set(key, value);
}
