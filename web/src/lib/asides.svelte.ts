// What stands beside the stream's board: event flows, what is usual, categories, names.
// Fetched once the board stands, asked while the page is seen; an address that the server
// has not is left alone.

import type { Board } from "./board";
import type { Gap } from "./coverage";
import { dollars, exact } from "./format";
import type { Choice, Trade } from "./messages";
import { askServer, objectsIn, textIn } from "./server";
import { readCategories, readEvents, readLabels, readUsual, timesUsual, type Category, type EventFlow, type Usual } from "./surroundings";
import { tapeMarks, type TapeMark } from "./tape-marks";
import { choiceOf, WHALE_DOLLARS, type View } from "./view";

const EVENTS_EVERY_MS = 5_000;
/** The server ranks flows by contracts, the strip by their dollars: of so many. */
const EVENTS_ASKED = 12;
const EVENTS_SHOWN = 3;
const VERSION_EVERY_MS = 3_600_000;
const USUAL_EVERY_MS = 60_000;
const CATEGORIES_EVERY_MS = 60_000;
const NAMES_EVERY_MS = 1_000;
const NAMES_A_TIME = 100;
/** So long the server has time to learn a name that it did not know. */
const NAMELESS_MS = 30_000;
const NAMES_MAX = 5_000;
const FAILED_MS = 5_000;
const LATEST_MAX = 50;
/** Which of a choice's keys choose markets by what they are about. */
const MARKETS = ["category", "league", "series"] as const;

type Question = "events" | "usual" | "categories" | "names" | "version" | "whales";

export class Asides {
  events = $state.raw<readonly EventFlow[]>([]);
  categories = $state.raw<readonly Category[]>([]);
  labels = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Another version answers than the one that this page came from. */
  outdated = $state(false);
  #usual = $state.raw<Usual | null>(null);
  #version: string | null = null;
  /** The latest whale prints, newest first: all of them once the server has told. */
  #whales: readonly Trade[] = [];
  #whalesTold = false;
  #following: Choice | null = null;

  readonly #absent = new Set<Question>();
  readonly #asking = new Set<Question>();
  readonly #dueAtMs = new Map<Question, number>();
  readonly #namelessAtMs = new Map<string, number>();

