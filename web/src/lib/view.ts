// What the reader has asked to see, and the address that says so. Defaults are left out
// of the address; unknown values are ignored, so an old link never breaks. Pure.

import { SORTS, WINDOWS, type Choice, type SortName, type WindowName } from "./messages";

/** Figures that the table is ranked by; the server knows no ranking by change. */
export const RANKS = [...SORTS, "change"] as const;
export type RankName = (typeof RANKS)[number];
export const ENDS = ["1h", "3h", "24h", "7d"] as const;
export type EndsName = (typeof ENDS)[number];
export const SIDES = ["yes", "no"] as const;
export type Side = (typeof SIDES)[number];
/** Least dollars of a print, as offered; the address takes any other whole number. */
export const MINIMUMS = [0, 100, 1_000, 10_000] as const;

/** Least dollars of a print that presets call a whale. */
export const WHALE_DOLLARS = 1_000;
const MINIMUM_MAX = 99_999_999;
const NAME_CHARS_MAX = 100;
const SERIES_MAX = 50;
const TICKERS_MAX = 100;
/** Rows asked for: what is on screen, or a longer list where the page itself sifts. */
const ROWS = 100;
const ROWS_SIFTED = 300;

export interface View {
  readonly window: WindowName;
  readonly sort: RankName;
  /** Markets of one event under its first one, or each for itself. */
  readonly grouped: boolean;
  readonly category: string | null;
  /** The second level below a category: a league, or series. */
  readonly league: string | null;
  readonly series: string | null;
  readonly side: Side | null;
  /** Least dollars of prints and whales. */
  readonly minimum: number;
  readonly combos: boolean;
  readonly ends: EndsName | null;
  /** Markets with a whale print in the window alone. */
  readonly whales: boolean;
  /** Watched markets alone: the starred ones, or those of a link that was given. */
  readonly watch: boolean;
  readonly given: string | null;
}

export const DEFAULT_VIEW: View = {
  window: "5m",
  sort: "notional",
  grouped: true,
  category: null,
  league: null,
  series: null,
  side: null,
  minimum: 0,
  combos: false,
  ends: null,
  whales: false,
  watch: false,
  given: null,
};

const HOUR_MS = 3_600_000;
export const ENDS_MS: Record<EndsName, number> = {
  "1h": HOUR_MS,
  "3h": 3 * HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 168 * HOUR_MS,
};

/** Reads `?w=15m&sort=heat&cat=Crypto`. */
export function viewFromSearch(search: string): View {
  const asked = new URLSearchParams(search);
  const one = <T extends string>(key: string, allowed: readonly T[]): T | undefined =>
    allowed.find((name) => name === asked.get(key));
  const minimum = Number(asked.get("min"));
  const category = nameOf(asked.get("cat"));
  const given = tickersOf(asked.get("watch") ?? "").join(",") || null;
  return offered({
    window: one("w", WINDOWS) ?? DEFAULT_VIEW.window,
    sort: one("sort", RANKS) ?? DEFAULT_VIEW.sort,
    grouped: asked.get("group") !== "flat",
    category,
    league: category && nameOf(asked.get("league")),
    series: category && nameOf(asked.get("series")),
    side: one("side", SIDES) ?? null,
    minimum: Number.isInteger(minimum) && minimum > 0 && minimum <= MINIMUM_MAX ? minimum : 0,
    combos: asked.get("combos") === "1",
    ends: one("ends", ENDS) ?? null,
    whales: asked.get("only") === "whales",
    watch: asked.get("watch") === "1" || given !== null,
    given,
  });
}

