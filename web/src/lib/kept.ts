// What this browser keeps for its reader: stars, and whether keys are off. Storage may be full,
// closed or written by somebody else: then what was there is as if it were not.

const STARS_KEY = "flowboard-stars";
const KEYS_OFF_KEY = "flowboard-keys-off";
const STARS_MAX = 500;
const TICKER_CHARS_MAX = 200;

/** Those that are kept now, by whichever tab; `known` where nothing can be kept. */
export function keptStars(known: readonly string[] = []): string[] {
  return listIn(STARS_KEY, known)
    .filter((ticker): ticker is string => typeof ticker === "string" && ticker.length <= TICKER_CHARS_MAX)
    .slice(0, STARS_MAX);
}

/** Returns `stars` with `ticker` first, or without it if it was there; keeps them. */
export function toggleStar(stars: readonly string[], ticker: string): string[] {
  const without = stars.filter((star) => star !== ticker);
  const next = without.length < stars.length ? without : [ticker, ...stars].slice(0, STARS_MAX);
  keep(STARS_KEY, next);
  return next;
}

/** Puts `tickers` before the stars that are there; keeps them. */
export function addStars(stars: readonly string[], tickers: readonly string[]): string[] {
  const next = [...new Set([...tickers, ...stars])].slice(0, STARS_MAX);
  keep(STARS_KEY, next);
  return next;
}

/** Whether single keys are turned off. */
export function keptKeysOff(): boolean {
  return listIn(KEYS_OFF_KEY).length > 0;
}

export function keepKeysOff(off: boolean): void {
  keep(KEYS_OFF_KEY, off ? [true] : []);
}

/** Returns the list kept under `key`; none where there is none that can be read. */
export function listIn(key: string, known: readonly unknown[] = []): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return Array.isArray(value) ? value : known;
  } catch {
    return known;
  }
}

export function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // It holds for this page alone then.
  }
}