  /** Called once a second while the page is seen and the server is heard. */
  tick(view: View): void {
    const { window } = view;
    void this.#ask("events", EVENTS_EVERY_MS, `/api/events?window=${window}&sort=flow&limit=${EVENTS_ASKED}${partOf(choiceOf(view, []), MARKETS)}`, (told) => {
      this.events = readEvents(told).slice(0, EVENTS_SHOWN);
    });
    void this.#ask("version", VERSION_EVERY_MS, "/api/config", (told) => {
      const version = textIn(told, "version");
      this.outdated ||= this.#version !== null && version !== this.#version;
      this.#version ??= version;
    });
    void this.#ask("usual", USUAL_EVERY_MS, `/api/usual?window=${window}`, (told) => {
      this.#usual = readUsual(told);
    });
    void this.#ask("categories", CATEGORIES_EVERY_MS, `/api/categories?window=${window}`, (told) => {
      this.categories = readCategories(told);
    });
  }

  /** Forgets when it asked: another view, or another server, has other answers. */
  anew(otherServer: boolean): void {
    if (otherServer) {
      this.#absent.clear();
      this.#dueAtMs.delete("version");
    }
    for (const question of ["events", "usual"] as const) this.#dueAtMs.delete(question);
  }

  /** Asks for the latest whale prints of a subscription: the stream tells the largest.
   * Calls `then` once they are known. */
  follow(choice: Choice, fromMs: number, then: () => void): void {
    [this.#whales, this.#whalesTold, this.#following] = [[], false, choice];
    this.#dueAtMs.delete("whales");
    const least = Math.max(WHALE_DOLLARS, Number(choice.min_notional ?? 0));
    const query = `from=${fromMs}&limit=${LATEST_MAX}&min_notional=${least}${partOf(choice, [...MARKETS, "tickers", "side", "combos"])}`;
    this.#asking.delete("whales"); // An answer to the choice before is not waited for.
    void this.#ask("whales", 0, `/api/trades?${query}`, (told) => {
      if (this.#following !== choice) return;
      this.printed(objectsIn(told, "trades") as unknown as Trade[]);
      this.#whalesTold = true;
      then();
    });
  }

  /** Takes in whale prints as they come. */
  printed(whales: readonly Trade[]): void {
    const once = new Map([...whales, ...this.#whales].map((trade) => [trade.seq, trade]));
    this.#whales = [...once.values()].sort((a, b) => b.ts_ms - a.ts_ms || b.seq - a.seq).slice(0, LATEST_MAX);
  }

  /** The latest whale prints since a moment, newest first; null where they are not known. */
  latest(fromMs: number): readonly Trade[] | null {
    return this.#whalesTold ? this.#whales.filter((trade) => trade.ts_ms >= fromMs) : null;
  }

  /** Asks for the names of markets in `prints` that nobody has named yet. */
  name(prints: readonly Trade[], known: ReadonlyMap<string, string>): void {
    const nowMs = performance.now();
    const wanted = new Set<string>();
    for (const { market_ticker: ticker } of prints) {
      if (wanted.size === NAMES_A_TIME) break;
      const named = known.has(ticker) || this.labels.has(ticker);
      if (!named && nowMs - (this.#namelessAtMs.get(ticker) ?? -Infinity) >= NAMELESS_MS) wanted.add(ticker);
    }
    if (!wanted.size) return;
    const path = `/api/markets?tickers=${encodeURIComponent([...wanted].join(","))}&combos=include&limit=${NAMES_A_TIME}`;
    void this.#ask("names", NAMES_EVERY_MS, path, (told) => {
      const found = readLabels(told);
      if (this.#namelessAtMs.size > NAMES_MAX) this.#namelessAtMs.clear();
      for (const ticker of wanted) if (!found.has(ticker)) this.#namelessAtMs.set(ticker, nowMs);
      if (found.size) this.labels = new Map([...this.labels, ...found].slice(-NAMES_MAX));
    });
  }

  /** The board's dollars against the usual ones, "1.8× usual", and why not where not. */
  usualOf(board: Board): { text: string; why: string } {
    const usual = this.#usual;
    if (usual?.window !== board.window) return { text: "", why: "" };
    const { dollars: paid, days } = usual;
    if (paid === null) return { text: "", why: "No day before this one is on the tape at this hour: nothing is usual yet." };
    const whole = board.windowCoveredMs >= board.windowToMs - board.windowFromMs;
    const times = whole ? timesUsual(board.stats.notional_dollars, paid) : "";
    const why = `Usual at this hour: ${dollars(paid)} in ${board.window}, the median of ${days === 1 ? "one day" : `${days} days`} ($${exact(paid)}).`;
    return { text: times && `${times} usual`, why };
  }

  /** The gaps among `trades`, by the print that each stands above. */
  marks(trades: readonly Trade[], gaps: readonly Gap[]): ReadonlyMap<number, TapeMark> {
    return tapeMarks(trades, gaps);
  }

  async #ask(question: Question, everyMs: number, path: string, take: (told: Record<string, unknown>) => void): Promise<void> {
    const dueAtMs = this.#dueAtMs.get(question) ?? -Infinity;
    if (this.#absent.has(question) || this.#asking.has(question) || performance.now() < dueAtMs) return;
    this.#asking.add(question);
    const askedAtMs = performance.now();
    this.#dueAtMs.set(question, askedAtMs + everyMs);
    const told = await askServer(path);
    this.#asking.delete(question);
    if (told === "absent") this.#absent.add(question);
    else if (told !== "failed") take(told);
    else if (this.#dueAtMs.has(question)) this.#dueAtMs.set(question, Math.max(askedAtMs + everyMs, askedAtMs + FAILED_MS));
  }
}

/** Those of `keys` that `choice` has, as a part of a query. */
function partOf(choice: Choice, keys: readonly (keyof Choice)[]): string {
  const part = keys.flatMap((key) => (choice[key] === undefined ? [] : `&${key}=${encodeURIComponent(String(choice[key]))}`));
  return part.join("");
}
