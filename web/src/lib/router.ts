// Which of the page's places is open: the board alone, a market beside it, or an event.
// The path holds the place, the query string the view; neither touches the other.

import { createSubscriber } from "svelte/reactivity";

export type Place =
  | { readonly kind: "board" }
  | { readonly kind: "market"; readonly ticker: string }
  | { readonly kind: "event"; readonly ticker: string };

export const BOARD: Place = { kind: "board" };

/** Longest ticker that a path is read for; the exchange's have some 60 characters. */
const TICKER_CHARS_MAX = 200;
const TICKER = /^[A-Za-z0-9._:-]+$/;
const KINDS = { m: "market", e: "event" } as const;

/** Reads `/m/TICKER` and `/e/EVENT`; any other path is the board. */
export function placeFromPath(path: string): Place {
  const match = /^\/([me])\/([^/]+)\/?$/.exec(path);
  if (!match) return BOARD;
  const ticker = decoded(match[2] ?? "");
  if (ticker.length > TICKER_CHARS_MAX || !TICKER.test(ticker)) return BOARD;
  return { kind: KINDS[match[1] as "m" | "e"], ticker };
}

/** Returns the path of `place`. */
export function pathOf(place: Place): string {
  if (place.kind === "board") return "/";
  return `/${place.kind === "market" ? "m" : "e"}/${encodeURIComponent(place.ticker)}`;
}

export function isSame(a: Place, b: Place): boolean {
  return pathOf(a) === pathOf(b);
}

/** How many entries of the browser's history an entry lies above the board; 0 where there
 * is none beneath: on the board itself, and after a deep link. */
interface Entry {
  readonly above?: number;
}

/** The open place, kept in the browser's history. Reading `place` makes an effect follow. */
export class Router {
  #place = placeFromPath(location.pathname);
  readonly #follow: () => void;

  /** `search` is the view's own query string at this moment: Back must not bring an old one. */
  constructor(private readonly search: () => string = () => location.search) {
    this.#follow = createSubscriber((changed) => {
      const went = (): void => {
        this.#went();
        changed();
      };
      addEventListener("popstate", went);
      this.#changed = changed;
      return () => {
        removeEventListener("popstate", went);
        this.#changed = null;
      };
    });
  }

  #changed: (() => void) | null = null;

  get place(): Place {
    this.#follow();
    return this.#place;
  }

  /** Opens a place: Back closes it. With `replace` it takes the place of the open one. */
  open(place: Place, replace = false): void {
    if (isSame(place, this.#place)) return;
    const beneath = aboveOf(history.state);
    const fromBoard = this.#place.kind === "board" && !replace;
    const above = fromBoard ? 1 : beneath && beneath + (replace ? 0 : 1);
    const address = pathOf(place) + this.search() + location.hash;
    if (replace) history.replaceState({ above }, "", address);
    else history.pushState({ above }, "", address);
    this.#place = place;
    this.#changed?.();
  }

  openMarket(ticker: string, replace = false): void {
    this.open({ kind: "market", ticker }, replace);
  }

  openEvent(ticker: string, replace = false): void {
    this.open({ kind: "event", ticker }, replace);
  }

  /** Goes back to the board; after a deep link there is nothing to go back to. */
  close(): void {
    const above = aboveOf(history.state);
    if (this.#place.kind === "board") return;
    if (above > 0) history.go(-above);
    else this.open(BOARD, true);
  }

  #went(): void {
    this.#place = placeFromPath(location.pathname);
    const search = this.search();
    if (search === location.search) return;
    history.replaceState(history.state, "", location.pathname + search + location.hash);
  }
}

function aboveOf(state: unknown): number {
  const above = (state as Entry | null)?.above;
  return typeof above === "number" && above > 0 ? above : 0;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
