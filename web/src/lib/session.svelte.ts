// The page's one session with the stream: what is shown, and when. Frames are applied at
// once; what is drawn from them is paced here, and stops while the tab is hidden.

import type { Asides } from "./asides.svelte";
import { applyFrame, heldOrder, type Board } from "./board";
import { mark, passedMs, type Mark } from "./clock";
import type { Coverage } from "./coverage";
import { CoverageAsker, type Answer } from "./coverage-asker";
import { bannerFor, feedWords, HEALING_TITLE } from "./feed";
import { shownRows } from "./groups";
import { addStars, keptStars, toggleStar } from "./kept";
import { extras } from "./later";
import { exchangeLink, pageLink } from "./links";
import type { Frame, HotRow, Trade } from "./messages";
import { Stream, type Connection } from "./stream";
import { choiceOf, offered, searchForView, streamUrl, viewFromSearch, WHALE_DOLLARS, type View } from "./view";

const RANK_EVERY_MS = 2_000;
const LISTS_EVERY_MS = 280;
const TICK_MS = 1_000;
const ASK_AGAIN_MS = 3_000;
/** A healing of a moment moves no board: the pill alone tells of it. */
const HEALING_MS = 1_500;
const ROWS_MAX = 100;
const RATES_KEPT = 20;
/** A touch is told as a click some moments after the finger is gone. */
const CLICK_MS = 80;
/** Nobody presses longer: a release can be lost. */
const PRESS_MAX_MS = 3_000;

export class Session {
  board = $state.raw<Board | null>(null);
  connection = $state.raw<Connection>({ phase: "connecting", attempt: 0 });
  view = $state.raw<View>(viewFromSearch(location.search));
  stars = $state.raw<readonly string[]>(keptStars());
  /** The hot markets in the order shown, which may lag behind the server's. */
  rows = $state.raw<readonly HotRow[]>([]);
  /** Whether the order shown is the server's. */
  settled = $state(true);
  trades = $state.raw<readonly Trade[]>([]);
  whales = $state.raw<readonly Trade[]>([]);
  /** The latest whale prints; null where only the largest are known. */
  latest = $state.raw<readonly Trade[] | null>(null);
  rates = $state.raw<readonly number[]>([]);
  /** The server's board clock: its last word plus the time since. Every age hangs on it. */
  nowMs = $state(0);
  /** Age of the newest data; null before the first trade. */
  ageMs = $state<number | null>(null);
  /** Time since the server's last word, whatever it said; null before the first. */
  frameAgeMs = $state<number | null>(null);
  retryInMs = $state<number | null>(null);
  /** What is known to be complete; null: not asked yet, or the server cannot tell. */
  coverage = $state.raw<Coverage | null>(null);
  #askFailed = $state(false);
  /** Whether `coverage` tells of a time that has passed: nobody answers now. */
  coverageLate = $derived(this.#askFailed || this.connection.phase !== "open");
  waitedMs = $state(0);
  held = $state(false);
  /** Nothing is drawn while it is paused, but for ages; frames go on being applied. */
  paused = $state(false);
  /** Prints that came since then. */
  missed = $state(0);
  /** Prices for YES of the markets on the list, as old as the lists below it. */
  prices = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Fetched once the board stands. */
  asides = $state.raw<Asides | null>(null);

  words = $derived(feedWords(this.connection, this.board));
  exchangeLink = $derived(exchangeLink(this.connection, this.board, this.ageMs));
  pageLink = $derived(pageLink(this.connection, this.frameAgeMs, this.retryInMs));
  #hiddenTitle = $state<string | null>(null);
  #warning = $derived(
    bannerFor(this.connection, this.board, this.ageMs, this.nowMs, this.retryInMs, this.asides?.outdated),
  );
  #healing = false;
  #healingLong = $state(false);
  #brief = $derived(this.#warning?.title === HEALING_TITLE && !this.#healingLong);
  banner = $derived(this.#brief || this.#warning?.title === this.#hiddenTitle ? null : this.#warning);

  readonly #listeners = new Set<(whales: readonly Trade[]) => void>();
  readonly #stream: Stream;
  readonly #startedAt = mark();
  #latest: Board | null = null;
  readonly #coverage = new CoverageAsker((answer) => this.#covered(answer));
  #heardAt = mark();
  #frameAt: Mark | null = null;
  #retryAtMs: number | null = null;
  #rankedAtMs = 0;
  #askedAtMs = -ASK_AGAIN_MS;
  #asked: View = this.view;
  /** The view that the board shown is of: a refused one is taken back to it. */
  #granted: View = this.view;
  #drawn: View = this.view;
  #requests = 0;
  /** A choice was sent: the board that answers it is ranked at once. */
  #chosen = false;
  #rankNow = false;
  #pressed = false;
  #pressTimer: ReturnType<typeof setTimeout> | undefined;
  #asidesAsked = false;
  #rankTimer: ReturnType<typeof setTimeout> | undefined;
  #listsTimer: ReturnType<typeof setTimeout> | undefined;
  #healingTimer: ReturnType<typeof setTimeout> | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor() {
    this.#stream = new Stream(
      () => {
        this.#asked = this.view;
        return streamUrl(location, choiceOf(this.view, this.stars));
      },
      { onFrame: (frame) => this.#apply(frame), onConnection: (now) => this.#connected(now) },
    );
  }