/** Returns the search part for `view`, keeping what else stands in `search`. */
export function searchForView(view: View, search = ""): string {
  const params = new URLSearchParams(search);
  const put = (key: string, value: string | number | false | null): void => {
    if (value) params.set(key, String(value));
    else params.delete(key);
  };
  put("w", view.window !== DEFAULT_VIEW.window && view.window);
  put("sort", view.sort !== DEFAULT_VIEW.sort && view.sort);
  put("group", !view.grouped && "flat");
  put("cat", view.category);
  put("league", view.league);
  put("series", view.series);
  put("side", view.side);
  put("min", view.minimum);
  put("combos", view.combos && "1");
  put("ends", view.ends);
  put("only", view.whales && "whales");
  put("watch", view.watch && (view.given ?? "1"));
  const text = params.toString();
  return text ? `?${text}` : "";
}

/** What the stream is asked for; `starred` are the watchlist's markets. */
export function choiceOf(view: View, starred: readonly string[]): Choice {
  const sifts = view.sort === "change" || view.ends !== null || view.whales;
  const watched = view.given?.split(",") ?? starred;
  return {
    window: view.window,
    sort: view.sort === "change" ? "notional" : view.sort,
    limit: sifts ? ROWS_SIFTED : ROWS,
    ...(view.category !== null && !view.series && { category: [view.category] }),
    ...(view.league !== null && { league: [view.league] }),
    ...(view.series !== null && { series: view.series.split(",").slice(0, SERIES_MAX) }),
    ...(view.side && { side: view.side }),
    ...(view.minimum > 0 && { min_notional: String(view.minimum) }),
    ...(view.combos && { combos: "include" as const }),
    // Nothing starred: a market that cannot be, for a list that is empty.
    ...(view.watch && { tickers: watched.length ? watched.slice(0, TICKERS_MAX) : ["-"] }),
  };
}

/** Address of the stream on the page's own origin. */
export function streamUrl(page: { protocol: string; host: string }, choice: Choice): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(choice)) params.set(key, String(value));
  return `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}/ws/stream?${params}`;
}

export interface Preset {
  readonly name: string;
  readonly change: Partial<View>;
}

/** Each replaces every filter; window, grouping and combos stay as they are. */
export const PRESETS: readonly Preset[] = [
  { name: "Everything", change: {} },
  { name: "Whales only", change: { whales: true, minimum: WHALE_DOLLARS } },
  { name: "Movers", change: { sort: "change" } },
  { name: "Live now", change: { ends: "3h", sort: "heat" } },
  { name: "Ends within 1 h", change: { ends: "1h" } },
];

export function presetView(preset: Preset, view: View): View {
  const { window, grouped, combos } = view;
  return offered({ ...DEFAULT_VIEW, window, grouped, combos, ...preset.change });
}

/** How many filters leave something out. */
export function filterCount(view: View): number {
  const { category, side, minimum, ends, whales, watch } = view;
  return [category, side, minimum, ends, whales, watch].filter(Boolean).length;
}

/** Returns `view` without its filters. */
export function unfiltered(view: View): View {
  const { window, sort, grouped, combos } = view;
  return { ...DEFAULT_VIEW, window, sort, grouped, combos };
}

export function sameView(a: View, b: View): boolean {
  return searchForView(a) === searchForView(b);
}

/** Heat compares with the last 24 h, so over 24h there is none to sort by; a list that was
 * given is there as long as it is watched. */
export function offered(view: View): View {
  const heatless = view.window === "24h" && view.sort === "heat";
  return { ...view, ...(heatless && { sort: DEFAULT_VIEW.sort }), ...(!view.watch && { given: null }) };
}

/** The tickers in "A,B,C"; what cannot be one is left out. */
export function tickersOf(text: string): string[] {
  const found = text.split(",").filter((part) => part.length <= NAME_CHARS_MAX && /^[A-Z][\w.-]+$/.test(part));
  return [...new Set(found)].slice(0, TICKERS_MAX);
}

export function isServerSort(sort: RankName): sort is SortName {
  return sort !== "change";
}

function nameOf(text: string | null): string | null {
  return text && text.length <= NAME_CHARS_MAX * SERIES_MAX ? text : null;
}
