// What this browser keeps for its reader: stars and saved views. Storage may be full,
// closed or written by somebody else: then what was there is as if it were not.

const STARS_KEY = "flowboard-stars";
const VIEWS_KEY = "flowboard-views";
const KEYS_OFF_KEY = "flowboard-keys-off";
const STARS_MAX = 500;
const VIEWS_MAX = 20;
const NAME_CHARS_MAX = 40;
const SEARCH_CHARS_MAX = 2_000;
const TICKER_CHARS_MAX = 200;

export interface SavedView {
  readonly name: string;
  /** The view's part of the address. */
  readonly search: string;
}

export function keptStars(): string[] {
  return listIn(STARS_KEY)
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

export function keptViews(): SavedView[] {
  return listIn(VIEWS_KEY).filter(isView).slice(0, VIEWS_MAX);
}

/** Returns `views` with one of that name, new or replaced; keeps them. */
export function saveView(views: readonly SavedView[], name: string, search: string): SavedView[] {
  const named = name.trim().slice(0, NAME_CHARS_MAX);
  if (!named) return [...views];
  const next = [...views.filter((view) => view.name !== named), { name: named, search }].slice(-VIEWS_MAX);
  keep(VIEWS_KEY, next);
  return next;
}

export function dropView(views: readonly SavedView[], name: string): SavedView[] {
  const next = views.filter((view) => view.name !== name);
  keep(VIEWS_KEY, next);
  return next;
}

/** Whether single keys are turned off. */
export function keptKeysOff(): boolean {
  return listIn(KEYS_OFF_KEY).length > 0;
}

export function keepKeysOff(off: boolean): void {
  keep(KEYS_OFF_KEY, off ? [true] : []);
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== "object" || value === null) return false;
  const { name, search } = value as Partial<SavedView>;
  return (
    typeof name === "string" && name.length > 0 && name.length <= NAME_CHARS_MAX &&
    typeof search === "string" && search.length <= SEARCH_CHARS_MAX
  );
}

function listIn(key: string): unknown[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // It holds for this page alone then.
  }
}
