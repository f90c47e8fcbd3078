// One open market: what the server says of it, asked for now and then, and what its own
// stream adds as it happens. Lives as long as the market is open.

import { applyFrame, type Board } from "../lib/board";
import { mergePrints, readMarketPage, type MarketPage, type Touch, type WindowFigures } from "../lib/market";
import type { Frame, HotRow, Trade, WindowName } from "../lib/messages";
import { Stream } from "../lib/stream";
import { ask } from "./ask";

export const PRINTS_MAX = 200;
/** What no stream tells (siblings, rules, status) is asked for so often. */
const ASK_EVERY_MS = 20_000;
const ASK_AGAIN_MS = 3_000;
/** Prints are drawn as often as the board's lists. */
const DRAW_EVERY_MS = 280;

type Host = { protocol: string; host: string };
export type MarketState = "loading" | "ready" | "unknown" | "failed";

export class MarketSession {
  state = $state<MarketState>("loading");
  page = $state.raw<MarketPage | null>(null);
  /** The market's row over the window, as the stream tells it; null: no trade in it. */
  row = $state.raw<HotRow | null>(null);
  /** Newest first. */
  prints = $state.raw<readonly Trade[]>([]);
  /** Whether the market's stream is heard. */
  live = $state(false);
  /** Whether `row` is known: from then on no row means no trade. */
  #told = $state(false);

  #paused = false;
  readonly ticker: string;
  readonly window: WindowName;
  readonly #stream: Stream;
  readonly #asking = new AbortController();
  #board: Board | null = null;
  #arrived: Trade[] = [];
  #askTimer: ReturnType<typeof setTimeout> | undefined;
  #drawTimer: ReturnType<typeof setTimeout> | undefined;

  /** `before` was open until now: what it knew of the same market stays on screen. */
  constructor(ticker: string, window: WindowName, before: MarketSession | null = null, host: Host = location) {
    this.ticker = ticker;
    this.window = window;
    if (before?.ticker === ticker && before.page) {
      this.page = before.page;
      this.prints = before.prints;
      this.state = "ready";
    }
    this.#stream = new Stream(() => marketStreamUrl(host, ticker, window), {
      onFrame: (frame) => this.#apply(frame),
      onConnection: ({ phase }) => (this.live = phase === "open"),
    });
  }

  /** Last price, bid and ask: the stream's, else those of the last answer. */
  get touch(): Touch & { last: string | null } {
    const told = this.row ?? this.page?.market;
    return {
      yes_bid_dollars: told?.yes_bid_dollars ?? null,
      yes_ask_dollars: told?.yes_ask_dollars ?? null,
      last: told?.yes_price_dollars ?? null,
    };
  }

  /** The window's figures; null: no trade in it. */
  get figures(): WindowFigures | null {
    return this.#told ? this.row : (this.page?.windows?.[this.window] ?? null);
  }

  /** Nothing is drawn while the board is paused. */
  get paused(): boolean {
    return this.#paused;
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.#draw();
  }

  /** Asks and listens after `waitMs`, and returns what ends that. */
  start(waitMs = 0): () => void {
    const seen = (): void => {
      if (document.hidden) return;
      this.#draw();
      void this.#ask();
    };
    document.addEventListener("visibilitychange", seen);
    const begin = (): void => {
      void this.#ask();
      this.#stream.start();
    };
    if (waitMs) this.#askTimer = setTimeout(begin, waitMs);
    else begin();
    return () => {
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(this.#askTimer);
      clearTimeout(this.#drawTimer);
      this.#asking.abort();
      this.#stream.stop();
    };
  }

  /** Asks and listens at once, however long it meant to wait. */
  retryNow(): void {
    void this.#ask();
    this.#stream.start();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#askTimer);
    const answer = await ask(`/api/markets/${encodeURIComponent(this.ticker)}`, readMarketPage, this.#asking.signal);
    if (this.#asking.signal.aborted) return;
    if (answer === "unknown" || answer === "failed") {
      // What is shown stays: an answer that failed takes nothing away.
      if (!this.page) this.state = answer;
    } else {
      this.page = answer;
      this.state = "ready";
      this.prints = mergePrints(this.prints, answer.trades, PRINTS_MAX);
    }
    clearTimeout(this.#askTimer);
    if (document.hidden) return;
    this.#askTimer = setTimeout(() => void this.#ask(), answer === "failed" ? ASK_AGAIN_MS : ASK_EVERY_MS);
  }

  #apply(frame: Frame): void {
    const { board, hole } = applyFrame(this.#board, frame);
    this.#board = board;
    if (hole) this.#stream.send({ type: "get_snapshot" });
    if (frame.type === "snapshot") this.#arrived.push(...frame.recent_trades);
    if (frame.type === "delta") this.#arrived.push(...(frame.trades ?? []));
    if (this.#arrived.length > PRINTS_MAX) this.#arrived = mergePrints([], this.#arrived, PRINTS_MAX);
    if (!document.hidden && !this.#paused) this.#tell();
    if (frame.type === "snapshot") this.#draw();
    else this.#drawTimer ??= setTimeout(() => this.#draw(), DRAW_EVERY_MS);
  }

  #draw(): void {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = undefined;
    if (document.hidden || this.#paused) return;
    this.#tell();
    if (!this.#arrived.length) return;
    const own = this.#arrived.filter((trade) => trade.market_ticker === this.ticker);
    this.#arrived = [];
    this.prints = mergePrints(this.prints, own, PRINTS_MAX);
  }

  /** Figures are shown at once, as those of the table beside them are. */
  #tell(): void {
    this.row = this.#board?.rows.find((row) => row.market_ticker === this.ticker) ?? null;
    this.#told = this.#board !== null;
  }
}

/** The stream of one market alone; a combo, too, where it is opened. */
export function marketStreamUrl(page: Host, ticker: string, window: WindowName): string {
  const scheme = page.protocol === "https:" ? "wss:" : "ws:";
  const query = new URLSearchParams({ tickers: ticker, window, combos: "include", tick_ms: "100", limit: "1" });
  return `${scheme}//${page.host}/ws/stream?${query}`;
}