  /** Connects, and returns what ends the session. */
  start(): () => void {
    const seen = (): void => {
      this.#coverage.seen(!document.hidden);
      this.#draw(true);
    };
    document.addEventListener("visibilitychange", seen);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#stream.start();
    this.#coverage.seen(!document.hidden);
    return () => {
      this.#coverage.seen(false);
      document.removeEventListener("visibilitychange", seen);
      clearInterval(this.#ticker);
      clearTimeout(this.#rankTimer);
      clearTimeout(this.#listsTimer);
      clearTimeout(this.#healingTimer);
      clearTimeout(this.#pressTimer);
      this.#stream.stop();
    };
  }

  retryNow(): void {
    this.#stream.start();
  }

  /** Asks for another view; the board changes when the server answers. */
  choose(change: Partial<View>): void {
    this.paused = false;
    const before = JSON.stringify(choiceOf(this.view, this.stars));
    this.#adopt(offered({ ...this.view, ...change }));
    if (JSON.stringify(choiceOf(this.view, this.stars)) !== before) this.#subscribe();
    else this.#granted = this.#asked = this.view;
    this.#draw(true);
  }

  /** Tells of whale prints as they come, also while nothing is drawn; returns what ends it. */
  listen(hear: (whales: readonly Trade[]) => void): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  /** Puts a market on the watchlist, or takes it off. */
  star(ticker: string): void {
    this.stars = toggleStar(keptStars(this.stars), ticker);
    if (this.view.watch) this.#subscribe();
  }

  /** Puts markets before the watchlist. */
  watch(tickers: readonly string[]): void {
    this.stars = addStars(keptStars(this.stars), tickers);
    this.choose({ watch: true, given: null });
  }

  /** A click is lost where what was pressed has moved before the release: nothing is drawn
   * until then. */
  press(down: boolean): void {
    clearTimeout(this.#pressTimer);
    this.#pressed ||= down;
    if (this.#pressed) this.#pressTimer = setTimeout(() => this.released(), down ? PRESS_MAX_MS : CLICK_MS);
  }

  /** The click is over. */
  released(): void {
    clearTimeout(this.#pressTimer);
    if (!this.#pressed) return;
    this.#pressed = false;
    this.#draw(true);
  }

  /** Freezes what is drawn, or goes on with the newest. */
  pause(paused = !this.paused): void {
    this.paused = paused;
    this.missed = 0;
    if (!paused) this.#draw(true);
  }

  /** What a narrow place calls a market. */
  label(ticker: string): string {
    return this.board?.labels.get(ticker) ?? this.asides?.labels.get(ticker) ?? ticker;
  }

  /** Holds the order of the rows while somebody points at them. */
  hold(held: boolean): void {
    this.held = held;
    if (!held) this.#rank();
  }

  /** Takes the banner away until there is another one. */
  hideBanner(): void {
    this.#hiddenTitle = this.#warning?.title ?? null;
  }

  #apply(frame: Frame): void {
    this.#frameAt = mark();
    if (frame.type === "error") {
      if (frame.id === this.#requests && this.#latest) {
        this.#asked = this.#granted;
        this.#adopt(this.#granted);
      }
      return;
    }
    const before = this.#latest;
    const { board, hole } = applyFrame(before, frame);
    if (board !== before) this.#heardAt = this.#frameAt;
    this.#latest = board;
    if (frame.type === "delta" && !hole) {
      const whales = frame.trades?.filter((trade) => Number(trade.notional_dollars) >= WHALE_DOLLARS) ?? [];
      if (whales.length) {
        this.asides?.printed(whales);
        for (const hear of this.#listeners) hear(whales);
      }
    }
    if (frame.type === "snapshot") this.#follow();
    this.#noteHealing(board?.feed.state === "healing");
    if (before && board && tapeChanged(before, board)) this.#coverage.changed(before.epoch !== board.epoch);
    if (before && board && before.epoch !== board.epoch) this.asides?.anew(true);
    if (this.paused && frame.type === "delta") this.missed += frame.trades?.length ?? 0;
    if (hole) this.#askSnapshot();
    if (frame.type === "snapshot" && this.#chosen) {
      this.#chosen = false;
      this.#rankNow = true;
    }
    // A choice made while the socket was opening has not been told to the server yet.
    const begun = frame.type === "snapshot" || frame.type === "resumed";
    if (begun && this.#asked !== this.view) this.#subscribe();
    else if (begun) this.#granted = this.#asked;
    this.#draw(frame.type === "snapshot");
  }

  #noteHealing(healing: boolean): void {
    if (healing === this.#healing) return;
    this.#healing = healing;
    this.#healingLong = false;
    clearTimeout(this.#healingTimer);
    if (healing) this.#healingTimer = setTimeout(() => (this.#healingLong = true), HEALING_MS);
  }

  #connected(connection: Connection): void {
    this.connection = connection;
    const waiting = connection.phase === "waiting";
    this.#retryAtMs = waiting ? performance.now() + connection.waitMs : null;
    if (connection.phase === "open") this.#askedAtMs = -ASK_AGAIN_MS;
    else this.rates = [];
    this.#tick();
  }

  #adopt(view: View): void {
    const keys = ["window", "category", "league", "series"] as const;
    if (keys.some((key) => view[key] !== this.view[key])) this.asides?.anew(false);
    this.view = view;
    const search = searchForView(view, location.search);
    history.replaceState(history.state, "", location.pathname + search + location.hash);
  }

  #subscribe(): void {
    this.#stream.forget();
    this.#requests += 1;
    const { view } = this;
    const subscription = choiceOf(view, this.stars);
    this.#chosen = this.#stream.send({ type: "subscribe", id: this.#requests, subscription });
    if (this.#chosen) this.#asked = view;
  }

  #askSnapshot(): void {
    if (performance.now() - this.#askedAtMs < ASK_AGAIN_MS) return;
    if (this.#stream.send({ type: "get_snapshot" })) this.#askedAtMs = performance.now();
  }

  /** Shows the latest board; the lists and the order follow at their own pace. */
  #draw(whole = false): void {
    if (this.#still() || (this.paused && this.board)) return;
    const board = this.#latest;
    const other = this.#rankNow || board?.window !== this.board?.window || this.#drawn !== this.view;
    this.#rankNow = false;
    this.#drawn = this.view;
    this.board = board;
    if (!board) return;
    this.#rank(other);
    if (whole) this.#flushLists();
    else this.#listsTimer ??= setTimeout(() => this.#flushLists(), LISTS_EVERY_MS);
    if (whole) this.#tick();
  }

  #covered(answer: Answer): void {
    this.#askFailed = answer === "failed";
    if (answer !== "failed") this.coverage = answer === "absent" ? null : answer;
  }

  #flushLists(): void {
    clearTimeout(this.#listsTimer);
    this.#listsTimer = undefined;
    if (!this.board || this.#still() || this.paused) return;
    this.trades = this.board.trades;
    this.whales = this.board.whales;
    this.latest = this.asides?.latest(this.board.windowFromMs) ?? null;
    this.prices = new Map(this.board.rows.map((row) => [row.market_ticker, row.yes_price_dollars]));
    this.#name();
  }

  #name(): void {
    if (this.board) this.asides?.name([...this.whales, ...this.trades], this.board.labels);
  }

  #follow(): void {
    const board = this.#latest;
    if (board) this.asides?.follow(choiceOf(this.view, this.stars), board.windowFromMs, () => this.#flushLists());
  }

  #still(): boolean {
    return document.hidden || this.#pressed;
  }

  /** Fetches what stands beside the board; tried again where the server was away. */
  async #fetchAsides(): Promise<void> {
    this.#asidesAsked = true;
    try {
      const { Asides } = await extras();
      this.asides = new Asides();
      this.asides.tick(this.view);
      this.#follow();
      this.#name();
    } catch {
      this.#asidesAsked = false;
    }
  }

  #rank(now = false): void {
    if (!this.board || this.#pressed || (this.paused && this.rows.length)) return;
    const rows = shownRows(this.board, this.view).slice(0, ROWS_MAX);
    const dueInMs = this.#rankedAtMs + RANK_EVERY_MS - performance.now();
    const shown = this.rows.map((row) => row.market_ticker);
    clearTimeout(this.#rankTimer);
    if (now || !shown.length || (dueInMs <= 0 && !this.held)) {
      this.#rankedAtMs = performance.now();
      this.rows = rows;
    } else {
      this.rows = heldOrder(shown, rows);
    }
    this.settled = this.rows.every((row, index) => row === rows[index]);
    if (!this.settled && !this.held) this.#rankTimer = setTimeout(() => this.#rank(), dueInMs);
  }

  #tick(): void {
    if (document.hidden) return;
    const now = mark();
    const board = this.#latest;
    const passed = passedMs(this.#heardAt, now);
    if (this.#warning?.title !== this.#hiddenTitle) this.#hiddenTitle = null;
    if (board) this.nowMs = board.tsMs + passed;
    this.ageMs = board?.dataAgeMs == null ? null : board.dataAgeMs + passed;
    this.frameAgeMs = this.#frameAt && passedMs(this.#frameAt, now);
    this.waitedMs = passedMs(this.#startedAt, now);
    this.retryInMs = this.#retryAtMs === null ? null : Math.max(0, this.#retryAtMs - performance.now());
    if (board && this.connection.phase === "open") {
      if (!this.paused) this.asides?.tick(this.view);
      if (!this.#asidesAsked) void this.#fetchAsides();
    }
    if (board && this.words.fresh) {
      this.rates = [...this.rates, Number(board.stats.trades_per_s) || 0].slice(-RATES_KEPT);
    }
  }
}

/** Whether what is known to be complete may have changed, by the feed's own word. */
function tapeChanged(before: Board, now: Board): boolean {
  return (
    before.epoch !== now.epoch ||
    before.feed.state !== now.feed.state ||
    before.feed.open_gaps !== now.feed.open_gaps
  );
}
