// What stands beside the stream's board: event flows, categories, names. Asked for while
// the page is seen; an address that the server has not is left alone.

import { askServer } from "./server";
import type { Trade, WindowName } from "./messages";
import { guessedEvent, readCategories, readEvents, readLabels, type Category, type EventFlow } from "./surroundings";

const EVENTS_EVERY_MS = 5_000;
const EVENTS_SHOWN = 3;
const CATEGORIES_EVERY_MS = 60_000;
const LABELS_EVERY_MS = 2_000;
const LABEL_EVENTS_MAX = 20;
const LABELS_A_TIME = 400;
const LABELS_MAX = 5_000;
const PRINTS_LOOKED_AT = 60;

type Name = "events" | "categories" | "labels";

export class Asides {
  events = $state.raw<readonly EventFlow[]>([]);
  categories = $state.raw<readonly Category[]>([]);
  labels = $state.raw<ReadonlyMap<string, string>>(new Map());

  readonly #absent = new Set<Name>();
  readonly #asking = new Set<Name>();
  readonly #askedAtMs = new Map<Name, number>();
  readonly #namedEvents = new Set<string>();

  /** Called once a second while the page is seen and the server is heard. */
  tick(window: WindowName): void {
    void this.#ask("events", EVENTS_EVERY_MS, `/api/events?window=${window}&sort=flow&limit=${EVENTS_SHOWN}`, (told) => {
      this.events = readEvents(told);
    });
    void this.#ask("categories", CATEGORIES_EVERY_MS, `/api/categories?window=${window}`, (told) => {
      this.categories = readCategories(told);
    });
  }

  /** Forgets when it asked: another window, or another server, has other answers. */
  anew(otherServer: boolean): void {
    if (otherServer) this.#absent.clear();
    this.#askedAtMs.delete("events");
  }

  /** Asks for the names of markets in `prints` that nobody has named yet. */
  name(prints: readonly Trade[], known: ReadonlyMap<string, string>): void {
    const events = new Set<string>();
    for (const { market_ticker: ticker } of prints.slice(0, PRINTS_LOOKED_AT)) {
      const event = guessedEvent(ticker);
      const named = known.has(ticker) || this.labels.has(ticker) || this.#namedEvents.has(event);
      if (!named && events.size < LABEL_EVENTS_MAX) events.add(event);
    }
    if (!events.size) return;
    const path = `/api/markets?event=${encodeURIComponent([...events].join(","))}&combos=include&limit=${LABELS_A_TIME}`;
    void this.#ask("labels", LABELS_EVERY_MS, path, (told) => {
      if (this.#namedEvents.size > LABELS_MAX) this.#namedEvents.clear();
      for (const event of events) this.#namedEvents.add(event);
      this.labels = new Map([...this.labels, ...readLabels(told)].slice(-LABELS_MAX));
    });
  }

  async #ask(name: Name, everyMs: number, path: string, take: (told: Record<string, unknown>) => void): Promise<void> {
    const askedAtMs = this.#askedAtMs.get(name) ?? -Infinity;
    if (this.#absent.has(name) || this.#asking.has(name) || performance.now() - askedAtMs < everyMs) return;
    this.#asking.add(name);
    this.#askedAtMs.set(name, performance.now());
    const told = await askServer(path);
    this.#asking.delete(name);
    if (told === "absent") this.#absent.add(name);
    else if (told !== "failed") take(told);
  }
}
